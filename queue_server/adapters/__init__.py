"""The outside of the queue server: database, broker, dossier sources."""
