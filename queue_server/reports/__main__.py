"""`python -m queue_server.reports waits …`."""

from queue_server.reports.cli import main, step_back
from runtime.cli_options import run_command

step_back()
run_command(main)
