"""`python -m kiosk --id kiosk-1 …`."""

from kiosk.bootstrap import main
from runtime.cli_options import run_command

if __name__ == "__main__":
    run_command(main)
