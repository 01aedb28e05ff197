"""Sound cards and files."""

import threading
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import miniaudio
import numpy as np
import pytest

from contracts.errors import Rejected
from firmware_bridge.speech import sinks
from firmware_bridge.speech.pcm import samples
from firmware_bridge.speech.sinks import AutoSink, DeviceSink, FileSink, Job, playback_names
from tests.support.pcm import read_wav

NULL = [miniaudio.Backend.NULL]
AT = datetime(2026, 11, 23, 8, 30, 0, tzinfo=UTC)


def job(number: str = "A001", ms: int = 200) -> Job:
    return Job(id=7, number=number, counter=3, pcm=np.arange(samples(ms), dtype=np.int16))


def never(seconds: float) -> bool:
    time.sleep(seconds)
    return False


class Naps:
    """Takes down how long the sink wanted to sleep."""

    def __init__(self) -> None:
        self.slept_s = 0.0

    def __call__(self, seconds: float) -> bool:
        self.slept_s += seconds
        return False


def test_a_file_an_announcement_named_by_time_number_and_counter(tmp_path: Path) -> None:
    naps = Naps()
    FileSink(tmp_path, lambda: AT).play(job(), naps)
    file = tmp_path / "20261123-083000-A001-3.wav"
    assert np.array_equal(read_wav(file), job().pcm)
    assert naps.slept_s == pytest.approx(0.2)


def test_two_in_one_second_are_two_files(tmp_path: Path) -> None:
    sink = FileSink(tmp_path, lambda: AT)
    for _ in range(3):
        sink.play(job(), Naps())
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        "20261123-083000-A001-3-2.wav", "20261123-083000-A001-3-3.wav", "20261123-083000-A001-3.wav"
    ]  # fmt: skip


def test_only_the_newest_files_stay(tmp_path: Path) -> None:
    times = iter(AT + timedelta(seconds=n) for n in range(12))
    sink = FileSink(tmp_path, lambda: next(times), files_max=5)
    for n in range(12):
        sink.play(job(f"A{n:03d}"), Naps())
    assert [path.name[16:20] for path in sorted(tmp_path.iterdir())] == ["A007", "A008", "A009", "A010", "A011"]


def test_a_folder_that_cannot_be_written_is_coded(tmp_path: Path) -> None:
    (tmp_path / "spoken").write_text("a file where the folder should be")
    with pytest.raises(Rejected) as refused:
        FileSink(tmp_path / "spoken", lambda: AT).play(job(), Naps())
    assert refused.value.code == "data_unwritable"


def test_a_device_plays_in_real_time() -> None:
    begin = time.monotonic()
    DeviceSink(backends=NULL).play(job(ms=300), never)
    assert 0.25 < time.monotonic() - begin < 3


def test_a_device_is_broken_off_when_asked_to_stop() -> None:
    stop = threading.Event()
    stop.set()
    begin = time.monotonic()
    DeviceSink(backends=NULL).play(job(ms=10_000), stop.wait)
    assert time.monotonic() - begin < 3


def test_every_sample_reaches_the_device_once_and_then_silence() -> None:
    heard = threading.Event()
    stream = sinks._stream(job(ms=100).pcm, heard)
    next(stream)
    taken = b"".join(stream.send(frames) for frames in (100, 1, 441, 1000, 663, 500))
    assert heard.is_set()
    assert taken == job(ms=100).pcm.tobytes() + bytes(2 * (2705 - samples(100)))


def test_a_named_device_that_is_not_there() -> None:
    with pytest.raises(Rejected) as refused:
        DeviceSink("Hall loudspeaker", backends=NULL).play(job(), never)
    assert refused.value.code == "no_sound_card"


def test_a_busy_device_is_coded(monkeypatch: pytest.MonkeyPatch) -> None:
    def busy(**options: object) -> None:
        raise miniaudio.MiniaudioError("failed to init device", -21)

    monkeypatch.setattr(miniaudio, "PlaybackDevice", busy)
    with pytest.raises(Rejected) as refused:
        DeviceSink().play(job(), never)
    assert refused.value.code == "device_unreachable"


def test_a_card_that_takes_no_samples_is_a_fault_and_not_a_hang(monkeypatch: pytest.MonkeyPatch) -> None:
    class Hung:
        def start(self, stream: object) -> None:
            """Never asks for a frame."""

        def close(self) -> None:
            """Nothing to free."""

    monkeypatch.setattr(miniaudio, "PlaybackDevice", lambda **options: Hung())
    naps = Naps()
    with pytest.raises(Rejected, match="takes no samples"):
        DeviceSink().play(job(), naps)
    assert naps.slept_s < 5


def test_devices_that_discard_sound_are_no_sound_card() -> None:
    assert playback_names(NULL) == []


def test_auto_uses_files_only_while_there_is_no_card(tmp_path: Path) -> None:
    cards = iter([False, True, False])
    seen: list[bool] = []
    played: list[str] = []

    class Card:
        def play(self, job: Job, wait: object) -> None:
            played.append(job.number)

    sink = AutoSink(Card(), FileSink(tmp_path, lambda: AT), lambda: next(cards), seen.append)
    for number in ("A001", "A002", "A003"):
        sink.play(job(number), Naps())
    assert seen == [False, True, False]
    assert played == ["A002"]
    assert sorted(path.name[16:20] for path in tmp_path.iterdir()) == ["A001", "A003"]
