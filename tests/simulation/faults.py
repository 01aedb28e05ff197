"""Seeded trouble: what breaks, when, and for how long. Everything heals by itself or at the end."""

from collections.abc import Callable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.simulation.office import Simulation

MINUTE_MS = 60_000
YEAR_MS = 365 * 24 * 60 * MINUTE_MS


class Faults:
    """Breaks something every `every_s` on average, until `stopped`."""

    def __init__(self, sim: "Simulation", every_s: float) -> None:
        self.sim, self.every_s = sim, every_s
        self.stopped = False
        self._kinds: tuple[tuple[int, Callable[[], None]], ...] = (
            (12, self._wire), (3, self._cut_before), (4, self._cut_after), (3, self._cut_publish),
            (2, self._kill_server), (2, self._disk_full), (1, self._lie), (2, self._broker), (3, self._kiosk),
            (2, self._board), (2, self._bridge), (3, self._clock), (2, self._stop_server), (1, self._kiosk_full),
            (1, self._replace_kiosk), (1, self._next_year),
        )  # fmt: skip
        self._next()

    def end(self) -> None:
        """No more trouble, and all of it mended."""
        self.stopped = True
        sim = self.sim
        self._sight()
        for kiosk in sim.kiosks:
            kiosk.full = False
        sim.disk.full = sim.disk.lie = sim.disk.cut_before = sim.disk.cut_after = False
        sim.disk.cut_publish = None
        for user, wire in sim.net.wires.items():
            wire.lossy = False
            if not wire.good:
                sim.net.mend(user)
        sim.broker.up = True
        sim.server.boot()

    def _next(self) -> None:
        self.sim.world.after(self.sim.world.random.expovariate(1 / self.every_s), self._break)

    def _break(self) -> None:
        if self.stopped:
            return
        self._next()
        weights, actions = [w for w, _ in self._kinds], [a for _, a in self._kinds]
        self.sim.world.random.choices(actions, weights)[0]()

    def _for(self, low_s: float, high_s: float, heal: Callable[[], None]) -> None:
        def mend() -> None:
            if not self.stopped:
                heal()

        self.sim.world.after(self.sim.world.between(low_s, high_s), mend)

    # ---- kinds ----

    def _wire(self) -> None:
        sim = self.sim
        kiosk = sim.world.chance(0.5)
        user = sim.world.random.choice([k.user for k in sim.kiosks] if kiosk else list(sim.net.wires))
        how = sim.world.random.choice(("cut", "stall", "deaf", "deaf", "deaf", "lossy", "lossy"))
        sim.world.note(f"wire of {user}: {how}")
        if how == "lossy":
            sim.net.wires[user].lossy = True
            self._for(5, 60, lambda: setattr(sim.net.wires[user], "lossy", False))
            return
        if how == "cut":
            sim.net.cut(user)
        else:
            sim.net.stall(user, deaf=how == "deaf")
            for group in sim.visitors:  # somebody touches while the kiosk does not know yet
                if group.kiosk.user == user:
                    sim.world.after(sim.world.between(0.1, 3.0), group.visit)
        self._for(0.5, 60 if kiosk else 25, lambda: sim.net.mend(user))

    def _cut_before(self) -> None:
        self.sim.disk.cut_before = True

    def _cut_after(self) -> None:
        self.sim.disk.cut_after = True

    def _cut_publish(self) -> None:
        self.sim.disk.cut_publish = self.sim.world.random.randint(1, 12)

    def _kill_server(self) -> None:
        self.sim.server.cut()

    def _stop_server(self) -> None:
        self.sim.server.stop_for(self.sim.world.between(5, 60))

    def _disk_full(self) -> None:
        self.sim.world.note("disk full")
        self.sim.disk.full = True
        self._for(1, 12, lambda: setattr(self.sim.disk, "full", False))

    def _lie(self) -> None:
        self.sim.world.note("the next commit happens and is reported as failed")
        disk = self.sim.disk
        disk.lie, disk.then_blind = True, self.sim.world.chance(0.5)
        if disk.then_blind:
            self._for(5, 20, self._sight)

    def _sight(self) -> None:
        self.sim.disk.blind = self.sim.disk.then_blind = False
        self.sim.disk.lied_s = self.sim.world.now_s

    def _broker(self) -> None:
        self.sim.world.note("broker dies")
        self.sim.broker.crash()
        self._for(0.5, 8, lambda: setattr(self.sim.broker, "up", True))

    def _kiosk(self) -> None:
        self.sim.world.random.choice(self.sim.kiosks).cut()

    def _next_year(self) -> None:
        """The clock jumps while people wait: the server goes on by its machine's running time until it comes back."""
        sim = self.sim
        if sim.server.live is None or sum(map(len, sim.history.replay.lanes.values())) < 3:
            return
        sim.world.note("the server's clock is a year ahead")
        sim.server.clock.step_ms(YEAR_MS)
        sim.stepped_s = sim.world.now_s

        def back() -> None:
            sim.server.clock.step_ms(-YEAR_MS)
            sim.stepped_s = sim.world.now_s

        sim.world.after(sim.world.between(1.0, 8.0), back)

    def _kiosk_full(self) -> None:
        kiosk = self.sim.world.random.choice(self.sim.kiosks)
        self.sim.world.note(f"disk of {kiosk.user} is full")
        kiosk.full = True
        self._for(5, 40, lambda: setattr(kiosk, "full", False))

    def _replace_kiosk(self) -> None:
        self.sim.world.random.choice(self.sim.kiosks).replace()

    def _board(self) -> None:
        self.sim.world.random.choice(self.sim.boards).cut()

    def _bridge(self) -> None:
        self.sim.bridge.cut()

    def _clock(self) -> None:
        """A time server sets the server's clock, or somebody a kiosk's."""
        world = self.sim.world
        by_ms = round(
            world.random.choice((-1, 1)) * world.random.choice((40, 900, 7_000, 2 * MINUTE_MS, 55 * MINUTE_MS))
        )
        clocks = [("server", self.sim.server.clock)] * 2 + [(k.user, k.clock) for k in self.sim.kiosks]
        name, clock = world.random.choice(clocks)
        world.note(f"clock of {name} steps by {by_ms} ms")
        clock.step_ms(by_ms)
        if name == "server":
            self.sim.stepped_s = world.now_s
