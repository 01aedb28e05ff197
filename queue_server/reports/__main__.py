"""`python -m queue_server.reports waits …`."""

from queue_server.reports.cli import main
from runtime.cli_options import run_command

run_command(main)
