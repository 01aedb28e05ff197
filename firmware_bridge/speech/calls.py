"""What the announcer hears (events), what it asks for (effects), and the office's choices. Pure."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Policy:
    """The office's choices: `languages` spoken for everybody, how often, how old an unheard call may be at start."""

    languages: tuple[str, ...] = ("vi",)
    rounds: int = 2
    gap_ms: int = 650
    stale_ms: int = 120_000
    chime: bool = True


@dataclass(frozen=True)
class Call:
    """A call as the voice needs it. `age_ms` at the moment it was seen; `live`: called and not yet served or closed."""

    call_id: str
    number: str
    counter: int
    repeat: int = 0
    lang: str = "vi"
    age_ms: int = 0
    live: bool = True

    @property
    def key(self) -> str:
        """What is spoken once: the same call recalled is another announcement."""
        return f"{self.call_id}#{self.repeat}"


@dataclass(frozen=True)
class Seen:
    """The calls of a snapshot or of a call event, oldest first. A known call brings its newest `live`."""

    calls: tuple[Call, ...]


@dataclass(frozen=True)
class Played:
    """The announcement `id` was heard to its end."""

    id: int


@dataclass(frozen=True)
class Failed:
    """The announcement `id` could not be played now."""

    id: int


@dataclass(frozen=True)
class Tick:
    """Time passed (a Wake came due)."""


Event = Seen | Played | Failed | Tick


@dataclass(frozen=True)
class Remember:
    """Write down durably that `key` was spoken. Comes before its first Play."""

    key: str


@dataclass(frozen=True)
class Play:
    """Play one announcement; answer with Played or Failed and the same `id`."""

    id: int
    call: Call
    lang: str
    chime: bool


@dataclass(frozen=True)
class Wake:
    """Send a Tick at `at_ms` (a later Wake replaces it)."""

    at_ms: int


@dataclass(frozen=True)
class Dropped:
    """A call is not announced: "stale", "closed", "backlog" or "recalled"."""

    call: Call
    reason: str


Effect = Remember | Play | Wake | Dropped
