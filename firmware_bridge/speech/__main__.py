"""`python -m firmware_bridge.speech say|build`: one announcement by hand, and the voice builder."""

from firmware_bridge.speech.cli import main
from runtime.cli_options import run_command

if __name__ == "__main__":
    run_command(main)
