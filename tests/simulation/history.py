"""What the database says, read beside the server after every step that committed: the judge's own book.

Two readings of one journal: a ticket's moves by a table of our own, and the product's apply(), whose outcome the tables
must equal.
"""

import sqlite3
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import msgspec

from contracts.messages.common import CounterStatus
from contracts.settings import Office
from queue_server.domain import events as ev
from queue_server.domain.apply import apply
from queue_server.domain.model import CounterState, OfficeState, Ticket

_event: msgspec.json.Decoder[ev.AnyEvent] = msgspec.json.Decoder(ev.AnyEvent)


@dataclass(frozen=True)
class Row:
    """A journal entry, and when (true time) it was first seen."""

    seq: int
    at_ms: int
    day: str
    actor: str
    kind: str
    event: Any
    seen_s: float


@dataclass(frozen=True)
class Kept:
    """A remembered outcome."""

    actor: str
    id: str
    ticket: str | None
    seen_s: float


@dataclass
class History:
    """`rows`: the whole journal; `news` and `kept_news`: what the last `look` found."""

    path: Path
    office: Office
    rows: list[Row] = field(default_factory=list)
    news: list[Row] = field(default_factory=list)
    kept: dict[tuple[str, str], Kept] = field(default_factory=dict)
    kept_news: list[Kept] = field(default_factory=list)
    archive: dict[str, Ticket] = field(default_factory=dict)  # tickets of days that are over, by id
    days: dict[str, str] = field(default_factory=dict)  # ticket id → its day

    def __post_init__(self) -> None:
        self.replay = OfficeState(
            counters={c.n: CounterState(c.n, CounterStatus.OPEN) for c in self.office.counter}
        )  # fmt: skip
        self._connection: sqlite3.Connection | None = None
        self._version = -1
        self._last_outcome = 0

    def query(self, sql: str, *values: object) -> list[tuple[Any, ...]]:
        """Committed rows."""
        if self._connection is None:
            self._connection = sqlite3.connect(f"file:{self.path}?mode=ro", uri=True, isolation_level=None)
        return self._connection.execute(sql, values).fetchall()

    def close(self) -> None:
        """The connection."""
        if self._connection is not None:
            self._connection.close()

    def look(self, now_s: float) -> bool:
        """Reads what is new; True when anything is."""
        self.news, self.kept_news = [], []
        version = self.query("PRAGMA data_version")[0][0]
        if version == self._version:
            return False
        self._version = version
        self._read_journal(now_s)
        self._read_outcomes(now_s)
        return bool(self.news or self.kept_news)

    def _read_journal(self, now_s: float) -> None:
        last = self.rows[-1].seq if self.rows else 0
        found = self.query("SELECT seq, at_ms, day, actor, kind, data FROM journal WHERE seq > ? ORDER BY seq", last)
        for seq, at_ms, day, actor, kind, data in found:
            row = Row(seq, at_ms, day, actor, kind, _event.decode(data), now_s)
            self.rows.append(row)
            self.news.append(row)
            if isinstance(row.event, ev.DayStarted):
                self.archive |= self.replay.tickets
            apply(self.replay, row.event)
            self.replay.seq = seq
            ticket = getattr(row.event, "ticket", None)
            if ticket is not None:
                self.days.setdefault(ticket, self.replay.day)

    def _read_outcomes(self, now_s: float) -> None:
        found = self.query("SELECT rowid, actor, id, ticket FROM outcomes WHERE rowid > ?", self._last_outcome)
        for rowid, actor, id_, ticket in found:
            self._last_outcome = max(self._last_outcome, rowid)
            kept = Kept(actor, id_, ticket, now_s)
            self.kept[actor, id_] = kept
            self.kept_news.append(kept)

    def ticket(self, ticket_id: str) -> Ticket | None:
        """A ticket of any day, as the journal tells it."""
        return self.replay.tickets.get(ticket_id) or self.archive.get(ticket_id)

    def table(self, name: str, where: str = "1") -> list[dict[str, Any]]:
        """A table's rows."""
        assert self._connection is not None
        cursor = self._connection.execute(f"SELECT * FROM {name} WHERE {where}")  # no outside text comes here
        names = [column[0] for column in cursor.description]
        return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]
