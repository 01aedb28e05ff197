"""Clips at the call: offline fallback first, then the chime."""

import shutil
from pathlib import Path

import numpy as np
import pytest

from contracts.errors import Rejected
from contracts.settings import Speech
from firmware_bridge.speech.chime import chime
from firmware_bridge.speech.engines import Espeak
from firmware_bridge.speech.library import RETRY_S, Library
from firmware_bridge.speech.pack import clip_path, read_manifest
from tests.support.pcm import find_clips, read_voice


def test_the_reading_of_the_office_is_used(tmp_path: Path) -> None:
    library = Library(Speech(reading="number"), tmp_path)
    assert library.open(0) is None
    pcm, problem = library.speak("A015", 3, "vi", with_chime=True, now_s=1)
    assert problem is None
    assert find_clips(pcm, read_voice(tmp_path, "vi")) == [
        "vi/xin_moi_cong_dan_co_so", "vi/letter/A", "vi/number/ten", "vi/number/five_after_ten", "vi/den_quay_so",
        "vi/digit/3",
    ]  # fmt: skip


def test_the_rate_of_the_office_is_used(tmp_path: Path) -> None:
    for rate in (0.8, 1.2):
        Library(Speech(rate=rate), tmp_path).open(0)
        row = read_manifest(tmp_path, "vi").clips["vi/digit/1"]
        assert f"at {round(175 * rate)} wpm" in row.version


def test_a_clip_that_went_away_is_made_again_at_start(tmp_path: Path) -> None:
    Library(Speech(), tmp_path).open(0)
    clip_path(tmp_path, "vi/digit/3").write_bytes(b"noise")
    library = Library(Speech(), tmp_path)
    assert library.open(0) is None
    assert library.speak("A333", 3, "vi", with_chime=True, now_s=1)[1] is None


def test_without_any_engine_the_chime_is_played_and_the_reason_told(tmp_path: Path) -> None:
    library = Library(Speech(), tmp_path, offline=Espeak(program="/nonexistent/espeak-ng"))
    failure = library.open(0)
    assert failure is not None
    assert failure.code == "engine_failed"
    pcm, problem = library.speak("A015", 3, "vi", with_chime=True, now_s=1)
    assert np.array_equal(pcm, chime())
    assert problem is not None
    assert problem.code == "voice_missing"


def test_a_hole_is_tried_again_but_not_at_every_call(tmp_path: Path) -> None:
    program = tmp_path / "espeak-ng"
    library = Library(Speech(), tmp_path / "voices", offline=Espeak(program=str(program)))
    library.open(0)
    program.symlink_to(shutil.which("espeak-ng") or "")  # installed while we run
    assert library.speak("A015", 3, "vi", with_chime=True, now_s=RETRY_S - 1)[1] is not None
    assert library.speak("A015", 3, "vi", with_chime=True, now_s=RETRY_S + 1)[1] is None


def test_an_offline_office_with_gtts_chosen_still_speaks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("gtts.tts._translate_url", lambda tld="com", path="": "http://127.0.0.1:9/")
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    answers: list[Rejected | None] = []
    library = Library(Speech(engine="gtts"), tmp_path)
    library.open(0)
    thread = library.build_online(answers.append)
    assert thread is not None
    thread.join(30)
    assert answers[0] is not None
    assert answers[0].code == "engine_failed"
    assert library.speak("A015", 3, "vi", with_chime=True, now_s=1)[1] is None


def test_no_online_build_unless_chosen(tmp_path: Path) -> None:
    assert Library(Speech(), tmp_path).build_online(print) is None
