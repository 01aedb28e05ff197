"""Dossiers of the office: import from files, and what a citizen may see of one."""
