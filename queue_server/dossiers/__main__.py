"""`python -m queue_server.dossiers import FILE …`."""

from queue_server.dossiers.cli import main
from runtime.cli_options import run_command

if __name__ == "__main__":
    run_command(main)
