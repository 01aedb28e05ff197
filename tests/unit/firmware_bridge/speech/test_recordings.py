"""Recorded clips replace made ones, one by one."""

import shutil
from pathlib import Path

import numpy as np
import pytest

from contracts.errors import Rejected
from contracts.phrases import clip_keys
from firmware_bridge.speech import cli
from firmware_bridge.speech.build import build
from firmware_bridge.speech.engines import Espeak
from firmware_bridge.speech.pack import load_clips, read_manifest
from firmware_bridge.speech.pcm import RATE_HZ, TARGET_RMS_DB, rms_db, samples, silence, to_wav
from firmware_bridge.speech.recordings import import_recordings
from tests.support.pcm import find_clips, read_voice


@pytest.fixture
def voices(tmp_path: Path, pack: Path) -> Path:
    shutil.copytree(pack, tmp_path / "voices")
    return tmp_path / "voices"


def recording(folder: Path, name: str, hz: float = 300, level: float = 2_000) -> None:
    tone = np.sin(2 * np.pi * hz * np.arange(samples(250)) / RATE_HZ) * level
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(to_wav(np.concatenate([silence(300), tone.astype(np.int16), silence(500)])))


def test_a_recording_replaces_its_clip_levelled_and_trimmed(tmp_path: Path, voices: Path) -> None:
    recording(tmp_path / "studio", "vi/digit/3.wav")
    done = import_recordings(tmp_path / "studio", "vi", voices, licence="CC0, read by the office")
    assert (done.taken, done.refused, done.missing) == (["vi/digit/3"], {}, len(clip_keys("vi")) - 1)
    clips = load_clips(voices, "vi")
    assert set(clips) == set(clip_keys("vi"))
    assert len(clips["vi/digit/3"]) / RATE_HZ == pytest.approx(0.31, abs=0.02)
    assert rms_db(clips["vi/digit/3"]) == pytest.approx(TARGET_RMS_DB, abs=0.5)
    row = read_manifest(voices, "vi").clips["vi/digit/3"]
    assert (row.engine, row.licence) == ("wavs", "CC0, read by the office")


def test_recordings_stay_when_the_bridge_starts(tmp_path: Path, voices: Path) -> None:
    recording(tmp_path / "studio", "vi/digit/3.wav")
    import_recordings(tmp_path / "studio", "vi", voices)
    build(Espeak(rate=0.8), "vi", voices, keep="others")
    assert read_manifest(voices, "vi").clips["vi/digit/3"].engine == "wavs"
    assert read_manifest(voices, "vi").clips["vi/digit/4"].engine == "espeak"


def test_damaged_and_foreign_files_are_named_and_the_others_taken(tmp_path: Path, voices: Path) -> None:
    studio = tmp_path / "studio"
    recording(studio, "vi/digit/3.wav")
    recording(studio, "vi/digit/eleven.wav")
    (studio / "vi" / "digit" / "4.mp3").write_bytes(b"not a sound")
    (studio / "vi" / "digit" / "5.wav").write_bytes(b"")
    (studio / "vi" / "notes.txt").write_text("not a sound file at all")
    done = import_recordings(studio, "vi", voices)
    assert done.taken == ["vi/digit/3"]
    assert set(done.refused) == {"vi/digit/eleven.wav", "vi/digit/4.mp3", "vi/digit/5.wav"}
    assert set(load_clips(voices, "vi")) == set(clip_keys("vi"))


def test_by_hand(tmp_path: Path, voices: Path, capsys: pytest.CaptureFixture[str]) -> None:
    studio = tmp_path / "studio"
    recording(studio, "vi/digit/3.wav")
    command = ["build", "--engine", "wavs", str(studio), "--lang", "vi", "--out", str(voices)]
    assert cli.main(command) == 0
    assert capsys.readouterr().out.startswith("vi: 1 clips taken, 47 without a recording")
    out = tmp_path / "a.wav"
    assert cli.main(["say", "A333", "3", "--voices", str(voices), "--out", str(out)]) == 0
    assert find_clips(out, read_voice(voices, "vi")).count("vi/digit/3") == 4
    (studio / "vi" / "digit" / "4.wav").write_bytes(b"")
    assert cli.main(command) == 2
    assert "error[file_unreadable]: vi/digit/4.wav" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (["--engine", "wavs"], "file_unreadable"),
        (["--engine", "wavs", "/nonexistent"], "file_unreadable"),
        (["x"], "usage"),
    ],
)
def test_a_wrong_command_is_coded(tmp_path: Path, arguments: list[str], code: str) -> None:
    with pytest.raises(Rejected) as refused:
        cli.main(["build", *arguments, "--out", str(tmp_path)])
    assert refused.value.code == code
