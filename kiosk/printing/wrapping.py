"""Break a text into lines that fit. Pure: the width of a text is a function given by the caller."""

from __future__ import annotations

from collections.abc import Callable

WidthOf = Callable[[str], float]


def wrap(text: str, room: float, width_of: WidthOf) -> list[str]:
    """Lines of `text` no wider than `room`, as even as they can be without using more lines.

    Broken at spaces (not at no-break spaces), inside a word only when it alone is too wide; a
    single character wider than `room` stands alone. Always at least one line.
    """
    lines = _greedy(text, room, width_of)
    if len(lines) < 2:
        return lines
    narrow, wide = room / 2, room
    while wide - narrow > 4:
        middle = (narrow + wide) / 2
        if len(_greedy(text, middle, width_of)) == len(lines):
            wide = middle
        else:
            narrow = middle
    even = _greedy(text, wide, width_of)
    words = set(text.split(" "))
    whole = all(part in words for line in even for part in line.split(" "))
    return even if whole else lines


def _greedy(text: str, room: float, width_of: WidthOf) -> list[str]:
    lines: list[str] = []
    line = ""
    for word in text.split(" "):
        joined = f"{line} {word}" if line else word
        if width_of(joined) <= room:
            line = joined
            continue
        if line:
            lines.append(line)
        *full, line = _split_word(word, room, width_of)
        lines.extend(full)
    return [*lines, line]


def _split_word(word: str, room: float, width_of: WidthOf) -> list[str]:
    pieces: list[str] = []
    piece = ""
    for char in word:
        if piece and width_of(piece + char) > room:
            pieces.append(piece)
            piece = ""
        piece += char
    return [*pieces, piece]
