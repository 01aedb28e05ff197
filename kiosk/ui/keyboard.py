"""What is typed, as text: a keyboard-wedge scanner types its code and Enter."""

from collections.abc import Callable

from kivy.core.window import Window

ENDS = {13: "\r", 271: "\r", 9: "\t"}
"""Kivy's key codes of Enter, Enter on the number pad, and Tab."""


def listen(typed: Callable[[str], None]) -> None:
    """Call `typed` with every character; text comes from SDL's text input, for key codes know no Shift."""

    def text(_window: object, characters: str) -> bool:
        typed(characters)
        return True

    def key(_window: object, code: int, *_: object) -> bool:
        if code in ENDS:
            typed(ENDS[code])
        return True

    Window.bind(on_textinput=text, on_key_down=key)
