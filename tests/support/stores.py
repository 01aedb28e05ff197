"""Databases of both engines for the store's tests, and a day's work on one of them."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import text

from contracts.messages import counters as c
from contracts.messages.tickets import IssueTicket
from contracts.settings import Office
from queue_server.adapters.store import OfficeStore, schema
from queue_server.adapters.store.database import Where, database_at
from queue_server.application.unit_of_work import Batch, Command, Result, decide_batch
from tests.support.offices import MIN, T0, Counted, office

ENGINES = ("sqlite", "postgresql")
OFFICE = office()
NUMBERS = [counter.n for counter in OFFICE.counter]


@contextmanager
def database(engine: str, folder: Path) -> Iterator[Where]:
    """A new empty database of that engine; a real PostgreSQL is started when there is none yet."""
    if engine == "sqlite":
        yield folder / "db" / "office.sqlite"
        return
    from tests.support.postgres import cluster

    url = cluster().new_database()
    yield url
    cluster().drop(url)


def query(where: Where, sql: str) -> list[tuple[Any, ...]]:
    """What somebody else reads there, read-only."""
    engine = database_at(where).reading_engine()
    with engine.connect() as connection:
        found = [tuple(row) for row in connection.execute(text(sql))]
    engine.dispose()
    return found


def everything(where: Where) -> dict[str, list[tuple[Any, ...]]]:
    """Every row of every table, sorted."""
    return {name: sorted(query(where, f"SELECT * FROM {name}"), key=repr) for name in schema.metadata.tables}


@contextmanager
def meddling(where: Where, *statements: str) -> Iterator[None]:
    """Somebody else writes there; committed at the end of the block."""
    engine = database_at(where).writing_engine()
    with engine.begin() as connection:
        for statement in statements:
            connection.execute(text(statement))
        yield
    engine.dispose()


class Day:
    """Runs commands through decide_batch and the store, as the writer does."""

    def __init__(self, where: Where, now_ms: int = T0, of: Office = OFFICE) -> None:
        self.office = of
        self.store = OfficeStore(where, now_ms)
        self.state = self.store.load(NUMBERS)
        self.now_ms = now_ms
        self.fresh = Counted()
        self.fresh.n = self.state.seq * 1000  # a second day on the same database draws other ids
        self.n = 0

    def decide(self, *messages: object, actor: str = "http:test") -> Batch:
        """Decides without committing."""
        commands = [Command(actor, "verb", m) for m in messages]
        remembered = self.store.outcomes([key for x in commands for key in x.keys])
        return decide_batch(self.state, self.office, commands, remembered, self.now_ms, self.fresh)

    def run(self, *messages: object, actor: str = "http:test") -> list[Result]:
        """One batch."""
        batch = self.decide(*messages, actor=actor)
        if batch.changes:
            self.store.commit(batch.changes, batch.state)
            self.state = batch.state
        return batch.results

    def id(self) -> str:
        """A new command id."""
        self.n += 1
        return f"command-{self.fresh.n:05d}-{self.n:05d}"

    def take(self, service: str = "A", **more: Any) -> IssueTicket:
        """A touch at the kiosk."""
        return IssueTicket(id=self.id(), service=service, **more)

    def busy_morning(self) -> None:
        """Tickets, calls, a no-show, a hold, a pause, a closed service."""
        for service in "AACCCA":
            self.run(self.take(service))
        self.run(c.CallNext(id=self.id(), counter=1))
        self.run(c.CallNext(id=self.id(), counter=2))
        self.run(c.Recall(id=self.id(), counter=2))
        self.run(c.Start(id=self.id(), counter=1))
        self.now_ms += 5 * MIN
        self.run(c.CallNext(id=self.id(), counter=1))
        self.run(c.NoShow(id=self.id(), counter=2))
        self.run(c.CallNext(id=self.id(), counter=3), c.Hold(id=self.id(), counter=3))
        self.run(c.PauseCounter(id=self.id(), counter=3, reason="meeting"))
        self.run(c.CloseService(id=self.id(), service="C"))
