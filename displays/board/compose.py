"""state + office + now → BoardFrame."""

from collections.abc import Iterable
from datetime import datetime
from zoneinfo import ZoneInfo

from contracts.messages.board import BoardCounter, Call, ServiceState
from contracts.messages.common import CounterStatus, TicketState
from contracts.settings import Office, say
from contracts.wait_text import wait_key
from displays.board import spotlight as spots
from displays.board.hours import has_hours, ranges_of
from displays.board.model import (
    BoardFrame,
    CallLine,
    CounterRow,
    Moment,
    Mood,
    RowLook,
    ServiceLine,
    SpotlightView,
    Words,
)
from displays.board.state import BoardState, current_counters, is_current, known_calls
from displays.board.trust import is_doubtful

PAGE_S = 12.0  # time of a ticker page, and of a page of a list that does not fit
LAST_CALLS_MAX = 8
WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


def frame(state: BoardState, office: Office, now: Moment, lang: str) -> BoardFrame:
    """The board at `now` in `lang`. Pure: the same arguments give an equal frame."""
    local = now.wall.astimezone(ZoneInfo(office.office.timezone))
    services = _services(state, office, lang)
    spot = state.spotlight.shown
    calls = _previous(known_calls(state), spot)
    return BoardFrame(
        lang=lang,
        title=say(office.office.name, lang),
        short_title=say(office.office.short_name or office.office.name, lang),
        clock=f"{local:%H:%M}",
        date=Words(f"board.date.{WEEKDAYS[local.weekday()]}", {"date": f"{local:%d/%m/%Y}"}),
        spotlight=_spotlight(state, office, now.mono_s, lang),
        rows=_rows(state, office, lang),
        last_calls=tuple(_line(c, office, lang) for c in calls[:LAST_CALLS_MAX]),
        services=services,
        waiting=sum(line.waiting for line in services),
        ticker=_ticker(office, local, lang, at_work=_at_work(state)),
        page=int(now.wall.timestamp() // PAGE_S),
        stale=_stale(state, office, now.mono_s),
        version=state.snapshot.version if state.snapshot else None,
    )


def _previous(calls: Iterable[Call], spot: Call | None) -> list[Call]:
    """The calls before the large one; a visitor who was called twice to a counter stands there once."""
    seen = {(spot.number, spot.counter)} if spot else set()
    kept = []
    for call in calls:
        if (call.number, call.counter) not in seen:
            seen.add((call.number, call.counter))
            kept.append(call)
    return kept


def _counter_name(office: Office, n: int, lang: str) -> str:
    counter = office.counter_by_n(n)
    return say(counter.name, lang) if counter else str(n)


def _arrow(office: Office, n: int) -> str:
    counter = office.counter_by_n(n)
    return counter.arrow if counter else ""


def _spotlight(state: BoardState, office: Office, mono_s: float, lang: str) -> SpotlightView | None:
    spot = state.spotlight
    call = spot.shown
    if call is None:
        return None
    mood = Mood.NEW if spots.in_dwell(spot, mono_s) else Mood.CURRENT if is_current(state, call) else Mood.PAST
    service = office.service_by_code(call.service)
    return SpotlightView(
        call_id=call.call_id,
        repeat=call.repeat,
        number=call.number,
        service=call.service,
        service_name=say(service.name, lang) if service else "",
        counter=call.counter,
        counter_name=_counter_name(office, call.counter, lang),
        arrow=_arrow(office, call.counter),
        mood=mood,
        lit=spots.is_lit(spot, mono_s),
    )


def _rows(state: BoardState, office: Office, lang: str) -> tuple[CounterRow, ...]:
    spot = state.spotlight.shown
    rows = []
    for n, counter in current_counters(state).items():
        look = look_of(counter)
        rows.append(
            CounterRow(
                n=n,
                name=_counter_name(office, n, lang),
                arrow=_arrow(office, n),
                look=look,
                word=Words(f"board.counter.{look.value}"),
                number=counter.number,
                spot=spot is not None and (spot.counter, spot.number) == (n, counter.number),
            )
        )
    return tuple(rows)


def look_of(counter: BoardCounter | None) -> RowLook:
    """What the lobby needs to know of a counter; one that nobody reports is closed."""
    if counter is None:
        return RowLook.CLOSED
    if counter.number is not None:
        return RowLook.CALLED if counter.state is TicketState.CALLED else RowLook.SERVING
    quiet = {CounterStatus.PAUSED: RowLook.PAUSED, CounterStatus.OPEN: RowLook.IDLE}
    return quiet.get(counter.status, RowLook.CLOSED)


def _line(call: Call, office: Office, lang: str) -> CallLine:
    local = call.called_at.astimezone(ZoneInfo(office.office.timezone))
    return CallLine(call.number, call.counter, _counter_name(office, call.counter, lang), f"{local:%H:%M}")


def _services(state: BoardState, office: Office, lang: str) -> tuple[ServiceLine, ...]:
    if state.snapshot is None:
        return ()
    served = {code for c in office.counter if state.shows(c.n) for code in c.skills}
    lines = []
    for service in state.snapshot.services:
        known = office.service_by_code(service.code)
        if service.code in served or known is None:
            name = say(known.name, lang) if known else service.code
            wait = _wait(service, office)
            lines.append(ServiceLine(service.code, name, service.open, service.waiting, wait))
    return tuple(lines)


def _wait(service: ServiceState, office: Office) -> Words:
    if service.open:
        key, params = wait_key(service.estimate, service.estimate_reason)
        return Words(key, {**params})
    if service.reopens_at is not None:
        local = service.reopens_at.astimezone(ZoneInfo(office.office.timezone))
        return Words("board.service.reopens", {"at": f"{local:%H:%M}"})
    return Words("board.service.closed")


def _at_work(state: BoardState) -> bool:
    """True when any counter is open, whatever the opening times say."""
    return any(c is not None and c.status is CounterStatus.OPEN for c in current_counters(state).values())


def _ticker(office: Office, local: datetime, lang: str, *, at_work: bool) -> tuple[Words, ...]:
    pages = []
    if office.office.slogan:
        pages.append(Words("board.plain", {"text": say(office.office.slogan, lang)}))
    if has_hours(office.hours):
        today = [text.replace("-", "–") for text in ranges_of(office.hours, local.date())]
        open_today = Words("board.ticker.hours", {"hours": ", ".join(today)})
        if today or not at_work:  # "closed today" above counters that call people would be nonsense
            pages.append(open_today if today else Words("board.ticker.closed"))
    if office.office.hotline:
        pages.append(Words("board.ticker.hotline", {"hotline": office.office.hotline}))
    pages.append(Words("board.ticker.ready"))
    return tuple(pages)


def _stale(state: BoardState, office: Office, mono_s: float) -> Words | None:
    if state.snapshot is None:
        return Words("board.stale.never")
    if not is_doubtful(state, mono_s) or state.truth_at is None:
        return None
    local = state.truth_at.astimezone(ZoneInfo(office.office.timezone))
    return Words("board.stale.since", {"at": f"{local:%H:%M}"})
