"""`python -m queue_server`: the queue server (`motcua server`)."""

from queue_server.bootstrap import main
from runtime.cli_options import run_command

if __name__ == "__main__":
    run_command(main)
