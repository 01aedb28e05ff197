"""The whole office on one seed: parts, people, faults, and after every step the judge."""

from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from contracts import codec
from contracts.messages import counters as c
from contracts.messages.board import BoardSnapshot, CallEvent
from contracts.messages.common import CounterStatus, TicketState, Version
from contracts.messages.leases import HandOver
from contracts.messages.replies import Reply
from contracts.roles import MqttRole
from contracts.settings import Office, office_from
from contracts.verbs import VERBS
from queue_server.domain import events as ev
from queue_server.domain.clock import business_day
from queue_server.domain.policies import POLICIES
from tests.simulation import about_calls, invariants
from tests.simulation.board import SimBoard
from tests.simulation.broker import MemoryBroker, Packet
from tests.simulation.clock import SimClock
from tests.simulation.disk import Disk
from tests.simulation.faults import Faults
from tests.simulation.history import History
from tests.simulation.kiosk import Paper, SimKiosk
from tests.simulation.network import Network
from tests.simulation.people import Clerks, Visitors
from tests.simulation.seams import Complaints
from tests.simulation.server import SimServer
from tests.simulation.voice import SimBridge
from tests.simulation.world import Powered, Violation, World

KIOSKS = ("kiosk-1", "kiosk-2", "kiosk-3")
BOARDS = ("board-1", "board-2")
COUNTERS = (1, 2, 3, 4)
MORNING_MS = 1_795_403_600_000  # 2026-11-23 10:13:20 +07:00
EVENING_MS = 1_795_453_020_000  # 2026-11-23 23:57:00 +07:00
CALM_S_MAX = 400.0
OVERTAKEN_MAX = 5
SETTLE_S = 22.0


@dataclass(frozen=True)
class Sent:
    """A command that left somebody."""

    actor: str
    verb: str
    id: str
    message: Any
    first_s: float


@dataclass(frozen=True)
class Ack:
    """A reply that somebody got."""

    actor: str
    verb: str
    reply: Reply
    at_s: float


def sample(policy: str) -> Office:
    """Three services, four counters, two classes, three kiosks."""
    raw: dict[str, Any] = {
        "office": {"id": "sim", "name": {"vi": "Thử"}},
        "queue": {"policy": policy, "overtaken_max": OVERTAKEN_MAX, "alert_min": 1},
        "service": [
            {"code": "A", "name": {"vi": "Hộ tịch"}, "mean_min": 8},
            {"code": "C", "name": {"vi": "Chứng thực"}, "mean_min": 5},
            {"code": "E", "name": {"vi": "Đất đai"}, "mean_min": 12},
        ],
        "counter": [
            {"n": 1, "name": {"vi": "Quầy 1"}, "skills": {"A": 1, "C": 2}},
            {"n": 2, "name": {"vi": "Quầy 2"}, "skills": {"A": 1, "C": 1}},
            {"n": 3, "name": {"vi": "Quầy 3"}, "skills": {"C": 1}, "auto_call": True},
            {"n": 4, "name": {"vi": "Quầy 4"}, "skills": {"E": 1, "A": 2}},
        ],
        "priority": [
            {"code": "elderly", "name": {"vi": "Cao tuổi"}, "head_start_min": 0.2, "rank": 1, "ratio": 2, "rate": 2},
            {"code": "disabled", "name": {"vi": "Khuyết tật"}, "head_start_min": 0.4, "rank": 2, "ratio": 1, "rate": 3},
        ],
        "kiosk": [{"id": user, "name": {"vi": user}} for user in KIOSKS],
        "board": [{"id": user, "name": {"vi": user}} for user in BOARDS],
        "bridge": [{"id": "bridge-1"}],
        "device": [
            {"id": f"printer-{i}", "kind": "escpos", "at": user, "url": "tcp://127.0.0.1:9100"}
            for i, user in enumerate(KIOSKS, start=1)
        ],
    }  # fmt: skip
    made, errors = office_from(raw)
    assert made is not None, [str(e) for e in errors]
    return made


@dataclass
class Memory:
    """What the promises must remember between steps."""

    numbers: dict[tuple[str, str], Paper] = field(default_factory=dict)
    states: dict[str, TicketState] = field(default_factory=dict)
    called: dict[str, int] = field(default_factory=dict)  # ticket → counter of its last call
    waiting: dict[str, int] = field(default_factory=dict)  # ticket → journal entry since which it waits
    passed: Counter[str] = field(default_factory=Counter)  # ticket → times it was passed over
    told: dict[tuple[str, str], str] = field(default_factory=dict)
    caused: Counter[tuple[str, str]] = field(default_factory=Counter)
    ticket_of: dict[str, Any] = field(default_factory=dict)
    lent: dict[tuple[str, int], Any] = field(default_factory=dict)  # (service, serial) → the block's event
    twins: set[str] = field(default_factory=set)  # tickets that took the place of an unprinted twin
    last_lent: dict[tuple[str, str], tuple[int, str]] = field(default_factory=dict)
    versions: dict[str, tuple[Version, bytes]] = field(default_factory=dict)
    shown: dict[str, tuple[int, Version]] = field(default_factory=dict)
    due: list[about_calls.Due] = field(default_factory=list)
    truth: tuple[bytes, BoardSnapshot] | None = None  # the board's snapshot that was published last
    unheard: dict[tuple[str, int], tuple[float, int]] = field(default_factory=dict)  # calls without their event
    called_ids: set[tuple[str, int]] = field(default_factory=set)  # (call id, repeat) of committed calls
    deaf_s: float = 0.0
    look_s: float = 0.0
    equal_s: float = 0.0
    changed_s: float = 0.0


@dataclass
class Simulation:
    """One seed. `run()` raises Violation at the first broken promise."""

    world: World
    folder: Path
    complaints: Complaints
    sent: dict[tuple[str, str], Sent] = field(default_factory=dict)
    papers: list[Paper] = field(default_factory=list)
    published: list[Packet] = field(default_factory=list)  # by the server, in this step
    reached: list[Packet] = field(default_factory=list)  # of them the broker got in this step
    new_acks: list[Ack] = field(default_factory=list)  # in this step
    new_papers: list[Paper] = field(default_factory=list)  # in this step
    memory: Memory = field(default_factory=Memory)
    stepped_s: float = -1e9  # when the server's clock was stepped last
    calm_s: float | None = None  # since when nothing breaks any more

    def __post_init__(self) -> None:
        world = self.world
        start_ms = EVENING_MS if world.chance(0.2) else MORNING_MS
        self.office = sample(world.random.choice(("head_start", "head_start", *POLICIES)))
        roles = {"server": MqttRole.SERVER, "bridge-1": MqttRole.BRIDGE}
        roles |= dict.fromkeys(KIOSKS, MqttRole.KIOSK) | dict.fromkeys(BOARDS, MqttRole.BOARD)
        self.broker = MemoryBroker(world, self.office.id, roles)
        self.net = Network(world, self.broker, tuple(f"clerk-{n}" for n in COUNTERS if n % 2 == 0))
        self.broker.on_publish = lambda user, packet: self.reached.append(packet) if user == "server" else None
        self.net.on_sent, self.net.on_arrived = self._sent, self._arrived
        self.disk = Disk(self.folder / "server" / "office.db")
        self.server = SimServer(world, self.office, self.net, self.disk, SimClock(world, start_ms))
        self.kiosks = [
            SimKiosk(world, self.office, self.net, self._poor_clock(start_ms), user, self.folder / user)
            for user in KIOSKS
        ]  # fmt: skip
        self.boards = [SimBoard(world, self.office, self.net, self._poor_clock(start_ms), user) for user in BOARDS]
        self.bridge = SimBridge(
            world, self.office, self.net, self._poor_clock(start_ms), "bridge-1", self.folder / "bridge"
        )  # fmt: skip
        self.clerks = Clerks(world, self.server, self.bridge)
        self.clerks.sent = self._posted
        self.clerks.answered = self._answered
        self.history = History(self.disk.path, self.office)
        self.visitors: list[Visitors] = []
        self.judge = invariants.Judge(self)
        world.after_step = self._after_step

    def _poor_clock(self, start_ms: int) -> SimClock:
        world = self.world
        wall_ms = world.random.choice((start_ms, start_ms + 1_234, 0, start_ms - 86_400_000))
        return SimClock(world, wall_ms, world.between(-0.0003, 0.0003), world.between(5, 90_000))

    # ---- course ----

    def run(self) -> None:
        """Boot, a busy time with faults, then calm until everybody was called."""
        world = self.world
        parts: tuple[Powered, ...] = (self.server, *self.kiosks, *self.boards, self.bridge)
        for part in parts:
            world.after(world.between(0.0, 3.0), part.boot)
        for kiosk in self.kiosks:
            kiosk.on_paper, kiosk.day = self._printed, self._today
        self.visitors = [Visitors(world, kiosk, world.between(4.0, 15.0)) for kiosk in self.kiosks]
        busy_s = world.between(45.0, 150.0)
        for n in COUNTERS:
            self.clerks.work(n, world.between(2.0, 8.0), lambda: self.calm_s is None)
        faults = Faults(self, world.between(2.0, 20.0))
        world.at(busy_s, lambda: self._calm(faults))
        world.run(lambda: self.finished)
        if world.steps < world.steps_max:
            invariants.at_the_end(self)
        world.note("end")

    @property
    def finished(self) -> bool:
        """True when it has been calm for long enough and nobody waits, or for too long."""
        if self.calm_s is None:
            return False
        calm_s = self.world.now_s - self.calm_s
        return calm_s > CALM_S_MAX or (calm_s > SETTLE_S and self._nobody_waits() and self._handed_over())

    def _nobody_waits(self) -> bool:
        return not any(self.history.replay.lanes.values())

    def _handed_over(self) -> bool:
        books = [k.state.leases.book for k in self.kiosks if k.state is not None and k.state.leases is not None]
        return len(books) == len(self.kiosks) and not any(book.tickets for book in books)

    def _calm(self, faults: Faults) -> None:
        self.calm_s = self.world.now_s
        self.world.note("calm")
        faults.end()
        for group in self.visitors:
            group.stopped = True
        for n in COUNTERS:
            self._call_all(n, 0)

    def _call_all(self, n: int, turn: int) -> None:
        base: dict[str, Any] = {"id": self.world.uuid(), "counter": n}
        closed = turn == 0 or self.history.replay.counters[n].status is not CounterStatus.OPEN  # or it was not heard
        verb, message = ("open", c.OpenCounter(**base)) if closed else ("call-next", c.CallNext(**base))
        self._ask(n, verb, message)
        self.world.after(1.5, lambda: self._call_all(n, turn + 1))

    def _ask(self, n: int, verb: str, message: Any) -> None:
        """Over HTTP for all counters: in the calm the way does not matter."""
        actor = f"clerk-{n - n % 2 or 2}"
        self._posted(actor, verb, message)
        self.server.post(actor, verb, message, lambda r: self._answered(actor, verb, r) if r is not None else None)

    def close(self) -> None:
        """Lets go of files."""
        self.server.close()
        self.history.close()
        for kiosk in self.kiosks:
            kiosk.close()

    # ---- what is heard ----

    def _posted(self, actor: str, verb: str, message: Any) -> None:
        """A retry is the same command; one that carries another time was asked for again."""
        before = self.sent.get((actor, message.id))
        if before is None or before.message != message:
            self.sent[actor, message.id] = Sent(actor, verb, message.id, message, self.world.now_s)
        if isinstance(message, HandOver):
            for ticket in message.tickets:
                self.sent.setdefault((actor, ticket.id), Sent(actor, "offline", ticket.id, ticket, self.world.now_s))

    def _answered(self, actor: str, verb: str, reply: Reply) -> None:
        self.new_acks.append(Ack(actor, verb, reply, self.world.now_s))

    def _sent(self, user: str, packet: Packet) -> None:
        if user == "server":
            self.published.append(packet)
            if packet.topic.endswith("/event/call"):
                call = codec.decode(packet.payload, CallEvent).call
                self.world.note(f"server calls {call.number} {call.call_id[:8]} repeat {call.repeat}")
        elif "/cmd/" in packet.topic:
            verb = packet.topic.rsplit("/", 1)[1]
            message = codec.decode(packet.payload, VERBS[verb].payload)
            self._posted(f"mqtt:{user}", verb, message)

    def _arrived(self, user: str, packet: Packet) -> None:
        if "/reply/" in packet.topic:
            reply = codec.decode(packet.payload, Reply)
            self.new_acks.append(Ack(f"mqtt:{user}", reply.verb, reply, self.world.now_s))

    def _today(self) -> str:
        return business_day(self.server.office_ms(), self.office.office.timezone)

    def _printed(self, paper: Paper) -> None:
        self.clerks.numbers.append(paper.number)  # its holder may show it at a counter
        self.papers.append(paper)
        self.new_papers.append(paper)

    def _after_step(self) -> None:
        if self.server.opened:
            self.history.look(self.world.now_s)
            for row in self.history.news:
                self.world.note(f"journal {row.seq} {row.kind} {row.actor} {_brief(row.event)}")
                if isinstance(row.event, ev.TicketIssued):
                    self.clerks.numbers.append(row.event.number)
        self.judge.look()
        self.published.clear()
        self.reached.clear()
        self.new_acks.clear()
        self.new_papers.clear()


def _brief(event: Any) -> str:
    names = ("number", "call_id", "counter", "repeat", "day", "priority", "to_service")
    return " ".join(f"{name}={getattr(event, name)}" for name in names if getattr(event, name, None) is not None)


__all__ = ["Ack", "Sent", "Simulation", "Violation", "sample"]
