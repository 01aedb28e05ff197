"""Who comes and what clerks do: a seeded script on a simulated clock. Pure; the process carries its acts out."""

from dataclasses import dataclass, field
from random import Random  # a type only: the generator is handed in

from contracts.settings import Office

ARRIVAL_S = (1.5, 6.0)  # between two citizens
SERVICE_S = (12.0, 40.0)  # at a counter; a day in fast motion
GREET_S = (2.0, 7.0)  # from the call until the visitor sits down
REST_S = (1.0, 4.0)  # between two visitors
REPLY_S = 6.0  # a command is given up before (runtime/commands.py)
NO_SHOW_SHARE = 0.06
PRIORITY_SHARE = 0.15
ENGLISH_SHARE = 0.08
WAITING_MAX = 40  # nobody joins a longer queue
CLERKS_MAX = 6  # the other counters stay free for the visitor who tries the pages and the buttons


@dataclass(frozen=True)
class Act:
    """A command to send: verb and its fields (without the id)."""

    verb: str
    fields: dict[str, object]


@dataclass
class Clerk:
    """One played counter."""

    n: int
    state: str = "free"  # free → called → serving → free
    until_s: float = 0.0


def played_counters(office: Office) -> tuple[int, ...]:
    """The counters with a played clerk: as few as CLERKS_MAX. The first one stays free if it can, then the last ones;
    never one whose service nobody else takes, or its visitors would fill the lobby and the play would stand still."""
    played = list(office.counter)
    for counter in (*office.counter[:1], *reversed(office.counter[1:])):
        others = [other for other in played if other.n != counter.n]
        if len(played) > CLERKS_MAX and set(counter.skills) <= {code for other in others for code in other.skills}:
            played = others
    return tuple(counter.n for counter in played)


@dataclass
class Lobby:
    """The played lobby. `step(now_s)` gives the acts that are due; replies are told by `called`."""

    office: Office
    rng: Random
    next_arrival_s: float = 0.0
    clerks: list[Clerk] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.clerks = [Clerk(n) for n in played_counters(self.office)]

    def step(self, now_s: float, waiting: int) -> list[Act]:
        """Everything that happens at `now_s`, with `waiting` people in the lobby."""
        acts = [self._arrival()] if now_s >= self.next_arrival_s and waiting < WAITING_MAX else []
        if now_s >= self.next_arrival_s:
            self.next_arrival_s = now_s + self.rng.uniform(*ARRIVAL_S)
        acts += [self._clerk(clerk, now_s) for clerk in self.clerks if now_s >= clerk.until_s]
        return acts

    def called(self, n: int, number: str | None, now_s: float) -> None:
        """The server answered counter `n`: it has a visitor now, or nobody waits."""
        clerk = next(c for c in self.clerks if c.n == n)
        clerk.state = "called" if number else "free"
        clerk.until_s = now_s + self.rng.uniform(*(GREET_S if number else REST_S))

    def _arrival(self) -> Act:
        fields: dict[str, object] = {"service": self.rng.choice(self.office.service).code}
        if self.office.priority and self.rng.random() < PRIORITY_SHARE:
            fields["priority"] = self.rng.choice(self.office.priority).code
        if self.rng.random() < ENGLISH_SHARE:
            fields["lang"] = "en"
        return Act("issue", fields)

    def _clerk(self, clerk: Clerk, now_s: float) -> Act:
        if clerk.state == "called" and self.rng.random() < NO_SHOW_SHARE:
            clerk.state, clerk.until_s = "free", now_s + self.rng.uniform(*REST_S)
            return Act("no-show", {"counter": clerk.n})
        if clerk.state == "called":
            clerk.state, clerk.until_s = "serving", now_s + self.rng.uniform(*SERVICE_S)
            return Act("start", {"counter": clerk.n})
        if clerk.state == "serving":
            clerk.state, clerk.until_s = "free", now_s + self.rng.uniform(*REST_S)
            return Act("finish", {"counter": clerk.n})
        clerk.until_s = now_s + REPLY_S  # until the reply says more
        return Act("call-next", {"counter": clerk.n})
