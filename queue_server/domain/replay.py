"""The day once more, from its journal: what no table keeps (who was passed over, whose turn it is, the calls)."""

from collections.abc import Iterable, Mapping

from contracts.messages.common import CounterStatus
from queue_server.domain.apply import apply
from queue_server.domain.events import AnyEvent
from queue_server.domain.model import Appointment, Block, CounterState, OfficeState


class _AnyCounter(dict[int, CounterState]):
    """Counters of whatever office file the day was made under."""

    def __missing__(self, n: int) -> CounterState:
        self[n] = CounterState(n, CounterStatus.OPEN)
        return self[n]


def play_again(
    events: Iterable[AnyEvent], blocks: Mapping[str, Block], appointments: Mapping[str, Appointment]
) -> OfficeState:
    """The state after one day's events, its DayStarted first. `blocks`, `appointments`: earlier ones may occur.
    What lives longer than a day (status of counters, closed services) is not in it. Raises KeyError when an event does
    not fit those before it."""
    state = OfficeState(counters=_AnyCounter(), blocks=blocks, appointments=appointments)
    for event in events:
        apply(state, event)
    return state


def remember(state: OfficeState, played: OfficeState) -> None:
    """Gives a state that was read from tables what `play_again` knows beyond them."""
    state.calls, state.passed, state.passed_most = played.calls, played.passed, played.passed_most
    state.turns, state.idle_ms = played.turns, played.idle_ms
    state.held = {ticket_id: None for ticket_id in played.held if ticket_id in state.held}
