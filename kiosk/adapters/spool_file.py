"""The kiosk's durable record of lent numbers: one SQLite file, each commit on the disk before it returns.

WAL with synchronous=FULL: what was committed is there after a power cut (https://www.sqlite.org/pragma.html; a rollback
journal would need EXTRA). A serial is a row of its own with a primary key: it cannot be used twice. Tickets may name a
dossier, which is personal: they are deleted once handed over, overwritten (secure_delete), the log cut.
"""

import os
import sqlite3
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any, NamedTuple

import msgspec

from contracts.messages.leases import HandedOver, LeaseBlock, OfflineTicket
from kiosk.flow.effects import Keep, KeepContact, KeepGiven, KeepGrant, KeepSettled, KeepTicket
from kiosk.flow.leases import LeaseBook, Spooled

SCHEMA_VERSION = 1
DAY_MS = 86_400_000
USED_KEPT_DAYS = 7
"""Serials of a day so long over are forgotten: no block of that day is ever lent again."""
REFUSED_KEPT_DAYS = 30
DAMAGED_KEPT_MAX = 3
WAL_PAGES_MAX = 100
_PRAGMAS = (
    "locking_mode=EXCLUSIVE", "journal_mode=WAL", "synchronous=FULL", "secure_delete=ON",
    f"wal_autocheckpoint={WAL_PAGES_MAX}",
)  # fmt: skip
_SCHEMA = f"""
CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL);
CREATE TABLE block (rank INTEGER PRIMARY KEY, json BLOB NOT NULL);
CREATE TABLE used (block TEXT, serial INTEGER, at_ms INTEGER NOT NULL, PRIMARY KEY (block, serial)) WITHOUT ROWID;
CREATE TABLE ticket (seq INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT UNIQUE NOT NULL, json BLOB NOT NULL, given INTEGER);
CREATE TABLE refused (id TEXT PRIMARY KEY, number TEXT NOT NULL, code TEXT NOT NULL, at_ms INTEGER NOT NULL);
PRAGMA user_version = {SCHEMA_VERSION};
"""


class Refused(NamedTuple):
    """A printed number that the server did not take: staff must see to it."""

    number: str
    code: str
    at_ms: int


class SpoolFile:
    """One kiosk's file. Used by one thread at a time; errors of the disk are sqlite3.Error."""

    def __init__(self, path: Path, fresh_epoch: Callable[[], str], boot: str = "") -> None:
        """Open, or begin with a new epoch. `boot`: names this run of the machine, "" when nobody knows.

        `lost`: where a damaged file lies now. Raises OSError, sqlite3.Error.
        """
        self.path, self._boot = path, boot
        self.lost: Path | None = None
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        path.parent.chmod(0o700)
        try:
            self._db = _opened(path, fresh_epoch)
        except Damaged:
            self.lost = _aside(path)
            self._db = _opened(path, fresh_epoch)

    def close(self) -> None:
        """Let go of the file."""
        self._db.close()

    def book(self) -> LeaseBook:
        """All that was known."""
        return _book(self._db, self._boot)

    def refused(self, within_ms: int = REFUSED_KEPT_DAYS * DAY_MS) -> list[Refused]:
        """What the server refused in that time, oldest first."""
        wanted = "SELECT number, code, at_ms FROM refused WHERE at_ms >= ? ORDER BY at_ms, number"
        return [Refused(*row) for row in _rows(self._db, wanted, self._now_ms() - within_ms)]

    def recover(self, begun: Callable[[str], bool]) -> list[str]:
        """After a crash: tickets whose paper had begun count as given. Nobody has the others: their numbers, gone."""
        nobodys = []
        with self._transaction():
            for command_id, json in list(_rows(self._db, "SELECT id, json FROM ticket WHERE given = 0")):
                if begun(command_id):
                    self._do("UPDATE ticket SET given = 1 WHERE id = ?", command_id)
                else:
                    self._do("DELETE FROM ticket WHERE id = ?", command_id)
                    nobodys.append(msgspec.json.decode(json, type=OfflineTicket).number)
        return nobodys

    def keep(self, effect: Keep) -> None:
        """Make it durable, whole or not at all. A serial that was used before is an sqlite3.IntegrityError."""
        match effect:
            case KeepTicket():
                with self._transaction():
                    self._ticket(effect)
            case KeepGiven():
                self._do("UPDATE ticket SET given = 1 WHERE id = ?", effect.command_id)
            case KeepGrant():
                with self._transaction():
                    self._grant(effect)
            case KeepContact():
                with self._transaction():
                    self._contact(effect)
            case KeepSettled():
                with self._transaction():
                    for command_id in effect.ids:
                        self._do("DELETE FROM ticket WHERE id = ?", command_id)
                    for refused in effect.refused:
                        self._refuse(refused)
                self._do("PRAGMA wal_checkpoint(TRUNCATE)")  # the deleted is not in the log either

    def _ticket(self, effect: KeepTicket) -> None:
        ticket = effect.ticket
        self._do("INSERT INTO used VALUES (?, ?, ?)", ticket.block, effect.serial, ticket.taken_ms)
        row = (ticket.id, msgspec.json.encode(ticket), int(effect.given))
        self._do("INSERT INTO ticket (id, json, given) VALUES (?, ?, ?)", *row)
        self._meta("taken_ms", ticket.taken_ms)

    def _grant(self, effect: KeepGrant) -> None:
        self._do("DELETE FROM block")
        for rank, block in enumerate(effect.blocks):
            self._do("INSERT INTO block VALUES (?, ?)", rank, msgspec.json.encode(block))
        live = [block.id for block in effect.blocks]
        marks = ",".join("?" * len(live))
        old_ms = self._now_ms() - USED_KEPT_DAYS * DAY_MS
        self._do(f"DELETE FROM used WHERE at_ms < ? AND block NOT IN ({marks})", old_ms, *live)  # noqa: S608 - marks only
        self._do("DELETE FROM refused WHERE at_ms < ?", self._now_ms() - REFUSED_KEPT_DAYS * DAY_MS)

    def _contact(self, effect: KeepContact) -> None:
        self._meta("contact_ms", effect.at_ms)
        self._meta("contact_mono_s", "" if effect.mono_s is None else effect.mono_s)
        self._meta("boot", self._boot)

    def _now_ms(self) -> int:
        return int(dict(_rows(self._db, "SELECT key, value FROM meta")).get("contact_ms", 0))

    def _refuse(self, refused: HandedOver) -> None:
        row = (refused.id, refused.number, refused.code or "internal", self._now_ms())
        self._do("INSERT OR REPLACE INTO refused VALUES (?, ?, ?, ?)", *row)

    def _meta(self, key: str, value: object) -> None:
        self._do("INSERT OR REPLACE INTO meta VALUES (?, ?)", key, str(value))

    def _do(self, sql: str, *values: object) -> None:
        _rows(self._db, sql, *values)

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        self._do("BEGIN IMMEDIATE")
        try:
            yield
            self._do("COMMIT")
        except BaseException:
            if self._db.in_transaction:
                self._do("ROLLBACK")
            raise


class Damaged(Exception):  # noqa: N818 - an expected outcome
    """The file is no spool of ours any more."""


def _opened(path: Path, fresh_epoch: Callable[[], str]) -> sqlite3.Connection:
    """Raises Damaged; OperationalError when the file is busy, the disk full or gone."""
    db = sqlite3.connect(path, isolation_level=None, check_same_thread=False, timeout=2.0)
    try:
        _begin(db, path.parent, fresh_epoch)
        _check(db)
    except BaseException:
        db.close()
        raise
    return db


def _begin(db: sqlite3.Connection, folder: Path, fresh_epoch: Callable[[], str]) -> None:
    try:
        for pragma in _PRAGMAS:
            _rows(db, f"PRAGMA {pragma}")
        if _rows(db, "PRAGMA user_version") != [(0,)]:
            return
        _rows(db, "BEGIN IMMEDIATE")
        for statement in filter(str.strip, _SCHEMA.split(";")):
            _rows(db, statement)
        _rows(db, "INSERT INTO meta VALUES ('epoch', ?)", fresh_epoch())
        _rows(db, "COMMIT")
        _sync_folder(folder)
    except sqlite3.OperationalError as trouble:
        if "already exists" in str(trouble):
            raise Damaged(str(trouble)) from trouble
        raise
    except sqlite3.DatabaseError as trouble:
        raise Damaged(str(trouble)) from trouble


def _check(db: sqlite3.Connection) -> None:
    try:
        version, found = _rows(db, "PRAGMA user_version"), _rows(db, "PRAGMA quick_check")
        _book(db, "")
    except (sqlite3.DatabaseError, msgspec.MsgspecError, KeyError, ValueError, TypeError) as trouble:
        raise Damaged(str(trouble)) from trouble
    if version != [(SCHEMA_VERSION,)] or found != [("ok",)]:
        raise Damaged(f"version {version}, {found[:3]}")


def _book(db: sqlite3.Connection, boot: str) -> LeaseBook:
    meta = dict(_rows(db, "SELECT key, value FROM meta"))
    used: dict[str, set[int]] = defaultdict(set)
    for block, serial in _rows(db, "SELECT block, serial FROM used"):
        used[block].add(serial)
    blocks = _rows(db, "SELECT json FROM block ORDER BY rank")
    tickets = _rows(db, "SELECT json, given FROM ticket ORDER BY seq")
    mono_s = meta.get("contact_mono_s", "")
    return LeaseBook(
        epoch=meta["epoch"],
        blocks=tuple(msgspec.json.decode(json, type=LeaseBlock) for (json,) in blocks),
        used={block: frozenset(serials) for block, serials in used.items()},
        tickets=tuple(Spooled(msgspec.json.decode(json, type=OfflineTicket), bool(given)) for json, given in tickets),
        contact_ms=int(meta.get("contact_ms", 0)),
        contact_mono_s=float(mono_s) if mono_s and boot and meta.get("boot") == boot else None,
        taken_ms=int(meta.get("taken_ms", 0)),
    )


def _rows(db: sqlite3.Connection, sql: str, *values: object) -> list[Any]:
    with closing(db.execute(sql, values)) as cursor:
        return cursor.fetchall()


def _aside(path: Path) -> Path:
    """Out of the way, with its log: somebody may want to look at it."""
    names = (path.with_name(f"{path.name}.damaged-{n + 1}") for n in range(DAMAGED_KEPT_MAX))
    lost = next((name for name in names if not name.exists()), path.with_name(f"{path.name}.damaged-1"))
    for end in ("-wal", "-shm", "-journal"):
        side = path.with_name(path.name + end)
        if side.exists():
            side.replace(lost.with_name(lost.name + end))
    path.replace(lost)
    _sync_folder(path.parent)
    return lost


def _sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
