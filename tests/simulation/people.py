"""Seeded people: visitors who touch, touch twice, give up and come again; clerks who press whatever they like."""

from collections.abc import Callable
from typing import Any

from contracts.messages import counters as c
from contracts.messages.replies import Reply
from kiosk.flow import events as e
from kiosk.flow.state import Screen
from tests.simulation.kiosk import SimKiosk
from tests.simulation.server import SimServer
from tests.simulation.voice import SimBridge
from tests.simulation.world import World

PRESS_TTL_S = 3.0  # firmware_bridge/buttons/mapping.py
TRIES_MAX = 5
AGAIN_S = 0.8
READ_S = (0.6, 1.5)

# What a clerk does, and how often.
CLERK: tuple[tuple[str, int], ...] = (
    ("call-next", 56), ("recall", 8), ("start", 8), ("finish", 8), ("no-show", 6), ("undo-no-show", 3),
    ("transfer", 4), ("hold", 3), ("resume", 3), ("requeue", 3), ("call", 7), ("pause", 1), ("close", 1), ("open", 6),
)  # fmt: skip


class Visitors:
    """Those who come to one kiosk, every `every_s` on average, until `end`."""

    def __init__(self, world: World, kiosk: SimKiosk, every_s: float) -> None:
        self.world, self.kiosk, self.every_s = world, kiosk, every_s
        self.stopped = False
        self._next()

    def _next(self) -> None:
        self.world.after(self.world.random.expovariate(1 / self.every_s), self._come)

    def _come(self) -> None:
        if self.stopped:
            return
        self._next()
        self.visit()

    def visit(self) -> None:
        """Somebody stands before the kiosk."""
        state = self.kiosk.state
        if state is None:
            return
        world, office = self.world, self.kiosk.office
        wait_s = 0.0
        if state.screen not in (Screen.HOME, Screen.AWAY):
            self.kiosk.touch(e.HomeTouched())
            wait_s += world.between(*READ_S)
        if world.chance(0.25):
            self._later(wait_s, e.PriorityAsked())
            wait_s += world.between(*READ_S)
            self._later(wait_s, e.PriorityTouched(world.random.choice([p.code for p in office.priority])))
            wait_s += world.between(*READ_S)
        if world.chance(0.1):
            self._later(wait_s, e.LanguageTouched("en"))
            wait_s += world.between(*READ_S)
        service = world.random.choice(office.service).code
        self._later(wait_s, e.ServiceTouched(service, world.uuid()))
        if world.chance(0.2):
            self._later(wait_s + 0.1, e.ServiceTouched(service, world.uuid()))
        if world.chance(0.5):  # no number came: once more
            again_s = wait_s + world.between(6.0, 9.0)
            self._later(again_s, e.HomeTouched())
            self._later(again_s + 0.8, e.ServiceTouched(service, world.uuid()))

    def _later(self, delay_s: float, event: e.Touch) -> None:
        self.world.after(delay_s, lambda: self.kiosk.touch(event))


class Clerks:
    """What is pressed at the counters. Odd ones have buttons on the bridge, even ones a page in a browser."""

    def __init__(self, world: World, server: SimServer, bridge: SimBridge) -> None:
        self.world, self.server, self.bridge = world, server, bridge
        self.numbers: list[str] = []
        self.sent: Callable[[str, str, Any], None] = lambda _actor, _verb, _message: None
        self.answered: Callable[[str, str, Reply], None] = lambda _actor, _verb, _reply: None

    def work(self, n: int, every_s: float, busy: Callable[[], bool]) -> None:
        """Counter `n` while `busy()`."""

        def act() -> None:
            if busy():
                self.press(n, self.world.random.choices([v for v, _ in CLERK], [w for _, w in CLERK])[0])
                self.world.after(self.world.random.expovariate(1 / every_s), act)

        self.world.after(self.world.between(0, every_s), act)

    def press(self, n: int, verb: str) -> None:
        """One press at counter `n`."""
        message = self._message(n, verb)
        if message is None:
            return
        if n % 2:
            if self.bridge.commander is not None:
                self.world.note(f"counter {n} presses {verb}")
                self.bridge.commander.send(verb, message, lambda _reply: None, ttl_s=PRESS_TTL_S)
        else:
            self.browse(n, verb, message)

    def browse(self, n: int, verb: str, message: Any, tries: int = 1) -> None:
        """A page sends, and sends again while nobody answers."""
        actor = f"clerk-{n}"
        self.world.note(f"{actor} posts {verb} {message.id[:8]}" + (f" again ({tries})" if tries > 1 else ""))
        self.sent(actor, verb, message)

        def heard(reply: Reply | None) -> None:
            if reply is not None:
                self.answered(actor, verb, reply)
            elif tries < TRIES_MAX:
                self.world.after(AGAIN_S, lambda: self.browse(n, verb, message, tries + 1))

        self.server.post(actor, verb, message, heard)

    def _message(self, n: int, verb: str) -> Any:
        world, office = self.world, self.server.office
        base: dict[str, Any] = {"id": world.uuid(), "counter": n}
        match verb:
            case "transfer" if world.chance(0.5):
                return c.Transfer(**base, to_service=world.random.choice(office.service).code)
            case "transfer":
                return c.Transfer(**base, to_counter=world.random.choice(office.counter).n)
            case "call" | "resume":
                number = world.random.choice(self.numbers[-12:]) if self.numbers else None
                kind = c.CallNumber if verb == "call" else c.Resume
                return kind(**base, number=number) if number else None
        simple: dict[str, type[c.CounterCommand]] = {
            "call-next": c.CallNext, "recall": c.Recall, "start": c.Start, "finish": c.Finish, "no-show": c.NoShow,
            "undo-no-show": c.UndoNoShow, "hold": c.Hold, "requeue": c.Requeue, "pause": c.PauseCounter,
            "close": c.CloseCounter, "open": c.OpenCounter,
        }  # fmt: skip
        return simple[verb](**base)
