"""`say` and `build` as a person types them."""

import subprocess
import sys
import wave
from pathlib import Path

import pytest

from contracts.errors import Rejected
from firmware_bridge.speech import cli
from tests.support.pcm import find_clips, read_voice


def test_say_prints_the_phrase_and_writes_the_wav(
    pack: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "a.wav"
    assert cli.main(["say", "A015", "3", "--out", str(out), "--voices", str(pack)]) == 0
    assert capsys.readouterr().out == "Xin mời công dân có số A, không, một, năm, đến quầy số ba\n"
    assert find_clips(out, read_voice(pack, "vi")) == [
        "vi/xin_moi_cong_dan_co_so", "vi/letter/A", "vi/digit/0", "vi/digit/1", "vi/digit/5", "vi/den_quay_so",
        "vi/digit/3",
    ]  # fmt: skip
    with wave.open(str(out)) as file:
        assert (file.getframerate(), file.getnchannels(), file.getsampwidth()) == (22050, 1, 2)


def test_say_makes_a_missing_voice(tmp_path: Path) -> None:
    out = tmp_path / "a.wav"
    assert cli.main(["say", "A015", "12", "--lang", "en", "--out", str(out), "--data", str(tmp_path)]) == 0
    assert find_clips(out, read_voice(tmp_path / "voices", "en"))[-1] == "en/number/12"


def test_say_without_a_sound_card_leaves_a_file(
    pack: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(cli, "playback_names", list)
    assert cli.main(["say", "a015", "3", "--voices", str(pack), "--data", str(tmp_path)]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].startswith("Xin mời công dân")
    assert Path(lines[1]).name.endswith("-A015-3.wav")
    assert find_clips(Path(lines[1]), read_voice(pack, "vi"))[1:5] == [
        "vi/letter/A", "vi/digit/0", "vi/digit/1", "vi/digit/5"
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (["AA15", "3"], "bad_number"),
        (["", "3"], "bad_number"),
        (["A015", "0"], "bad_number"),
        (["A015", "100"], "bad_number"),
        (["A015", "three"], "bad_number"),
        (["A015", "٣"], "bad_number"),
        (["A015", "9" * 5000], "bad_number"),
        (["A015", "3", "--lang", "fr"], "usage"),
        (["A015", "3", "--out", "/proc/nowhere/a.wav"], "data_unwritable"),
    ],
)
def test_bad_input_is_coded(pack: Path, arguments: list[str], code: str) -> None:
    with pytest.raises(Rejected) as refused:
        cli.main(["say", *arguments, "--voices", str(pack)])
    assert refused.value.code == code


def test_the_process_exits_2_with_one_coded_line() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "firmware_bridge.speech", "say", "AA15", "3"], capture_output=True, text=True, timeout=60
    )
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == "motcua: error[bad_number]: 'AA15' is not a prefix letter and three digits\n"


def test_a_terminal_without_vietnamese_letters_is_no_failure(pack: Path, tmp_path: Path) -> None:
    command = [sys.executable, "-m", "firmware_bridge.speech", "say", "A015", "3", "--voices", str(pack)]
    done = subprocess.run(
        [*command, "--out", str(tmp_path / "a.wav")],
        capture_output=True,
        timeout=60,
        env={"PATH": "/usr/bin:/bin", "PYTHONIOENCODING": "ascii"},
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith(b"Xin m?i c?ng d?n")


def test_build_reports_a_line_a_language(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["build", "--engine", "espeak", "--lang", "vi,en", "--out", str(tmp_path)]) == 0
    assert [line.split(",")[0] for line in capsys.readouterr().out.splitlines()] == [
        "vi: 48 clips made", "en: 59 clips made"
    ]  # fmt: skip


@pytest.mark.parametrize("arguments", [["--engine", "parrot"], ["--lang", "xx"]])
def test_build_refuses_unknown_engines_and_languages(tmp_path: Path, arguments: list[str]) -> None:
    with pytest.raises(Rejected) as refused:
        cli.main(["build", "--out", str(tmp_path), *arguments])
    assert refused.value.code == "usage"
