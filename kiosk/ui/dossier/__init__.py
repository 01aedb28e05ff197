"""The state of a dossier."""
