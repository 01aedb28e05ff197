"""The whole voice with its threads: board messages in, wav files out."""

import shutil
import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import msgspec
import pytest

from contracts.errors import Rejected
from contracts.messages.board import BoardCounter, BoardSnapshot, Call
from contracts.messages.board import CallEvent as Event
from contracts.messages.common import CounterStatus, TicketState, Version
from contracts.messages.devices import HealthState
from contracts.settings import Office
from firmware_bridge.speech.bootstrap import Speech, policy_of
from firmware_bridge.speech.pcm import silence
from firmware_bridge.speech.player import Player
from firmware_bridge.speech.sinks import FileSink, Job, Wait
from runtime.cli_options import SAMPLE_OFFICE
from runtime.config import load_office
from tests.support.pcm import find_clips, read_voice

DEADLINE_S = 20


class Fast:
    """A loudspeaker that writes files and needs no time; fails while `broken`."""

    def __init__(self, folder: Path) -> None:
        self.files = FileSink(folder, lambda: datetime.now(UTC))
        self.broken = False
        self.jobs: list[Job] = []
        self.at_s: list[float] = []

    def play(self, job: Job, wait: Wait) -> None:
        if self.broken:
            raise Rejected("device_unreachable", "unplugged")
        self.jobs.append(job)
        self.at_s.append(time.monotonic())
        self.files.write(job)


@pytest.fixture
def data(tmp_path: Path, pack: Path) -> Path:
    shutil.copytree(pack, tmp_path / "voices")
    return tmp_path


@pytest.fixture
def office() -> Office:
    loaded = load_office(SAMPLE_OFFICE)
    return msgspec.structs.replace(loaded, speech=msgspec.structs.replace(loaded.speech, gap_ms=0, repeat=1))


@pytest.fixture
def loudspeaker(data: Path) -> Fast:
    return Fast(data / "spoken")


@pytest.fixture
def health() -> list[tuple[HealthState, str | None]]:
    return []


@pytest.fixture
def speech(
    office: Office, data: Path, loudspeaker: Fast, health: list[tuple[HealthState, str | None]]
) -> Iterator[Speech]:
    voice = Speech(office, data, lambda state, code, detail: health.append((state, code)), sink=loudspeaker)
    voice.start()
    yield voice
    voice.stop()


def snapshot(*numbers: str) -> BoardSnapshot:
    """A board on which counter n calls the n-th number."""
    now = datetime.now(UTC)
    calls = [Call(f"call-{number}", number, "A", n, now) for n, number in enumerate(numbers, 1)]
    counters = [BoardCounter(c.counter, CounterStatus.OPEN, c.number, TicketState.CALLED) for c in calls]
    return BoardSnapshot(Version(1, len(calls)), now, "2026-11-23", tuple(reversed(calls)), tuple(counters), ())


def until(condition: object) -> None:
    deadline = time.monotonic() + DEADLINE_S
    while not condition():  # type: ignore[operator]
        assert time.monotonic() < deadline, "nothing happened"
        time.sleep(0.01)


def test_a_call_on_the_board_is_heard_with_its_number_and_counter(
    speech: Speech, data: Path, loudspeaker: Fast, health: list[tuple[HealthState, str | None]]
) -> None:
    speech.on_board(snapshot("A007"))
    until(lambda: loudspeaker.jobs)
    until(lambda: list((data / "spoken").glob("*-A007-1.wav")))
    file = next((data / "spoken").glob("*-A007-1.wav"))
    assert find_clips(file, read_voice(data / "voices", "vi")) == [
        "vi/xin_moi_cong_dan_co_so", "vi/letter/A", "vi/digit/0", "vi/digit/0", "vi/digit/7", "vi/den_quay_so",
        "vi/digit/1",
    ]  # fmt: skip
    assert health == [(HealthState.OK, None)]


def test_event_and_snapshots_of_one_call_are_one_announcement(speech: Speech, loudspeaker: Fast) -> None:
    board = snapshot("A001", "A002", "A003")
    speech.on_call(Event(board.version, board.calls[-1]))
    for _ in range(20):
        speech.on_board(board)
    until(lambda: len(loudspeaker.jobs) == 3)
    time.sleep(0.3)
    assert [(job.number, job.counter) for job in loudspeaker.jobs] == [("A001", 1), ("A002", 2), ("A003", 3)]
    assert speech.counts["announced"] == 3


def test_a_restart_with_the_same_board_says_nothing(office: Office, data: Path) -> None:
    board = snapshot("A001")
    for expected in (1, 0):
        loudspeaker = Fast(data / "spoken")
        voice = Speech(office, data, lambda *args: None, sink=loudspeaker)
        voice.start()
        voice.on_board(board)
        if expected:
            until(lambda heard=loudspeaker: heard.jobs)
        else:
            time.sleep(0.5)
        voice.stop()
        assert len(loudspeaker.jobs) == expected


def test_a_second_call_reaches_the_loudspeaker_at_once(speech: Speech, loudspeaker: Fast) -> None:
    speech.on_board(snapshot("A001"))  # the voice is loaded after this one
    until(lambda: loudspeaker.jobs)
    time.sleep(0.4)
    board = snapshot("A001", "A002")
    begin_s = time.monotonic()
    speech.on_board(board)
    until(lambda: len(loudspeaker.jobs) == 2)
    assert loudspeaker.at_s[1] - begin_s < 2  # 20 ms on an idle machine; the bound only excludes a wait for a timer


def test_a_card_unplugged_and_back_is_a_fault_and_then_well(
    speech: Speech, loudspeaker: Fast, health: list[tuple[HealthState, str | None]]
) -> None:
    loudspeaker.broken = True
    speech.on_board(snapshot("A001"))
    until(lambda: health and health[-1] == (HealthState.FAULT, "device_unreachable"))
    loudspeaker.broken = False
    until(lambda: loudspeaker.jobs)
    until(lambda: health[-1] == (HealthState.OK, None))
    assert len(loudspeaker.jobs) == 1


def test_old_calls_are_judged_in_the_servers_time(speech: Speech, loudspeaker: Fast) -> None:
    board = snapshot("A001")
    speech.on_board(board, server_now=board.at + timedelta(hours=2))
    until(lambda: speech.counts.get("dropped_stale"))
    assert loudspeaker.jobs == []


def test_a_flood_of_snapshots_is_bounded_and_counted(office: Office, data: Path) -> None:
    voice = Speech(office, data, lambda *args: None, sink=Fast(data / "spoken"))  # not started: nobody reads
    for _ in range(1000):
        voice.on_board(snapshot("A001"))
    assert voice.counts["lost"] == 1000 - 256


def test_stopping_breaks_off_a_long_announcement(office: Office, data: Path) -> None:
    begun = threading.Event()

    class Long:
        def play(self, job: Job, wait: Wait) -> None:
            begun.set()
            wait(60)

    voice = Speech(office, data, lambda *args: None, sink=Long())
    voice.start()
    voice.on_board(snapshot("A001"))
    assert begun.wait(DEADLINE_S)
    begin_s = time.monotonic()
    voice.stop()
    assert time.monotonic() - begin_s < 3


def test_a_full_player_says_no_instead_of_blocking(tmp_path: Path) -> None:
    player = Player(Fast(tmp_path), lambda job_id, problem: None)  # not started
    job = Job(1, "A001", 1, silence(10))
    assert [player.submit(job) for _ in range(3)] == [True, True, False]


def test_policy_comes_from_the_office_file() -> None:
    office = load_office(SAMPLE_OFFICE)
    policy = policy_of(office)
    assert (policy.languages, policy.rounds, policy.gap_ms, policy.stale_ms) == (("vi",), 2, 650, 120_000)
    strange = msgspec.structs.replace(office, speech=msgspec.structs.replace(office.speech, languages=["xx"]))
    assert policy_of(strange).languages == ("vi",)
