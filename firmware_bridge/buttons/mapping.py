"""A press and the office's device table → a command at a counter."""

from collections.abc import Mapping

from contracts.errors import Rejected
from contracts.ids import check_command_id
from contracts.messages.counters import CallNext, CounterCommand, NoShow, Recall
from firmware_bridge.buttons.model import ButtonPress, Gesture

VERBS: dict[Gesture, tuple[str, type[CounterCommand]]] = {
    Gesture.SINGLE: ("call-next", CallNext),
    Gesture.DOUBLE: ("recall", Recall),
    Gesture.LONG: ("no-show", NoShow),
}
PRESS_TTL_S = 3.0  # an older press is dropped: the clerk has long pressed again, or walked over


def counter_of(press: ButtonPress, counters: Mapping[int, int]) -> int:
    """The counter of a button. Button 0 (a device that does not number its only button) is also button 1.

    Raises `unmapped_button`.
    """
    n = counters.get(press.button)
    if n is None and press.button == 0:
        n = counters.get(1)
    if n is None:
        raise Rejected(
            "unmapped_button", f"button {press.button} of {press.device} has no counter", button=press.button
        )
    return n


def command_of(press: ButtonPress, counter: int, fresh_id: str) -> tuple[str, CounterCommand]:
    """(verb, message): one physical press is one command id, the device's own when it gave one.

    Raises `malformed` when that is no command id.
    """
    verb, message = VERBS[press.gesture]
    command_id = fresh_id if press.command_id is None else check_command_id(press.command_id)
    return verb, message(id=command_id, counter=counter)
