"""`python -m queue_server.adapters.store`: is what the tables say what the journal says?"""

import sys
from collections.abc import Sequence
from pathlib import Path

from contracts.errors import Rejected
from queue_server.adapters.store.rebuild import COMPARED, LEFT_OUT, check, recreate
from runtime.cli_options import CodedParser, run_command
from runtime.database import database_of
from runtime.paths import DataDir


def main(argv: Sequence[str]) -> int:
    """0 when they agree, 1 with a line for each difference."""
    parser = CodedParser(
        prog="motcua rebuild-check", description="Replays the journal and compares it with the tables.",
        allow_abbrev=False,
    )  # fmt: skip
    parser.add_argument("--data", type=Path, default=Path("data"), metavar="DIR", help="data directory; default ./data")
    parser.add_argument("--into", type=Path, metavar="FILE", help="make a new SQLite database from the journal instead")
    options = parser.parse_args(argv)
    where = database_of(DataDir(options.data))
    if isinstance(where, Path) and not where.exists():
        raise Rejected("file_unreadable", f"{where}: there is no office database")
    if options.into is not None:
        sys.stdout.write(f"{options.into}: {recreate(where, options.into)} journal entries\n")
        return 0
    found = check(where)
    sys.stdout.writelines(f"{difference}\n" for difference in found)
    sys.stdout.write(f"{', '.join(COMPARED)}: {len(found) or 'no'} differences from the journal\n")
    sys.stdout.write(f"not in the journal, not compared: {', '.join(LEFT_OUT)}\n")
    return 1 if found else 0


if __name__ == "__main__":
    run_command(main)
