"""What was spoken stays known, also after a torn write."""

from pathlib import Path

import pytest

from firmware_bridge.speech.announcer import SPOKEN_MAX
from firmware_bridge.speech.spoken_log import LINES_MAX, SpokenLog


def test_keys_survive_a_restart_in_order(tmp_path: Path) -> None:
    path = tmp_path / "spool" / "spoken.txt"
    log = SpokenLog(path)
    for key in ("a#0", "b#0", "a#1"):
        log.add(key)
    assert SpokenLog(path).keys() == log.keys() == ("a#0", "b#0", "a#1")


def test_a_torn_last_line_is_left_out_and_the_next_stands_alone(tmp_path: Path) -> None:
    path = tmp_path / "spoken.txt"
    path.write_text("a#0\nb#0\ncal")
    log = SpokenLog(path)
    assert log.keys() == ("a#0", "b#0")
    log.add("d#0")
    assert SpokenLog(path).keys() == ("a#0", "b#0", "d#0")


@pytest.mark.parametrize("data", [b"", b"cal", b"\xff\xfe\x00\n", b"\n"])
def test_a_damaged_file_never_stops_the_voice(tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "spoken.txt"
    path.write_bytes(data)
    log = SpokenLog(path)
    log.add("a#0")
    assert SpokenLog(path).keys()[-1] == "a#0"


def test_the_file_is_bounded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("os.fsync", lambda handle: None)
    path = tmp_path / "spoken.txt"
    log = SpokenLog(path)
    for n in range(LINES_MAX + 10):
        log.add(f"call-{n}#0")
    assert len(path.read_text().splitlines()) == SPOKEN_MAX + 9
    assert len(SpokenLog(path).keys()) == SPOKEN_MAX
    assert SpokenLog(path).keys()[-1] == f"call-{LINES_MAX + 9}#0"
