"""An office of three kiosks on wires that fail: a live server and a real Mosquitto in between, time from a hand.

Kiosks are the product's own but for the window; their printers put papers into a list. One step of time after the
other: the server's heart beats, kiosks tick, and everybody waits until the wires are quiet.
"""

import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from unittest.mock import patch

import msgspec

from contracts.messages.counters import CounterCommand
from contracts.messages.replies import Reply
from contracts.roles import MqttRole
from contracts.settings.model import Device, Office
from kiosk.adapters.printer import Printer
from kiosk.core import KioskCore
from kiosk.flow.effects import Print
from kiosk.flow.events import PaperResult, PrintEnded, ServiceTouched, Tick
from kiosk.flow.state import Screen, State
from queue_server.adapters.dossiers import OfficeDossiers
from queue_server.adapters.mqtt import MqttDoor
from queue_server.adapters.store import OfficeStore, SqlDossiers
from queue_server.application.live import LiveOffice
from queue_server.domain.estimates import SharedWork
from queue_server.domain.model import OfficeState
from runtime.clock import Clock
from runtime.config import load_office
from runtime.mqtt import Broker
from runtime.paths import DataDir
from tests.support.broker import USERS, Mosquitto, free_port, wait_until
from tests.support.mqtt_proxy import MqttProxy
from tests.support.offices import SAMPLE, Counted

NINE_MS = 1_795_399_200_000  # Mon 2026-11-23, 09:00 in Vietnam
KIOSKS = ("kiosk-1", "kiosk-2", "kiosk-3")
STEP_S = 2.5
QUIET_S, DEAF_S = 0.008, 0.5
SETTLE_S_MAX = 20.0
TICK_EVERY_S = 15.0


@dataclass
class Hand:
    """Time that moves when told to."""

    s: float = 0.0

    def clock(self, wall_ahead_ms: int = 0) -> Clock:
        """A clock; its wall may be wrong."""
        return Clock(wall_ms=lambda: NINE_MS + wall_ahead_ms + round(self.s * 1000), mono_s=lambda: 1000 + self.s)


@dataclass(frozen=True)
class Paper:
    """What somebody holds."""

    kiosk: str
    number: str
    job: str
    touched_s: float
    offline: bool


def new_id() -> str:
    """Of one touch."""
    return str(uuid.uuid4())


class PaperTray:
    """Stands for the printer: paper at once."""

    def __init__(self, kiosk: "TestKiosk") -> None:
        self._kiosk = kiosk

    def start(self) -> None: ...

    def stop(self) -> None: ...

    def begun(self, job: str) -> bool:
        return any(paper.job == job for paper in self._kiosk.papers)

    def print(self, effect: Print) -> None:
        kiosk = self._kiosk
        paper = Paper(kiosk.name, effect.ticket.number, effect.job_id, kiosk.touched[effect.job_id], effect.offline)
        kiosk.papers.append(paper)
        kiosk.core.news.put(PrintEnded(effect.job_id, PaperResult.PRINTED))


class _Core(KioskCore):
    def __init__(self, tray: PaperTray, *arguments: Any) -> None:
        self._tray = tray
        super().__init__(*arguments)

    def _open_printer(self, kiosk_id: str, device: Device, url: str) -> Printer:
        tray: Any = self._tray
        return tray  # type: ignore[no-any-return]  # a test's stand-in


class TestKiosk:
    """One kiosk and its visitors."""

    __test__ = False

    def __init__(self, office: Office, name: str, broker: Broker, data: Path, hand: Hand) -> None:
        self.name, self.hand = name, hand
        self._of: tuple[Office, Broker, Path] = (office, broker, data)
        self.papers: list[Paper] = []
        self.touched: dict[str, float] = {}
        self.pictures: list[Any] = []
        self.boots = 1
        self.core = self._made(0)

    def _made(self, wall_ahead_ms: int) -> KioskCore:
        office, broker, data = self._of
        clock = self.hand.clock(wall_ahead_ms)
        with patch("kiosk.adapters.spool.boot_id", lambda: f"boot-{self.boots}"):
            core = _Core(PaperTray(self), office, self.name, broker, DataDir(data), clock, self.pictures.append, new_id)
        core.driver.handle(Tick())
        core.start()
        return core

    def restart(self, off_s: float, wall_ahead_ms: int = 0) -> None:
        """The machine is off for so long, and on again; its wall clock may be wrong now."""
        self.core.stop()
        self.hand.s += off_s
        self.boots += 1
        self.core = self._made(wall_ahead_ms)

    def touch(self, service: str) -> str | None:
        """Somebody comes, and touches a service when the first screen is there; the id of the touch."""
        if self.state.screen is not Screen.HOME or self.state.visit.asked is not None:
            return None
        command_id = str(uuid.uuid4())
        self.touched[command_id] = self.hand.s
        self.core.driver.handle(ServiceTouched(service, command_id))
        return command_id

    @property
    def state(self) -> State:
        """What the flow knows."""
        return self.core.driver.state

    def moved(self) -> bool:
        """Take in what arrived; True while something is under way that needs no time."""
        return self.core.woken() or self.state.visit.keeping is not None

    @property
    def patience_s(self) -> float:
        """How long its wire must be quiet before nothing more is to come: real seconds."""
        server = self.core.server
        if server.link.connected and server._commander.server_time.heard_at_s != self.core._clock.mono_s():
            return DEAF_S  # a heartbeat is never lost on a wire that is whole
        return QUIET_S if server._commander._pending else 0.0


@dataclass
class CutOffOffice:
    """Everything. `calls`: every number a clerk's call brought, in order."""

    office: Office
    broker: Mosquitto
    data: Path
    hand: Hand = field(default_factory=Hand)
    kiosks: list[TestKiosk] = field(default_factory=list)
    wires: dict[str, MqttProxy] = field(default_factory=dict)
    calls: list[str] = field(default_factory=list)
    refusals: list[str] = field(default_factory=list)

    def start_server(self) -> None:
        """On the same database as before."""
        clock = self.hand.clock()
        self.store = OfficeStore(self.data / "db" / "office.sqlite", clock.wall_ms())
        self._dossiers = SqlDossiers(self.data / "db" / "office.sqlite")
        self.door = MqttDoor(self.broker.broker("server"), self.office, clock)
        lookup = OfficeDossiers(self.office, self._dossiers)
        self.live = LiveOffice(
            self.office, self.store, self.door, lookup, SharedWork(), Counted(), clock, lambda why: None
        )  # fmt: skip
        self.live.start()
        self.door.serve(self.live)
        wait_until(self.live.broker_up, what="the server's link")

    def stop_server(self) -> None:
        """Commit, and go."""
        self.live.stop()
        self.door.stop()
        self._dossiers.close()
        self.store.close()

    def start_kiosk(self, name: str) -> TestKiosk:
        """A kiosk on a wire of its own."""
        self.wires[name] = MqttProxy(self.broker.port)
        whole = self.broker.broker(name)
        broker = Broker(whole.host, self.wires[name].port, whole.username, whole.password)
        kiosk = TestKiosk(self.office, name, broker, self.data / name, self.hand)
        self.kiosks.append(kiosk)
        return kiosk

    @property
    def queue(self) -> OfficeState:
        """The committed state of the server."""
        return self.live._writer.state

    @property
    def papers(self) -> list[Paper]:
        """Of all kiosks, as they were touched for."""
        return sorted((p for kiosk in self.kiosks for p in kiosk.papers), key=lambda p: p.touched_s)

    def step(self, seconds: float = STEP_S) -> None:
        """Time passes."""
        before, self.hand.s = self.hand.s, self.hand.s + seconds
        self.door.beat()
        if before // TICK_EVERY_S != self.hand.s // TICK_EVERY_S:
            self.live.tick()
        for kiosk in self.kiosks:
            kiosk.core.tick()
        self.settle()

    def settle(self) -> None:
        """Until nothing is under way: every heartbeat heard, and quiet wires for a moment where a word is awaited."""
        quiet_since, passed = time.monotonic(), -1
        end_s = quiet_since + SETTLE_S_MAX
        while True:
            now_passed = sum(wire.passed for wire in self.wires.values())
            moved = [kiosk.moved() for kiosk in self.kiosks]
            if any(moved) or now_passed != passed:
                quiet_since, passed = time.monotonic(), now_passed
            elif time.monotonic() - quiet_since >= max(kiosk.patience_s for kiosk in self.kiosks):
                return
            assert time.monotonic() < end_s, "the office never comes to rest"
            time.sleep(0.0005)

    def run(self, seconds: float) -> None:
        """Steps for so long."""
        end_s = self.hand.s + seconds
        while self.hand.s < end_s:
            self.step()

    def until(self, true: Callable[[], bool], what: str, steps: int = 400) -> None:
        """Step until `true()`."""
        for _ in range(steps):
            if true():
                return
            self.step()
            time.sleep(0.002)
        raise AssertionError(f"{what} did not happen in {steps} steps")

    def clerk(self, verb: str, message: CounterCommand) -> Reply:
        """What a clerk's page does."""
        replies: list[Reply] = []
        self.live.submit("http:clerk", verb, message, replies.append)
        wait_until(lambda: bool(replies), what=verb)
        reply = replies[0]
        if reply.ok and reply.ticket is not None and verb in ("call", "call-next"):
            self.calls.append(reply.ticket.number)
        if reply.error is not None:
            self.refusals.append(reply.error.code)
        return reply

    def online(self, kiosk: TestKiosk) -> bool:
        """True when that kiosk hears the server."""
        return bool(kiosk.state.alive)


def office_of_three() -> Office:
    """The sample office with three kiosks, each with a printer, and all counters able to do all."""
    sample = load_office(SAMPLE)
    kiosks = [msgspec.structs.replace(sample.kiosk[0], id=name) for name in KIOSKS]
    printer = next(d for d in sample.device if d.kind == "escpos")
    devices = [msgspec.structs.replace(printer, id=f"paper-of-{name}", at=name, url="tcp://none:1") for name in KIOSKS]
    skills = {service.code: 1 for service in sample.service}
    counters = [msgspec.structs.replace(row, skills=skills, auto_call=False) for row in sample.counter]
    return msgspec.structs.replace(sample, kiosk=kiosks, device=devices, counter=counters)


@contextmanager
def cut_off_office(folder: Path) -> Iterator[CutOffOffice]:
    """Broker and server, no kiosk yet; all of it ends with the block."""
    users = {**USERS, **dict.fromkeys(KIOSKS, MqttRole.KIOSK)}
    broker = Mosquitto(folder / "data", free_port(), users=users)
    broker.start()
    made = CutOffOffice(office_of_three(), broker, folder / "data")
    try:
        made.start_server()
        yield made
        made.stop_server()
    finally:
        for kiosk in made.kiosks:
            kiosk.core.stop()
        for wire in made.wires.values():
            wire.close()
        broker.kill()
