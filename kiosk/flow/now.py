"""The time of an event."""

from datetime import datetime
from typing import NamedTuple


class Now(NamedTuple):
    """The time of an event: monotonic seconds for waits, wall time for what is shown."""

    mono_s: float
    wall: datetime
