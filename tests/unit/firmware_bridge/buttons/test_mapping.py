"""Press and device table → command."""

import pytest

from contracts.errors import Rejected
from contracts.messages.counters import CallNext, NoShow, Recall
from contracts.verbs import VERBS as CONTRACT_VERBS
from firmware_bridge.buttons.mapping import VERBS, command_of, counter_of
from firmware_bridge.buttons.model import ButtonPress, Gesture


@pytest.mark.parametrize(
    ("gesture", "verb", "kind"),
    [(Gesture.SINGLE, "call-next", CallNext), (Gesture.DOUBLE, "recall", Recall), (Gesture.LONG, "no-show", NoShow)],
)
def test_gestures_are_commands(gesture: Gesture, verb: str, kind: type) -> None:
    assert command_of(ButtonPress("b", 1, gesture), 3, "fresh-id-1") == (verb, kind(id="fresh-id-1", counter=3))


def test_the_devices_own_id_is_kept() -> None:
    press = ButtonPress("b", 1, Gesture.SINGLE, command_id="press-0001")
    assert command_of(press, 3, "fresh-id-1")[1].id == "press-0001"


def test_an_unusable_id_of_a_device_is_refused() -> None:
    with pytest.raises(Rejected) as refusal:
        command_of(ButtonPress("b", 1, Gesture.SINGLE, command_id="../../etc"), 3, "fresh-id-1")
    assert refusal.value.code == "malformed"


def test_a_devices_count_is_no_command_id() -> None:
    press = ButtonPress("b", 1, Gesture.SINGLE, press_id="count-7")  # starts again when the device does
    assert command_of(press, 3, "fresh-id-1")[1].id == "fresh-id-1"


def test_counters_by_button() -> None:
    counters = {1: 3, 0x22: 5}
    assert counter_of(ButtonPress("b", 1, Gesture.SINGLE), counters) == 3
    assert counter_of(ButtonPress("b", 0x22, Gesture.SINGLE), counters) == 5
    assert counter_of(ButtonPress("b", 0, Gesture.SINGLE), counters) == 3


def test_a_button_without_a_counter() -> None:
    with pytest.raises(Rejected) as refusal:
        counter_of(ButtonPress("b", 9, Gesture.SINGLE), {1: 3})
    assert refusal.value.code == "unmapped_button"


def test_the_verbs_are_those_of_the_contract() -> None:
    assert all(CONTRACT_VERBS[verb].payload is message for verb, message in VERBS.values())
