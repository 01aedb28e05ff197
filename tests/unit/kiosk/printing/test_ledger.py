"""The durable record of print jobs."""

from pathlib import Path

import pytest

from contracts.errors import Rejected
from kiosk.printing.ledger import JOBS_KEPT_MAX, JobState, PrintLedger


def reopened(path: Path) -> PrintLedger:
    return PrintLedger(path)


def test_remembers_over_a_restart(tmp_path: Path) -> None:
    path = tmp_path / "spool" / "printed.jsonl"
    ledger = PrintLedger(path)
    ledger.record("a", JobState.STARTED)
    ledger.record("a", JobState.PRINTED)
    ledger.record("b", JobState.STARTED)
    ledger.close()
    again = reopened(path)
    assert (again.state("a"), again.state("b"), again.state("c")) == (JobState.PRINTED, JobState.STARTED, None)
    assert again.unfinished() == ["b"]


@pytest.mark.parametrize(
    "tail", [b'{"job": "x", "sta', b"\x00" * 64, b'{"job": "x"}\n', b"[]\n", b'{"job":1,"state":"eaten"}\n']
)
def test_a_torn_or_foreign_line_loses_nothing_else(tmp_path: Path, tail: bytes) -> None:
    path = tmp_path / "printed.jsonl"
    ledger = PrintLedger(path)
    ledger.record("a", JobState.PRINTED)
    ledger.close()
    with path.open("ab") as file:
        file.write(tail)
    again = reopened(path)
    again.record("b", JobState.FAILED)
    again.close()
    last = reopened(path)
    assert (last.state("a"), last.state("b"), last.state("x")) == (JobState.PRINTED, JobState.FAILED, None)


def test_every_line_is_on_disk_before_record_returns(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    ledger = PrintLedger(tmp_path / "printed.jsonl")
    synced: list[int] = []
    monkeypatch.setattr("kiosk.printing.ledger.os.fsync", synced.append)
    ledger.record("a", JobState.STARTED)
    assert len(synced) == 1
    assert b'"a"' in (tmp_path / "printed.jsonl").read_bytes()


def test_keeps_a_bounded_number_of_jobs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("kiosk.printing.ledger.os.fsync", lambda fd: None)
    path = tmp_path / "printed.jsonl"
    ledger = PrintLedger(path)
    for n in range(JOBS_KEPT_MAX + 5):
        ledger.record(f"j{n}", JobState.PRINTED)
    ledger.close()
    again = reopened(path)
    assert again.state("j0") is None
    assert again.state(f"j{JOBS_KEPT_MAX + 4}") is JobState.PRINTED
    assert len(path.read_bytes().splitlines()) == JOBS_KEPT_MAX


def test_a_full_disk_does_not_stop_printing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    ledger = PrintLedger(tmp_path / "printed.jsonl")

    def full(_fd: int, _data: bytes) -> int:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("kiosk.printing.ledger.os.write", full)
    ledger.record("a", JobState.PRINTED)
    assert ledger.state("a") is JobState.PRINTED


def test_a_place_that_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    with pytest.raises(Rejected) as caught:
        PrintLedger(tmp_path / "file" / "printed.jsonl")
    assert caught.value.code == "data_unwritable"
