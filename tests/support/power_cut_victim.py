"""Commits row after row and says each number once it is committed: the simplest program whose power can be cut."""

import sqlite3
import sys
from pathlib import Path

CHECKPOINT_PAGES = 20  # so that cuts hit checkpoints and restarts of the log too
BYTES_MAX = 3_000


def main(path: Path) -> None:
    """Until it is killed."""
    connection = sqlite3.connect(path, isolation_level=None)
    for pragma in ("journal_mode=WAL", "synchronous=FULL", f"wal_autocheckpoint={CHECKPOINT_PAGES}"):
        connection.execute(f"PRAGMA {pragma}").close()
    connection.execute("CREATE TABLE IF NOT EXISTS rows (n INTEGER PRIMARY KEY, text TEXT)")
    n = connection.execute("SELECT coalesce(max(n), 0) FROM rows").fetchone()[0]
    while True:
        n += 1
        connection.execute("INSERT INTO rows VALUES (?, ?)", (n, "x" * (n * 7 % BYTES_MAX)))
        sys.stdout.write(f"{n}\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main(Path(sys.argv[1]))
