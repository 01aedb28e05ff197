"""What an announcement is made of: clip keys and planned pauses."""

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True)
class Pause:
    """A planned silence of `ms`; in the readable text it is a comma."""

    ms: int


Token = str | Pause
"""A clip key such as "vi/letter/A" (language, kind, word), or a Pause."""


def clips_of(tokens: Iterable[Token]) -> list[str]:
    """The clip keys of `tokens`, in order."""
    return [token for token in tokens if isinstance(token, str)]
