"""A press, whatever button it came from."""

from dataclasses import dataclass
from enum import StrEnum


class Gesture(StrEnum):
    """How a button was pressed."""

    SINGLE = "single"
    DOUBLE = "double"
    LONG = "long"


@dataclass(frozen=True)
class ButtonPress:
    """A finished gesture. `device`: name on the wire or id of the office file; `button`: its number there (from 1, or
    the address of a keypad; 0: a device that does not number its only button). `press_id`: the device's own mark, by
    which a repeated message is known. `command_id`: an id that the device made for the command itself."""

    device: str
    button: int
    gesture: Gesture
    press_id: str | None = None
    command_id: str | None = None


@dataclass(frozen=True)
class Edge:
    """A wire that tells only down and up: the gesture is for us to find (gestures.py). `momentary`: a box that sends a
    press as one message, so that its key is known to be up before."""

    device: str
    button: int
    down: bool
    momentary: bool = False


Heard = ButtonPress | Edge

# Every word that a supported firmware uses for a gesture. Other words (triple, release) mean nothing here.
GESTURE_WORDS: dict[str, Gesture] = {
    **dict.fromkeys(("single", "single_push", "single_click", "single_press"), Gesture.SINGLE),
    **dict.fromkeys(("press", "click", "s", "next"), Gesture.SINGLE),
    **dict.fromkeys(("double", "double_push", "double_click", "double_press", "ss", "recall"), Gesture.DOUBLE),
    **dict.fromkeys(("long", "hold", "long_push", "long_click", "long_press", "l", "no-show"), Gesture.LONG),
}  # fmt: skip
GESTURE_WORD_CHARS_MAX = 32


def gesture_of(word: object) -> Gesture | None:
    """The gesture a word stands for, in any case; None for other words and other types."""
    if not isinstance(word, str) or len(word) > GESTURE_WORD_CHARS_MAX:
        return None
    return GESTURE_WORDS.get(word.strip().lower())
