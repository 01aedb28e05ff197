"""The doctor tells a fault from a warning and never needs a running office to say so."""

import json
from pathlib import Path

import pytest

from runtime import doctor

READY = {"ok": True, "parts": {"writer": True, "broker": True}}
DEVICES = {
    "processes": [{"user": "kiosk-1", "state": "online"}, {"user": "bridge-1", "state": "offline"}],
    "devices": [
        {"device": "printer-1", "state": "fault", "code": "paper_out", "detail": "paper end"},
        {"device": "speech", "state": "warn", "code": "no_sound_card", "detail": ""},
    ],
}


def states(found: list[doctor.Finding]) -> dict[str, str]:
    return {f.what: f.state for f in found}


def test_what_the_server_says() -> None:
    assert states(doctor.of_server(READY, DEVICES)) == {
        "server writer": "ok", "server broker": "ok", "process kiosk-1": "ok", "process bridge-1": "fault",
        "device printer-1": "fault", "device speech": "warn",
    }  # fmt: skip


def test_a_server_that_does_not_answer_is_a_fault() -> None:
    assert states(doctor.of_server(None, None)) == {"server": "fault"}


@pytest.mark.parametrize(
    ("free_mb", "state"), [(50_000, "ok"), (1_000, "ok"), (999, "warn"), (199, "fault"), (0, "fault")]
)
def test_disk(free_mb: int, state: str) -> None:
    assert doctor.of_disk(free_mb * 1_000_000).state == state


def test_without_an_office_it_says_so_and_exits_1(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert doctor.main(["--data", str(tmp_path / "nowhere")]) == 1
    assert "is not there" in capsys.readouterr().out
    assert doctor.main(["--data", str(tmp_path), "--json"]) == 1
    found = json.loads(capsys.readouterr().out)
    assert {"what": "server", "state": "fault", "code": "device_unreachable"}.items() <= found[1].items()
