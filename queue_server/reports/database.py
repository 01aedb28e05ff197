"""The office database, read-only and on its own connection: a report never holds up the writer."""

import functools
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import quote
from zoneinfo import ZoneInfo

from contracts.errors import Rejected
from contracts.messages.common import TicketState
from queue_server.application.waits import By, CounterDay, WaitsQuery
from queue_server.reports.figures import Visit

BUSY_MS = 2000
CONNECT_S = 5
FETCH_ROWS = 5_000
PIECE_DAYS = 14
QUARTER_MS = 900_000  # every UTC offset in use is a multiple of a quarter of an hour

# A void ticket is the twin of one that a kiosk printed without us: nobody ever held it.
# The service is the one the number was taken for (its letter): the wait to the first call was a wait for that one, also
# when the visit went on elsewhere. Who has an appointment and comes early does not wait before the slot begins: then,
# and never else, the place (order_ms) is after the issue.
_VISITS = """
    SELECT substr(number, 1, 1), day, counter, priority, state,
           CASE WHEN order_ms > issued_ms THEN order_ms ELSE issued_ms END, called_ms FROM tickets
    WHERE day BETWEEN ? AND ? AND state <> 'void'
"""
_COUNTER_DAY = """
    SELECT count(*) FILTER (WHERE state = ?), count(*) FILTER (WHERE state = ?),
           avg(ended_ms - started_ms) FILTER (WHERE state = ? AND started_ms IS NOT NULL AND ended_ms IS NOT NULL)
    FROM tickets WHERE day = ? AND counter = ?
"""


def connect(path: Path) -> sqlite3.Connection:
    """A read-only connection. Raises `storage_unavailable` when there is no database."""
    try:
        connection = sqlite3.connect(f"file:{quote(str(path.resolve()))}?mode=ro", uri=True, timeout=BUSY_MS / 1000)
        connection.execute("PRAGMA query_only = ON")
    except sqlite3.Error as error:
        raise Rejected("storage_unavailable", f"{path}: {error}") from None
    return connection


def visits(where: Path | str, query: WaitsQuery, timezone: str) -> Iterator[Visit]:
    """The tickets of a range of business days. Raises `storage_unavailable`."""
    keys = [_reader(by, timezone) for by in query.by]
    for row in _rows(where, _VISITS, *_pieces(query.first, query.last)):
        service, _, _, _, state, since_ms, called_ms = row
        wait_s = None if called_ms is None else max(0, called_ms - since_ms) / 1000
        yield Visit(tuple(key(row) for key in keys), service, wait_s, state == TicketState.NO_SHOW)


def _pieces(first: date, last: date) -> Iterator[tuple[str, str]]:
    """`first`..`last`, PIECE_DAYS at a time."""
    while first <= last:
        end = min(last, first + timedelta(days=PIECE_DAYS - 1))
        yield first.isoformat(), end.isoformat()
        first = end + timedelta(days=1)


def counter_day(where: Path | str, day: date, counter: int) -> CounterDay:
    """What a counter did on a business day. Raises `storage_unavailable`."""
    done, no_show = TicketState.DONE.value, TicketState.NO_SHOW.value
    values = (done, no_show, done, day.isoformat(), counter)
    served, missed, mean_ms = next(_rows(where, _COUNTER_DAY, values))
    return CounterDay(served, missed, None if mean_ms is None else round(float(mean_ms) / 1000, 1))


def _rows(where: Path | str, sql: str, *pieces: tuple[Any, ...]) -> Iterator[Any]:
    """The rows of one query for each piece, every piece read to its end before anything is made of it: while a reader
    stands in the middle of a query, SQLite's write-ahead log only grows (measured: 57 MB beside one five-year report).
    """
    if isinstance(where, str):
        for values in pieces:
            yield from _rows_of_postgres(where, sql, values)
        return
    with closing(connect(where)) as connection:
        for values in pieces:
            try:
                rows = connection.execute(sql, values).fetchall()
            except sqlite3.Error as error:
                raise Rejected("storage_unavailable", f"{where}: {error}") from None
            yield from rows


def _rows_of_postgres(url: str, sql: str, values: tuple[Any, ...]) -> Iterator[Any]:
    """A few thousand rows at a time, whatever the range."""
    import psycopg

    try:
        connection = psycopg.connect(url, connect_timeout=CONNECT_S, options="-c default_transaction_read_only=on")
        with connection, connection.cursor(name="report") as cursor:
            cursor.itersize = FETCH_ROWS
            cursor.execute(sql.replace("?", "%s").encode(), values)
            yield from cursor
    except psycopg.Error as error:
        raise Rejected("storage_unavailable", str(error).strip()) from None


_Row = tuple[str, str, int | None, str, str, int, int | None]


def _reader(by: By, timezone: str) -> Callable[[_Row], str]:
    if by is By.HOUR:
        hour = _hour_of(ZoneInfo(timezone))
        return lambda row: hour(row[5] // QUARTER_MS)
    if by is By.COUNTER:
        return lambda row: "" if row[2] is None else f"{row[2]:02d}"
    place = {By.SERVICE: 0, By.DAY: 1, By.PRIORITY: 3}[by]
    return lambda row: str(row[place])


def _hour_of(zone: ZoneInfo) -> Callable[[int], str]:
    @functools.cache  # a day has 96 quarters: a five-year report asks for few thousands of them
    def hour(quarter: int) -> str:
        return f"{datetime.fromtimestamp(quarter * QUARTER_MS / 1000, zone):%H}"

    return hour
