"""`python -m queue_server.access token ROLE …`."""

from queue_server.access.cli import main
from runtime.cli_options import run_command

run_command(main)
