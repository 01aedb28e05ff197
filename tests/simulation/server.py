"""The server process: the product's store, writer, live office and MQTT door. It dies and comes back."""

from collections.abc import Callable
from random import Random
from typing import Any

from contracts.errors import Rejected
from contracts.ids import TOKEN_BYTES, token_from, uuid_from
from contracts.messages.replies import Reply
from contracts.settings import Office
from queue_server.adapters.mqtt import MqttDoor
from queue_server.application.clock_guard import ClockGuard, Witness
from queue_server.application.live import LiveOffice
from queue_server.domain.estimates import SharedWork
from tests.simulation.clock import SimClock
from tests.simulation.disk import Disk, SimStore
from tests.simulation.network import Network, address
from tests.simulation.world import Powered, Violation, World

BEAT_S, TICK_S = 1.0, 5.0  # queue_server/bootstrap.py
WORK_S = (0.0003, 0.008)  # from a job's arrival to its batch: what arrives meanwhile goes with it
BOOT_S = (0.5, 6.0)
SLOW_BOOT_S = 60.0


class SeededFresh:
    """Ids of the server, from a generator of its own: more or fewer of them change nothing else."""

    def __init__(self, seed: int) -> None:
        self._random = Random(f"fresh {seed}")

    def uuid(self) -> str:
        """The next id."""
        return uuid_from(self._random.randbytes(16))

    def token(self) -> str:
        """The next token."""
        return token_from(self._random.randbytes(TOKEN_BYTES))


class MemoryWitness:
    """The file in which one server tells the next how its clock stood. The machine itself is never started anew."""

    boot = "one"

    def __init__(self) -> None:
        self._kept: Witness | None = None

    def read(self) -> Witness | None:
        """What was kept."""
        return self._kept

    def write(self, witness: Witness) -> None:
        """Keeps it."""
        self._kept = witness


class SimServer(Powered):
    """One machine with one database. `live` None: it is down."""

    def __init__(self, world: World, office: Office, net: Network, disk: Disk, clock: SimClock) -> None:
        self.world, self.office, self.net, self.disk, self.clock = world, office, net, disk, clock
        self.live: LiveOffice | None = None
        self.door: MqttDoor | None = None
        self.guard: ClockGuard | None = None
        self.opened = False  # there is a database
        self.on_start: Callable[[LiveOffice, MqttDoor], None] = lambda _live, _door: None
        self._store: SimStore | None = None
        self._life = 0
        self._working = False
        self._turn = 0
        self._idle_turn: int | None = None
        self._witness = MemoryWitness()
        self._fresh = SeededFresh(world.seed)

    # ---- life ----

    def boot(self) -> None:
        """As bootstrap.Server does it. A disk that is still full: tried again later, as a service manager would."""
        if self.live is not None:
            return
        self._life += 1
        self.guard = ClockGuard(self.clock.clock(), self.office.office.timezone, self._witness)
        clock = self.guard.clock
        try:
            self._store = SimStore(self.disk, self.clock.wall_ms(), self, self._work_waits, lambda: self.world.now_s)
            self.opened = True
            self.door = MqttDoor(address(self.net, "server"), self.office, clock)
            self._watch(self.door)
            nobody: Any = None
            self.live = LiveOffice(
                self.office, self._store, self.door, nobody, SharedWork(), self._fresh, clock, self._fatal
            )
            self.live.trust(self.guard)
            self.world.note(f"server boots, epoch {self._store.epoch}")
            self.on_start(self.live, self.door)
            self.live.start()
            self.door.serve(self.live)
        except Rejected as why:
            self._end()
            self.world.note(f"server does not start: {why.code}")
            self.world.after(5.0, self.boot)
            return
        life = self._life
        self._every(BEAT_S, life, self.door.beat)
        self._every(TICK_S, life, self.live.tick)
        self._every(TICK_S, life, self.guard.keep)

    def office_ms(self) -> int:
        """The time by which the server decides, UTC ms."""
        return self.guard.office_ms() if self.live is not None and self.guard is not None else self.clock.wall_ms()

    def cut(self) -> None:
        """Power cut, or kill -9: nothing in memory remains; it comes back by itself."""
        if self._store is None:
            return
        self.world.note("server loses power")
        self._end()
        self.world.after(self.world.between(*BOOT_S), self.boot)

    def stop_for(self, seconds: float) -> None:
        """Down for a while."""
        if self._store is not None:
            self.world.note(f"server is down for {seconds:.0f} s")
            self._end()
            self.world.after(seconds, self.boot)

    def close(self) -> None:
        """The simulation is over."""
        if self._store is not None:
            self._store.close()
            self._store = None

    def _end(self) -> None:
        self._life += 1
        self.disk.cut_publish = None
        client = self.net.clients.get("server")
        if client is not None:
            client.kill()
        if self._store is not None:
            self._store.close()
        self.live = self.door = self._store = None
        self._working = False

    def _fatal(self, why: Rejected) -> None:
        raise Violation("server_stays_up", f"it stopped itself: {why.code} {why.detail}")

    def _watch(self, door: MqttDoor) -> None:
        client: Any = door._link._client
        client.before_publish = lambda: self.disk.publishing(self)

    # ---- work ----

    def _every(self, seconds: float, life: int, action: Callable[[], None]) -> None:
        def again() -> None:
            if life == self._life:
                self.world.after(seconds, again)
                action()

        self.world.after(0.0, again)

    def _work_waits(self, within_s: float | None = None) -> None:
        if self.live is None or (self._working and (self._idle_turn is None or within_s is not None)):
            return
        self._working, self._turn = True, self._turn + 1
        self._idle_turn = self._turn if within_s is not None else None  # work that comes does not wait for it
        life, turn = self._life, self._turn

        def work() -> None:
            if life == self._life and turn == self._turn and self.live is not None:
                self._working = False
                writer: Any = self.live._writer
                wait_s = writer.step()
                if self.waiting:
                    self._work_waits()
                elif wait_s is not None:
                    self._work_waits(max(wait_s, WORK_S[0]))

        self.world.after(within_s if within_s is not None else self.world.between(*WORK_S), work)

    @property
    def waiting(self) -> int:
        """Jobs before the writer."""
        writer: Any = self.live._writer if self.live is not None else None
        return writer.waiting if writer is not None else 0

    # ---- HTTP ----

    def post(self, actor: str, verb: str, message: Any, answered: Callable[[Reply | None], None]) -> None:
        """A request over HTTP: the way there and back may fail, and then the caller hears nothing (None)."""
        world = self.world
        wire = self.net.wires[actor]
        heard = False

        def hear(reply: Reply | None) -> None:
            nonlocal heard
            if not heard:
                heard = True
                answered(reply)

        def back(reply: Reply) -> None:
            lost = world.chance(0.2) and wire.lossy
            if wire.good and not lost:
                world.after(world.between(0.0005, 0.01), lambda: hear(reply))

        def there() -> None:
            if self.live is None:
                hear(None)
            else:
                self.live.submit(actor, verb, message, back)

        world.after(5.0, lambda: hear(None))
        if wire.good and not (world.chance(0.2) and wire.lossy):
            world.after(world.between(0.0005, 0.01), there)
