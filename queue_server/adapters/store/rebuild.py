"""The tables once more, from the journal alone: by the functions that made them, so that they can be compared.

What the journal does not know cannot be rebuilt and is left out (LEFT_OUT): personal data by design, the outcomes of
commands (their ids are no part of what happened), the epoch and the cursor of what was published. Of a reason that
somebody typed the journal has only the code (reason_code), and only that is compared.
"""

from collections.abc import Iterable, Iterator
from contextlib import ExitStack
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from sqlalchemy import Connection, String, Table, func, select

from contracts.errors import Rejected
from contracts.messages.common import CounterStatus
from contracts.messages.counters import reason_code
from queue_server.adapters.store import rows, schema
from queue_server.adapters.store.database import Where, database_at
from queue_server.adapters.store.faults import coded
from queue_server.adapters.store.office_store import OfficeStore
from queue_server.adapters.store.statements import Row, Statements
from queue_server.adapters.store.writing import ChangesWriter
from queue_server.application.ports import Changes, Entry
from queue_server.application.unit_of_work import played
from queue_server.domain.model import CounterState, OfficeState

LEFT_OUT = ("personal", "appointment_persons", "dossiers", "outcomes", "meta")
SOURCE = "journal"  # an entry of an older version lacks fields that are new: read again, it is the same event
COMPARED = tuple(name for name in schema.metadata.tables if name not in (SOURCE, *LEFT_OUT))
BATCH_MAX = 2_000
"""Journal entries in one transaction of the rebuild."""
DIFFERENCES_MAX = 100


class _EveryCounter(dict[int, CounterState]):
    """Counters of whatever office file each day was made under."""

    def __missing__(self, n: int) -> CounterState:
        self[n] = CounterState(n, CounterStatus.OPEN)
        return self[n]

    def __contains__(self, n: object) -> bool:
        return isinstance(n, int)


def journal_of(connection: Connection) -> Iterator[Entry]:
    """All entries in order, a few at a time in memory. Raises Rejected `database_corrupt` at a gap."""
    query = select(schema.journal).order_by(schema.journal.c.seq)
    wanted = 1
    for row in connection.execution_options(yield_per=BATCH_MAX).execute(query).mappings():
        if row["seq"] != wanted:
            raise Rejected("database_corrupt", f"the journal has a gap: entry {wanted} is not there")
        wanted += 1
        yield Entry(row["seq"], row["actor"], row["day"], rows.event_from(row["data"]))


def rebuild(entries: Iterable[Entry], writer: ChangesWriter, cursor: Any) -> OfficeState:
    """Plays the journal into empty tables; the caller begins and commits. Returns the last state.

    Raises Rejected `database_corrupt` for an entry that does not fit those before it.
    """
    state = OfficeState(counters=_EveryCounter())
    gathered = Changes()
    for entry in entries:
        if _starts_a_day(entry) or len(gathered.entries) >= BATCH_MAX:
            writer.write(cursor, gathered, state, None)
            gathered = Changes()
        try:
            _add(gathered, played(state, entry.actor, entry.event))
        except KeyError as lost:
            raise Rejected("database_corrupt", f"entry {entry.seq} tells of {lost}, which is not known") from lost
        if gathered.entries[-1] != entry:
            raise Rejected("database_corrupt", f"entry {entry.seq} is not of the day that it says")
    writer.write(cursor, gathered, state, None)
    return state


def check(where: Where) -> list[str]:
    """Rebuilds into a file that is thrown away, and compares; empty when all is well. The office may be running: the
    one look at its database is a snapshot. Raises Rejected `database_corrupt`, `storage_unavailable`."""
    database = database_at(where)
    ours = database.reading_engine()
    with TemporaryDirectory(prefix="motcua-rebuild-") as folder, ExitStack() as stack:
        stack.callback(ours.dispose)
        scratch = database_at(Path(folder) / "office.sqlite")
        theirs = scratch.writing_engine()
        stack.callback(theirs.dispose)
        stack.enter_context(coded(database))
        snapshot = stack.enter_context(ours.connect().execution_options(**database.snapshot))
        rebuilt = stack.enter_context(theirs.connect())
        schema.metadata.create_all(rebuilt)
        driver: Any = rebuilt.connection.driver_connection
        rebuild(journal_of(snapshot), ChangesWriter(Statements(scratch)), driver.cursor())
        return differences(snapshot, rebuilt)


def recreate(where: Where, target: Path) -> int:
    """A new database in `target` with the same journal and tables made from it; how many entries. Raises Rejected
    `usage` when there is something already."""
    if target.exists():
        raise Rejected("usage", f"{target} is there already")
    database = database_at(where)
    ours = database.reading_engine()
    try:
        with (
            OfficeStore(target, 0) as store, coded(database), ours.connect() as connection,
            store.filling() as (writer, cursor),
        ):  # fmt: skip
            return rebuild(journal_of(connection), writer, cursor).seq
    finally:
        ours.dispose()


def _starts_a_day(entry: Entry) -> bool:
    return type(entry.event).__struct_config__.tag == "day_started"


def _add(gathered: Changes, changes: Changes) -> None:
    gathered.entries += changes.entries
    gathered.tickets |= changes.tickets
    gathered.counters |= changes.counters
    gathered.blocks |= changes.blocks
    gathered.appointments |= changes.appointments
    gathered.late |= changes.late


def differences(ours: Connection, rebuilt: Connection) -> list[str]:
    """Row by row, at most DIFFERENCES_MAX of them; empty when every table is what its journal makes of it."""
    found: list[str] = []
    for name in COMPARED:
        table = schema.metadata.tables[name]
        for one, other in _pairs(_rows(ours, table), _rows(rebuilt, table), _key(table)):
            if one != other and len(found) < DIFFERENCES_MAX:
                found.append(f"{name}: {_told(one, other)}")
    return found


def _told(one: Row | None, other: Row | None) -> str:
    if one is None or other is None:
        return f"only in the {'journal' if one is None else 'table'}: {one or other}"
    keys = [key for key in one if one[key] != other[key]]
    return f"{ {key: one[key] for key in keys} } should be { {key: other[key] for key in keys} }"


def _key(table: Table) -> str:
    return next(iter(table.primary_key.columns)).name


def _rows(connection: Connection, table: Table) -> Iterator[Row]:
    """In the order of the key's bytes, whatever the database's language."""
    key = table.c[_key(table)]
    by_bytes = connection.dialect.name == "postgresql" and isinstance(key.type, String)
    query = select(table).order_by(key.collate("C") if by_bytes else key)
    today = _today(connection) if table is schema.counters else set()
    for row in connection.execution_options(yield_per=BATCH_MAX).execute(query).mappings():
        made = dict(row)
        if made.get("reason") is not None:
            made["reason"] = reason_code(made["reason"])
        if table is not schema.counters:
            yield made
        elif made["since_ms"] or made["status"] != CounterStatus.OPEN or today & set(made.values()):
            yield _of_today(made, today)


def _today(connection: Connection) -> set[Any]:
    """Ids of the tickets and calls of the last day."""
    columns = schema.tickets.c
    last = select(func.max(schema.journal.c.day)).scalar_subquery()
    found = connection.execute(select(columns.id, columns.call_id).where(columns.day == last))
    return {value for row in found for value in row if value is not None}


def _of_today(counter: Row, today: set[Any]) -> Row:
    """A counter that was never used has a row or none; one that left the office file keeps the ids of its last day."""
    ids = ("ticket_id", "missed_id", "call_id")
    return {key: None if key in ids and value not in today else value for key, value in counter.items()}


def _pairs(ours: Iterator[Row], others: Iterator[Row], key: str) -> Iterator[tuple[Row | None, Row | None]]:
    """Both sides by key: (row, None) and (None, row) where one lacks it."""
    one, other = next(ours, None), next(others, None)
    while one is not None or other is not None:
        if other is None or (one is not None and one[key] < other[key]):
            yield one, None
            one = next(ours, None)
        elif one is None or other[key] < one[key]:
            yield None, other
            other = next(others, None)
        else:
            yield one, other
            one, other = next(ours, None), next(others, None)
