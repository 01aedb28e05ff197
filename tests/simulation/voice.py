"""The bridge: its loudspeaker (the product's announcer and its record of spoken calls) and the buttons' commander."""

from collections import Counter
from pathlib import Path

from contracts.messages.board import BoardSnapshot, CallEvent
from contracts.settings import Office
from firmware_bridge.speech import announcer, inbox
from firmware_bridge.speech.bootstrap import policy_of
from firmware_bridge.speech.calls import Call, Effect, Event, Play, Played, Remember, Seen, Tick, Wake
from firmware_bridge.speech.spoken_log import SpokenLog
from runtime.clock import utc
from runtime.commands import Commander
from runtime.mqtt import Inbound, Subscription
from tests.simulation.clock import SimClock
from tests.simulation.network import Network, SimLink, address
from tests.simulation.world import Powered, World

BOOT_S = (0.5, 5.0)
TICK_S = 0.4
SPEAK_S = (1.5, 3.0)


class SimBridge(Powered):
    """One bridge process. `heard`: how often people heard each (call, repeat, language), over all its lives."""

    def __init__(self, world: World, office: Office, net: Network, clock: SimClock, user: str, folder: Path) -> None:
        self.world, self.office, self.net, self.clock, self.user = world, office, net, clock, user
        self.heard: Counter[tuple[str, str]] = Counter()
        self.heard_last: tuple[str, str] | None = None
        self.announcer: announcer.State | None = None
        self.commander: Commander | None = None
        self.life = 0
        self._log_path = folder / "spoken-calls.txt"
        self._log: SpokenLog | None = None

    def boot(self) -> None:
        """Switches it on."""
        if self.commander is not None:
            return
        self.life += 1
        self.world.note(f"{self.user} boots")
        clock = self.clock.clock()
        self._log = SpokenLog(self._log_path)
        self.announcer = announcer.initial(policy_of(self.office), self._log.keys())
        wanted = [
            Subscription("board"), Subscription("call"), Subscription("heartbeat"),
            Subscription("reply", {"user": self.user}),
        ]  # fmt: skip
        link = SimLink(address(self.net, self.user), self.office.id, wanted, self._arrived, clock=clock)
        self.commander = Commander(link, self.user, clock)
        link.start()
        self._tick(self.life)

    def cut(self) -> None:
        """Power cut; it comes back."""
        if self.commander is None:
            return
        self.world.note(f"{self.user} loses power")
        self.life += 1
        self.commander = self.announcer = None
        client = self.net.clients.get(self.user)
        if client is not None:
            client.kill()
        self.world.after(self.world.between(*BOOT_S), self.boot)

    def _arrived(self, inbound: Inbound) -> None:
        if self.commander is None or self.commander.arrived(inbound):
            return
        now_ms = self.commander.server_time.now_ms()
        now = utc(now_ms if now_ms is not None else self.clock.wall_ms())
        if isinstance(inbound.message, BoardSnapshot):
            self._hear(inbox.from_snapshot(inbound.message, now)[0])
        elif isinstance(inbound.message, CallEvent):
            self._hear(inbox.from_event(inbound.message, now)[0])

    def _hear(self, calls: tuple[Call, ...]) -> None:
        self._step(Seen(calls))

    def _step(self, event: Event) -> None:
        if self.announcer is None:
            return
        self.announcer, effects = announcer.step(self.announcer, event, round(self.clock.mono_s() * 1000))
        for effect in effects:
            self._do(effect)

    def _do(self, effect: Effect) -> None:
        life = self.life

        def later(event: Event) -> None:
            if life == self.life:
                self._step(event)

        match effect:
            case Remember(key) if self._log is not None:
                self._log.add(key)
            case Play():
                self.heard_last = (effect.call.key, effect.lang)
                self.heard[self.heard_last] += 1
                self.world.note(f"{self.user} says {effect.call.number} at {effect.call.counter}")
                self.world.after(self.world.between(*SPEAK_S), lambda: later(Played(effect.id)))
            case Wake(at_ms):
                self.world.after(max(0.0, at_ms / 1000 - self.clock.mono_s()), lambda: later(Tick()))

    def _tick(self, life: int) -> None:
        if life != self.life or self.commander is None:
            return
        self.commander.tick()
        self.world.after(TICK_S, lambda: self._tick(life))
