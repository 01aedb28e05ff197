"""Visitors at eight kiosks and clerks at eight counters, over MQTT: each asks with one id until there is an answer."""

import threading
import time
import uuid
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from random import Random
from typing import Any

from contracts.messages import counters as c
from contracts.messages.replies import Reply
from contracts.messages.tickets import CancelTicket, IssueTicket
from runtime.mqtt import Inbound, Subscription
from tests.support.broker import Mosquitto, Peer
from tests.support.load_office import COUNTERS, KIOSKS, SERVICES, counter_user, kiosk_user

RESEND_S, RESEND_S_MAX = 0.25, 1.5  # the first copy soon, further ones later: a slow machine is not made slower
PATIENCE_S = 90.0
KIOSK_PAUSE_S = 0.03
COUNTER_PAUSE_S = 0.005
CANCELLED = 0.05  # share of tickets that their holders give back


@dataclass(frozen=True)
class Ack:
    """A command that was answered: what a kiosk has printed, what a clerk has seen."""

    user: str
    verb: str
    message: Any
    reply: Reply


class Person(Peer):
    """One MQTT user that asks one thing at a time."""

    def __init__(self, user: str, seed: int) -> None:
        super().__init__()
        self.user, self.rng = user, Random(f"{seed}-{user}")
        self.acks: list[Ack] = []
        self.resends = 0
        self.refused: Counter[str] = Counter()
        self.contradictions: list[str] = []
        self.unsure = 0  # sent again though the first copy was answered with nothing: a 204 is evaluated again
        self._answers: dict[str, Reply] = {}
        self._arrived = threading.Condition()
        self._left = False

    def arrived(self, inbound: Inbound) -> None:
        """A reply; a second one to the same command must say the same."""
        reply = inbound.message
        with self._arrived:
            first = self._answers.setdefault(reply.id, reply)
            if first.issued and reply.issued and (first.issued.number, first.issued.token) != (
                reply.issued.number, reply.issued.token,
            ):  # fmt: skip
                self.contradictions.append(f"{reply.id}: {first.issued.number}, then {reply.issued.number}")
            self._arrived.notify_all()

    def forget(self, command_id: str) -> None:
        """The answer is lost: the same command may be asked once more."""
        with self._arrived:
            del self._answers[command_id]

    def leave(self) -> None:
        """Waits for no answer any more."""
        with self._arrived:
            self._left = True
            self._arrived.notify_all()

    def ask(self, verb: str, message: Any) -> Reply:
        """Sends until answered, by the same id. AssertionError after PATIENCE_S; SystemExit for who leaves."""
        give_up_s = time.monotonic() + PATIENCE_S
        sent, wait_s = 0, RESEND_S
        while True:
            sent += self.link.publish(f"cmd.{verb}", message, user=self.user)
            with self._arrived:
                if self._arrived.wait_for(lambda: self._left or message.id in self._answers, wait_s):
                    break
            wait_s = min(1.5 * wait_s, RESEND_S_MAX)
            assert time.monotonic() < give_up_s, f"{self.user}: {verb} was never answered"
        self.resends += max(0, sent - 1)
        if self._left:
            raise SystemExit
        reply = self._answers[message.id]
        self.unsure += sent > 1 and reply.issued is None and reply.ticket is None
        if reply.ok:
            self.acks.append(Ack(self.user, verb, message, reply))
        elif reply.error is not None:
            self.refused[reply.error.code] += 1
        return reply


def new_id(rng: Random) -> str:
    """A command id of this seed."""
    return str(uuid.UUID(int=rng.getrandbits(128), version=4))


def visit_kiosk(person: Person, stop: threading.Event, pause_s: float) -> None:
    """Tickets one after the other; some are given back at once."""
    rng = person.rng
    while not stop.wait(rng.uniform(0.5, 1.5) * pause_s):
        priority = "elderly" if rng.random() < 0.1 else "normal"
        message = IssueTicket(id=new_id(rng), service=rng.choice(SERVICES), priority=priority)
        reply = person.ask("issue", message)
        if reply.issued is not None and rng.random() < CANCELLED:
            person.ask("cancel", CancelTicket(id=new_id(rng), token=reply.issued.token))


def work_at_counter(person: Person, n: int, stop: threading.Event, pause_s: float) -> None:
    """Calls and serves, with all that happens at a counter; leaves no ticket half done when it ends."""
    rng = person.rng

    def act(verb: str, kind: type[c.CounterCommand], **more: Any) -> Reply:
        return person.ask(verb, kind(id=new_id(rng), counter=n, **more))

    while not stop.wait(rng.uniform(0.5, 1.5) * pause_s):
        reply = act("call-next", c.CallNext)
        if reply.ticket is not None:
            _serve(act, rng, reply.ticket.number)


Act = Callable[..., Reply]


def _serve(act: Act, rng: Random, number: str) -> None:
    """One visit after its call."""
    what = rng.random()
    if what < 0.1:
        act("recall", c.Recall)
    if what < 0.5:
        act("start", c.Start)
        act("finish", c.Finish, result="done")
    elif what < 0.6:
        act("no-show", c.NoShow)
        if rng.random() < 0.5:
            act("undo-no-show", c.UndoNoShow)
    elif what < 0.65:
        act("requeue", c.Requeue)
    elif what < 0.7:
        act("transfer", c.Transfer, to_service=rng.choice(SERVICES))
    elif what < 0.8:
        act("start", c.Start)
        act("hold", c.Hold)
        act("resume", c.Resume, number=number)
        act("finish", c.Finish)
    # else: the next call-next ends it


@dataclass
class Crowd:
    """All of them on one broker. `stop()` returns when every command has its answer."""

    people: Sequence[Person]
    threads: Sequence[threading.Thread]
    failures: list[str]
    ending: threading.Event = field(default_factory=threading.Event)

    def stop(self) -> None:
        """The last commands are answered first: the server must be there."""
        self.ending.set()
        for thread in self.threads:
            thread.join(PATIENCE_S + 10)
        assert not self.failures, self.failures

    def abandon(self) -> None:
        """Everybody leaves without an answer: there is no server any more."""
        self.ending.set()
        for person in self.people:
            person.leave()

    def acks(self) -> list[Ack]:
        """All that was answered with ok so far."""
        return [ack for person in self.people for ack in list(person.acks)]

    def count(self) -> int:
        """How many."""
        return sum(len(person.acks) for person in self.people)

    def await_more(self, more: int, limit_s: float = PATIENCE_S) -> None:
        """Returns when so many more commands have been answered."""
        until, end_s = self.count() + more, time.monotonic() + limit_s
        while self.count() < until:
            assert time.monotonic() < end_s, f"{self.count()} answers, {until} expected; {self.failures}"
            time.sleep(0.002)

    def resends(self) -> int:
        """Commands sent again."""
        return sum(person.resends for person in self.people)

    def refused(self) -> Counter[str]:
        """Refusals by code."""
        return sum((person.refused for person in self.people), Counter())

    def unsure(self) -> dict[str, int]:
        """By actor: commands of which a copy may have had an effect after another was answered with nothing."""
        return {f"mqtt:{person.user}": person.unsure for person in self.people}

    def contradictions(self) -> list[str]:
        """Two answers to one command that differ."""
        return [text for person in self.people for text in person.contradictions]


def crowd(broker: Mosquitto, seed: int, *, kiosk_pause_s: float = KIOSK_PAUSE_S) -> Crowd:
    """Everybody connects and begins."""
    stop, failures = threading.Event(), list[str]()
    people: list[Person] = []
    threads: list[threading.Thread] = []

    def join(user: str, work: Callable[..., None], *arguments: Any) -> None:
        person = Person(user, seed)
        broker.connect(person, user, Subscription("reply", {"user": user}))
        people.append(person)
        threads.append(threading.Thread(target=_noting, args=(failures, work, person, *arguments), daemon=True))

    for i in range(1, KIOSKS + 1):
        join(kiosk_user(i), visit_kiosk, stop, kiosk_pause_s)
    for n in range(1, COUNTERS + 1):
        join(counter_user(n), work_at_counter, n, stop, COUNTER_PAUSE_S)
    for thread in threads:
        thread.start()
    return Crowd(people, threads, failures, stop)


def _noting(failures: list[str], work: Callable[..., None], *arguments: Any) -> None:
    try:
        work(*arguments)
    except BaseException as why:
        failures.append(repr(why))


def issued(acks: Iterable[Ack]) -> list[Ack]:
    """The answered issue commands."""
    return [ack for ack in acks if ack.verb == "issue"]
