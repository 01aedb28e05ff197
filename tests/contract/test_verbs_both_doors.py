"""Every command of a clerk or a button, over MQTT and over HTTP alike: what it does, what it refuses, and that a repeat
of its id does nothing more, also after the server was killed. The real server, database and broker."""

import signal
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from contracts.roles import Role
from contracts.verbs import COUNTER_VERBS
from tests.support.broker import Mosquitto, mosquitto
from tests.support.e2e_office import office_file
from tests.support.server_process import Answer, Door, HttpSide, MqttSide, ServerProcess, new_id

pytestmark = pytest.mark.timeout(240)

N = 4  # the one counter whose own work is E; counter 5 helps with it
DOORS = ("mqtt", "http")
QUOTA = "mean_min = 15\ntarget_min = 40\nquota = 120"  # of E
Step = str | tuple[str, dict[str, Any]]


@dataclass(frozen=True)
class Row:
    """After `before`, the verb with `fields` gives this answer; `{number}` is the first ticket taken."""

    verb: str
    before: tuple[Step, ...]
    fields: dict[str, Any]
    answer: Answer


def row(verb: str, *before: Step, answer: Answer, **fields: Any) -> Row:
    return Row(verb, before, fields, answer)


def does(verb: str, *before: Step, state: str | None = None, counter: str = "open", **fields: Any) -> Row:
    return row(verb, *before, answer=Answer(None, "{number}" if state else None, state, counter), **fields)


def refuses(code: str, verb: str, *before: Step, **fields: Any) -> Row:
    return row(verb, *before, answer=Answer(code), **fields)


CALLED: tuple[Step, ...] = ("issue", "call-next")
SERVED: tuple[Step, ...] = (*CALLED, "start")
ABSENT: Step = ("pause", {"reason": "short"})
NUMBER = {"number": "{number}"}

DONE = (
    does("call-next", "issue", state="called"),
    does("call-next"),  # nobody waits: nothing happens, and it is not remembered
    does("call", "issue", state="called", **NUMBER),
    does("call", *SERVED, "hold", state="called", **NUMBER),
    does("call", *CALLED, "no-show", state="called", **NUMBER),
    does("recall", *CALLED, state="called"),
    does("start", *CALLED, state="serving"),
    does("finish", *SERVED, state="done"),
    does("finish", *SERVED, state="done", result="missing"),
    does("finish", *SERVED, state="waiting", result="received", next_service="A"),  # counter 4 has E only
    does("finish", *SERVED, state="serving", next_service="E"),
    does("no-show", *CALLED, state="no_show"),
    does("undo-no-show", *CALLED, "no-show", state="called"),
    does("transfer", *SERVED, state="waiting", to_service="A"),
    does("transfer", *SERVED, state="waiting", to_counter=5),
    does("hold", *SERVED, state="held"),
    does("resume", *SERVED, "hold", state="serving", **NUMBER),
    does("requeue", *CALLED, state="waiting"),
    does("open", ABSENT),
    does("close", counter="closed", reason="end_of_day"),
    does("pause", counter="paused", reason="lunch"),
    does("pause", *SERVED, counter="paused"),  # the ticket may still be finished
    does("help"),
)
REFUSED = (
    refuses("counter_closed", "call-next", ABSENT),
    refuses("counter_closed", "call-next", "close"),
    refuses("counter_closed", "call", "issue", "close", **NUMBER),
    refuses("unknown_ticket", "call", number="E999"),
    refuses("wrong_state", "call", *SERVED, "finish", **NUMBER),
    refuses("no_current_ticket", "recall"),
    refuses("wrong_state", "recall", *SERVED),
    refuses("rate_limited", "recall", *CALLED, "recall"),
    refuses("no_current_ticket", "start"),
    refuses("wrong_state", "start", *SERVED),
    refuses("no_current_ticket", "finish"),
    refuses("unknown_result", "finish", *SERVED, result="nonsense"),
    refuses("unknown_service", "finish", *SERVED, next_service="Z"),
    refuses("no_current_ticket", "no-show"),
    refuses("wrong_state", "no-show", *SERVED),
    refuses("no_current_ticket", "undo-no-show"),
    refuses("counter_busy", "undo-no-show", "issue", *SERVED, "hold", "call-next", "no-show", ("resume", NUMBER)),
    refuses("no_current_ticket", "transfer", to_service="A"),
    refuses("malformed", "transfer", *SERVED),
    refuses("unknown_service", "transfer", *SERVED, to_service="Z"),
    refuses("unknown_counter", "transfer", *SERVED, to_counter=99),
    refuses("no_current_ticket", "hold"),
    refuses("wrong_state", "resume", "issue", **NUMBER),
    refuses("counter_busy", "resume", "issue", *SERVED, "hold", "call-next", **NUMBER),
    refuses("no_current_ticket", "requeue"),
    refuses("wrong_state", "requeue", *SERVED),
    refuses("counter_busy", "close", *SERVED),
)


class Desk:
    """Counter 4 seen through one door; cleared before each row."""

    def __init__(self, door: Door, server: ServerProcess) -> None:
        self.door, self.server = door, server
        self.number = ""

    def clear(self) -> None:
        with self.server.api() as client:
            http = HttpSide(client)
            for n in (N, 5):
                http.ask("open", new_id(), counter=n)
                http.ask("finish", new_id(), counter=n)
                while http.ask("call-next", new_id(), counter=n).number:
                    http.ask("finish", new_id(), counter=n)
            view = client.get(f"/api/v1/counters/{N}").json()["counter"]
            for held in view["held"]:
                http.ask("call", new_id(), counter=N, number=held["number"])
                http.ask("finish", new_id(), counter=N)
            if view["status"] == "open":  # the last no-show is forgotten with the next call
                http.ask("issue", new_id(), service="E")
                http.ask("call-next", new_id(), counter=N)
                http.ask("finish", new_id(), counter=N)
        self.number = ""

    def step(self, step: Step) -> None:
        verb, fields = (step, {}) if isinstance(step, str) else step
        answer = self.ask(verb, new_id(), fields)
        assert answer.code is None, (verb, answer)
        if verb == "issue":
            self.number = self.number or answer.number or ""

    def ask(self, verb: str, command_id: str, fields: dict[str, Any]) -> Answer:
        if verb == "issue":
            return self.door.ask(verb, command_id, service="E", **fields)
        known = {k: v.format(number=self.number) if isinstance(v, str) else v for k, v in fields.items()}
        return self.door.ask(verb, command_id, counter=N, **known)

    def expected(self, answer: Answer) -> Answer:
        return Answer(answer.code, answer.number and self.number, answer.state, answer.counter)

    def scene(self) -> Any:
        """Everything a clerk and the hall see of it."""
        with self.server.api(Role.MANAGER) as client:
            counters = [client.get(f"/api/v1/counters/{n}").json()["counter"] for n in (N, 5)]
            board = client.get("/api/v1/board").json()
            return counters, board["calls"], [row["waiting"] for row in board["services"]]


@pytest.fixture(scope="module")
def broker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Mosquitto]:
    with mosquitto(tmp_path_factory.mktemp("office")) as found:
        yield found


@pytest.fixture(scope="module")
def server(broker: Mosquitto) -> Iterator[ServerProcess]:
    office = office_file(broker.data / "office", {QUOTA: QUOTA.replace("120", "999")})
    found = ServerProcess(broker.data, broker, office)
    found.start()
    yield found
    found.stop()


@pytest.fixture(scope="module")
def sides(broker: Mosquitto, server: ServerProcess) -> Iterator[dict[str, Door]]:
    with server.api() as client:
        yield {"mqtt": MqttSide(broker), "http": HttpSide(client)}


@pytest.fixture(params=DOORS)
def desk(request: pytest.FixtureRequest, server: ServerProcess, sides: dict[str, Door]) -> Desk:
    made = Desk(sides[request.param], server)
    made.clear()
    return made


def test_the_table_has_every_verb() -> None:
    assert {r.verb for r in DONE} == set(COUNTER_VERBS)


@pytest.mark.parametrize("case", DONE, ids=lambda r: f"{r.verb}-{len(r.before)}-{'-'.join(r.fields)}")
def test_it_does_that_once(desk: Desk, case: Row) -> None:
    for step in case.before:
        desk.step(step)
    before, command_id = desk.scene(), new_id()
    first = desk.ask(case.verb, command_id, case.fields)
    assert first == desk.expected(case.answer)
    after = desk.scene()
    nothing = case.verb in ("help", "call-next") and case.answer.number is None
    assert (after == before) == nothing
    assert desk.ask(case.verb, command_id, case.fields) == first
    assert desk.scene() == after
    if not nothing:
        other = {"counter": 5, **desk_fields(desk, case)}
        assert desk.door.ask(case.verb, command_id, **other).code == "id_reused"
        assert desk.scene() == after


def desk_fields(desk: Desk, case: Row) -> dict[str, Any]:
    return {k: v.format(number=desk.number) if isinstance(v, str) else v for k, v in case.fields.items()}


@pytest.mark.parametrize("case", REFUSED, ids=lambda r: f"{r.answer.code}-{r.verb}-{len(r.before)}")
def test_it_refuses_that_and_changes_nothing(desk: Desk, case: Row) -> None:
    for step in case.before:
        desk.step(step)
    before = desk.scene()
    command_id = new_id()
    assert desk.ask(case.verb, command_id, case.fields).code == case.answer.code
    assert desk.ask(case.verb, command_id, case.fields).code == case.answer.code  # a refusal is looked at again
    assert desk.scene() == before


@pytest.mark.parametrize("verb", [v for v in COUNTER_VERBS if v not in ("call", "resume")])
def test_an_unknown_counter_is_refused(desk: Desk, verb: str) -> None:
    fields = {"to_service": "A"} if verb == "transfer" else {}
    assert desk.door.ask(verb, new_id(), counter=77, **fields).code == "unknown_counter"


def test_repeats_after_the_server_was_killed_do_nothing_more(desk: Desk, server: ServerProcess) -> None:
    story: list[Step] = [
        "issue", "issue", "issue", "call-next", "recall", "start", ("finish", {"result": "received"}), "call-next",
        "no-show", "undo-no-show", "hold", "call-next", ("pause", {"reason": "lunch"}), "open", "requeue", "help",
        "call-next", "start", ("transfer", {"to_service": "A"}), ("close", {"reason": "end_of_day"}),
    ]  # fmt: skip
    said = []
    for step in story:
        verb, fields = (step, {}) if isinstance(step, str) else step
        command_id = new_id()
        answer = desk.ask(verb, command_id, fields)
        assert answer.code is None, (verb, answer)
        said.append((verb, command_id, fields, answer.number))
    before = desk.scene()
    server.stop(signal.SIGKILL)
    server.start()
    assert desk.scene() == before
    for verb, command_id, fields, number in said:
        answer = desk.ask(verb, command_id, fields)
        assert (answer.code, answer.number) == (None, number), verb
        assert desk.scene() == before, verb
    for verb, command_id, fields, _ in said:
        other = {"service": "A"} if verb == "issue" else {"counter": 5, **fields}
        assert desk.door.ask(verb, command_id, **other).code == "id_reused", verb
    assert desk.scene() == before


def test_call_next_while_serving_finishes_that_ticket_first(desk: Desk) -> None:
    for step in ("issue", "issue", "call-next", "start"):
        desk.step(step)
    second = desk.ask("call-next", new_id(), {})
    assert (second.code, second.state) == (None, "called")
    assert second.number != desk.number
    with desk.server.api() as client:  # the first one is done: nobody can call it again
        assert HttpSide(client).ask("call", new_id(), counter=5, number=desk.number).code == "wrong_state"


@pytest.mark.parametrize("door", DOORS)
def test_call_next_while_serving_is_refused_where_the_office_says_so(tmp_path: Path, door: str) -> None:
    office = office_file(tmp_path / "office", {"call_next_finishes = true": "call_next_finishes = false"})
    with mosquitto(tmp_path) as broker:
        server = ServerProcess(tmp_path, broker, office)
        server.start()
        try:
            with server.api() as client:
                desk = Desk(MqttSide(broker) if door == "mqtt" else HttpSide(client), server)
                for step in ("issue", "issue", "call-next"):
                    desk.step(step)
                before = desk.scene()
                assert desk.ask("call-next", new_id(), {}).code == "counter_busy"
                assert desk.ask("call", new_id(), {"number": "E002"}).code == "counter_busy"
                assert desk.scene() == before
        finally:
            server.stop()
