"""The command line: a table of verbs, each run as `python -m MODULE`. Nothing here imports a process package."""
