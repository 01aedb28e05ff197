"""`python -m displays.tv --id board-1 …` (`motcua board`)."""

from displays.tv.bootstrap import main
from runtime.cli_options import run_command

if __name__ == "__main__":
    run_command(main)
