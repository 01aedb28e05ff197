"""`python -m displays.signs --id signs-1 …` (`motcua signs`)."""

from displays.signs.bootstrap import main
from runtime.cli_options import run_command

if __name__ == "__main__":
    run_command(main)
