"""The print thread, with a printer that does as it is told."""

import queue
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from contracts.errors import Rejected
from kiosk.printing.ledger import JobState, PrintLedger
from kiosk.printing.links import PrinterFault
from kiosk.printing.port import Delivery
from kiosk.printing.status import PrinterState, PrinterStatus
from kiosk.printing.url import PrinterUrl, parse_printer_url
from kiosk.printing.worker import QUEUE_JOBS_MAX, PrintJob, PrintOutcome, PrintResult, PrintWorker
from tests.support.tickets import FULL

WAIT_S = 10.0


@dataclass
class ToldPort:
    """A PrinterPort whose next answers are set by the test."""

    url: PrinterUrl = field(default_factory=lambda: parse_printer_url("tcp://nowhere?layout=text"))
    jobs: list[bytes] = field(default_factory=list)
    answer: Delivery | Exception = Delivery.PROVEN
    gate: threading.Event = field(default_factory=threading.Event)
    threads: set[int] = field(default_factory=set)

    def __post_init__(self) -> None:
        self.gate.set()

    def print(self, job: bytes) -> Delivery:
        assert self.gate.wait(WAIT_S)
        self.threads.add(threading.get_ident())
        self.jobs.append(job)
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer

    def status(self) -> PrinterStatus:
        return PrinterStatus(PrinterState.OK)


@dataclass
class Bench:
    port: ToldPort
    worker: PrintWorker
    ledger: PrintLedger
    outcomes: "queue.Queue[PrintOutcome]"
    looks: "queue.Queue[PrinterStatus]"

    def run(self, job_id: str, *, reprint: bool = False) -> PrintOutcome:
        self.worker.submit(PrintJob(job_id, FULL, reprint))
        return self.outcomes.get(timeout=WAIT_S)


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    port, ledger = ToldPort(), PrintLedger(tmp_path / "printed.jsonl")
    outcomes: queue.Queue[PrintOutcome] = queue.Queue()
    looks: queue.Queue[PrinterStatus] = queue.Queue()
    worker = PrintWorker(port, ledger, outcomes.put, looks.put)
    worker.start()
    looks.get(timeout=WAIT_S)
    yield Bench(port, worker, ledger, outcomes, looks)
    port.gate.set()
    worker.stop()


@pytest.mark.parametrize(
    ("answer", "result", "code", "state"),
    [
        (Delivery.PROVEN, PrintResult.PRINTED, None, JobState.PRINTED),
        (Delivery.HEALTHY, PrintResult.PRINTED, None, JobState.PRINTED),
        (Delivery.BLIND, PrintResult.UNKNOWN, None, JobState.UNKNOWN),
        (PrinterFault("paper_out"), PrintResult.FAILED, "paper_out", JobState.FAILED),
        (PrinterFault("printer_timeout", sent=True), PrintResult.FAILED, "printer_timeout", JobState.FAILED),
    ],
)
def test_outcomes(
    bench: Bench, answer: Delivery | Exception, result: PrintResult, code: str | None, state: JobState
) -> None:
    bench.port.answer = answer
    outcome = bench.run("job-1")
    assert (outcome.result, outcome.code) == (result, code)
    assert bench.ledger.state("job-1") is state
    assert threading.get_ident() not in bench.port.threads


def test_the_same_job_prints_once_unless_asked_again(bench: Bench) -> None:
    assert bench.run("job-1").result is PrintResult.PRINTED
    assert bench.run("job-1").result is PrintResult.PRINTED
    assert len(bench.port.jobs) == 1
    assert bench.run("job-1", reprint=True).result is PrintResult.PRINTED
    assert len(bench.port.jobs) == 2


def test_a_failed_job_may_be_tried_again_and_a_failure_ends_with_a_look(bench: Bench) -> None:
    bench.port.answer = PrinterFault("cover_open")
    assert bench.run("job-1").code == "cover_open"
    assert bench.looks.get(timeout=WAIT_S).state is PrinterState.OK
    bench.port.answer = Delivery.PROVEN
    assert bench.run("job-1").result is PrintResult.PRINTED


def test_after_a_crash_in_the_middle_nobody_prints_it_twice_by_itself(tmp_path: Path) -> None:
    before = PrintLedger(tmp_path / "p.jsonl")
    before.record("job-1", JobState.STARTED)  # and then the power failed
    port, ledger = ToldPort(), PrintLedger(tmp_path / "p.jsonl")
    outcomes: queue.Queue[PrintOutcome] = queue.Queue()
    worker = PrintWorker(port, ledger, outcomes.put)
    worker.start()
    worker.submit(PrintJob("job-1", FULL))
    assert outcomes.get(timeout=WAIT_S).result is PrintResult.UNKNOWN
    assert port.jobs == []
    worker.stop()


def test_a_full_queue_says_busy_and_a_waiting_job_is_not_queued_twice(bench: Bench) -> None:
    bench.port.gate.clear()
    bench.worker.submit(PrintJob("first", FULL))
    while bench.ledger.state("first") is None:  # the worker has taken it out of the queue
        pass
    for n in range(QUEUE_JOBS_MAX):
        bench.worker.submit(PrintJob(f"j{n}", FULL))
        bench.worker.submit(PrintJob(f"j{n}", FULL))
    with pytest.raises(Rejected) as caught:
        bench.worker.submit(PrintJob("one too many", FULL))
    assert caught.value.code == "busy"
    bench.port.gate.set()
    done = [bench.outcomes.get(timeout=WAIT_S).job_id for _ in range(QUEUE_JOBS_MAX + 1)]
    assert done == ["first", *(f"j{n}" for n in range(QUEUE_JOBS_MAX))]


@pytest.mark.parametrize("job_id", ["", "x" * 65])
def test_unusable_ids(bench: Bench, job_id: str) -> None:
    with pytest.raises(Rejected) as caught:
        bench.worker.submit(PrintJob(job_id, FULL))
    assert caught.value.code == "malformed"


def test_a_look_on_request(bench: Bench) -> None:
    bench.worker.check_status()
    assert bench.looks.get(timeout=WAIT_S).state is PrinterState.OK


def test_a_job_after_the_end_is_refused(bench: Bench) -> None:
    bench.worker.stop()
    with pytest.raises(Rejected) as caught:
        bench.worker.submit(PrintJob("late", FULL))
    assert caught.value.code == "internal"


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_a_bug_ends_the_thread_but_not_the_waiting(bench: Bench) -> None:
    bench.port.answer = ZeroDivisionError("a bug")
    assert bench.run("job-1").result is PrintResult.UNKNOWN
    bench.worker.stop()
    with pytest.raises(Rejected):
        bench.worker.submit(PrintJob("job-2", FULL))
