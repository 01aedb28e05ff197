"""The fencing epoch: higher at each start than ever before, whatever became of clock and database (design.md §4).

Boards and kiosks keep the highest epoch they saw: an office that came back with a lower one would talk to deaf ears.
Hence the epoch is the largest of: one more than the database has, one more than the file beside it has (a new or
restored database knows less), and the clock in seconds (a restored copy of both knows less).
"""

from contextlib import suppress
from pathlib import Path

from sqlalchemy import Connection, insert, select, update

from queue_server.adapters.store import schema
from queue_server.adapters.store.session import Session
from runtime.secrets import write_private

EPOCH = "epoch"
FILE = "epoch"
EPOCH_MAX = 2**52  # a file that says more was not written by us


def next_epoch(session: Session, now_ms: int, beside: Path | None) -> int:
    """Takes the office over: from now on no older server can commit. Waits for a commit that is under way."""
    with session.transaction() as connection:
        before = max(_in_database(connection), _in_file(beside))
        epoch = max(before + 1, now_ms // 1000)
        here = update(schema.meta).where(schema.meta.c.key == EPOCH).values(value=str(epoch))
        if not connection.execute(here).rowcount:
            connection.execute(insert(schema.meta).values(key=EPOCH, value=str(epoch)))
    session.epoch = epoch
    if beside is not None:
        with suppress(OSError):  # a full disk: the database has it
            write_private(beside / FILE, f"{epoch}\n")
    return epoch


def _in_database(connection: Connection) -> int:
    found = connection.execute(select(schema.meta.c.value).where(schema.meta.c.key == EPOCH).with_for_update()).scalar()
    return int(found or 0)


def _in_file(beside: Path | None) -> int:
    try:
        found = int((beside / FILE).read_text()) if beside is not None else 0
    except (OSError, ValueError):
        return 0
    return found if 0 < found < EPOCH_MAX else 0
