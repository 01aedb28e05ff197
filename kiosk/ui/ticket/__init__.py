"""A ticket just taken."""
