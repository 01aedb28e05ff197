"""Places of the board from assets/themes/board-layout.toml, scaled to a window. No Kivy here."""

import math
import tomllib
from functools import cache
from typing import Literal

import msgspec

from runtime.paths import ASSETS

LAYOUT_FILE = ASSETS / "themes" / "board-layout.toml"

Place = tuple[float, float, float, float, float, Literal["left", "center", "right"]]
Area = tuple[float, float, float, float]


class _Table(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    pass


class Parts(_Table, frozen=True):
    """The parts of the board; one without width is not shown."""

    header: Area
    spotlight: Area
    rows: Area
    waiting: Area
    last_calls: Area
    ticker: Area


class HeaderPlaces(_Table, frozen=True):
    """Title, date, clock."""

    title: Place
    date: Place
    clock: Place


class SpotlightPlaces(_Table, frozen=True):
    """A counter named by a word and a number ("Quầy 3") has its number large; another name takes up to two lines."""

    label: Place
    number: Place
    service: Place
    word: Place
    counter: Place
    counter_alone: Place  # without an arrow
    arrow: Place
    name: Place
    name_second: Place
    name_arrow: Place
    welcome: Place
    welcome_second: Place


class RowPlaces(_Table, frozen=True):
    """`columns_from[i]`: i + 1 columns from so many counters on."""

    cell: tuple[float, float]
    columns_from: list[int]
    per_column_max: int
    number: Place
    idle: Place
    name: Place
    word: Place
    arrow: Place


class WaitingPlaces(_Table, frozen=True):
    """A line a service, `rows` a page."""

    title: Place
    total: Place
    list: Area
    cell: tuple[float, float]
    rows: int
    badge: Place
    name: Place
    wait: Place
    count: Place


class LastCallsPlaces(_Table, frozen=True):
    """Small cells, `columns` × `rows` of them."""

    title: Place
    list: Area
    cell: tuple[float, float]
    columns: int
    rows: int
    number: Place
    name: Place


class TickerPlaces(_Table, frozen=True):
    """One page at a time; `stale` covers its end."""

    text: Place
    pill: Area
    stale: Place
    mark: Place


class Layout(_Table, frozen=True):
    """One orientation."""

    width: float
    height: float
    text_min: float
    margin: float
    gap: float
    radius: float
    parts: Parts
    header: HeaderPlaces
    spotlight: SpotlightPlaces
    rows: RowPlaces
    waiting: WaitingPlaces
    last_calls: LastCallsPlaces
    ticker: TickerPlaces


@cache
def _layouts() -> dict[str, Layout]:
    return msgspec.convert(tomllib.loads(LAYOUT_FILE.read_text()), dict[str, Layout])


def layout_for(width: float, height: float) -> Layout:
    """The layout of a window of this shape."""
    return _layouts()["landscape" if width >= height else "portrait"]


def grid(count: int, places: RowPlaces) -> tuple[int, int]:
    """(columns, rows) for so many counters: few counters get wide rows, many get more columns."""
    columns = sum(1 for start in places.columns_from if count >= start) or 1
    return columns, max(1, math.ceil(count / columns))


def rows_max(places: RowPlaces) -> int:
    """How many counters can be read at once."""
    return len(places.columns_from) * places.per_column_max
