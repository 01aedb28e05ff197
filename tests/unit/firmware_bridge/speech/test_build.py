"""The builder: complete, resumable, honest about failures."""

import threading
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pytest

from contracts.errors import Rejected
from contracts.phrases import clip_keys
from firmware_bridge.speech.build import build
from firmware_bridge.speech.engines import Espeak
from firmware_bridge.speech.pack import clip_path, load_clips, read_manifest
from firmware_bridge.speech.pcm import EDGE_MS, RATE_HZ, samples, to_wav
from firmware_bridge.speech.words import Word


@dataclass
class Piano:
    """An engine that answers every word with a short tone; words in `broken` fail."""

    broken: set[str] = field(default_factory=set)
    answer: bytes | None = None
    asked: list[str] = field(default_factory=list)
    release: str = "1"
    name: str = "espeak"
    licence: str = "none"
    workers: int = 2
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def version(self) -> str:
        return self.release

    def synthesise(self, word: Word, voice: str) -> bytes:
        with self._lock:
            self.asked.append(word.key)
        if word.key in self.broken:
            raise Rejected("engine_failed", "no network")
        tone = np.sin(2 * np.pi * 500 * np.arange(samples(120)) / RATE_HZ) * 8000
        return self.answer if self.answer is not None else to_wav(tone.astype(np.int16))


def test_espeak_makes_the_whole_closed_set(pack: Path) -> None:
    for lang in ("vi", "en"):
        manifest = read_manifest(pack, lang)
        clips = load_clips(pack, lang)
        assert set(clips) == set(clip_keys(lang)) == set(manifest.clips)
        assert manifest.stamp
        for key, clip in clips.items():
            assert 0.1 < len(clip) / RATE_HZ < 2.5, key
            assert np.flatnonzero(clip)[0] >= samples(20), key
            assert np.flatnonzero(clip)[0] <= samples(60), key
            assert np.flatnonzero(clip[::-1])[0] <= samples(60), key
            assert EDGE_MS <= 60
    row = read_manifest(pack, "vi").clips["vi/letter/B"]
    assert (row.text, row.say, row.engine, row.voice) == ("B", "Bê", "espeak", "vi")
    assert "espeak" in row.licence.lower()


def test_a_complete_build_is_skipped(tmp_path: Path) -> None:
    first, second = Piano(), Piano()
    assert build(first, "vi", tmp_path).made == len(clip_keys("vi"))
    done = build(second, "vi", tmp_path)
    assert (done.made, done.kept, second.asked) == (0, len(clip_keys("vi")), [])


def test_a_failed_build_keeps_its_clips_and_goes_on_later(tmp_path: Path) -> None:
    with pytest.raises(Rejected, match="vi/digit/5: no network") as refused:
        build(Piano(broken={"vi/digit/5"}), "vi", tmp_path)
    assert refused.value.code == "engine_failed"
    assert read_manifest(tmp_path, "vi").stamp == ""
    assert not clip_path(tmp_path, "vi/digit/5").exists()
    again = Piano()
    build(again, "vi", tmp_path)
    assert again.asked == ["vi/digit/5"]
    assert read_manifest(tmp_path, "vi").stamp


def test_an_engine_that_is_away_is_not_asked_for_every_word(tmp_path: Path) -> None:
    away = Piano(broken=set(clip_keys("vi")))
    with pytest.raises(Rejected):
        build(away, "vi", tmp_path)
    assert len(away.asked) <= 8
    assert list(tmp_path.rglob("*.wav")) == []


@pytest.mark.parametrize("answer", [b"", b"<html>sorry</html>", to_wav(np.zeros(4000, dtype=np.int16))])
def test_an_answer_that_is_no_sound_never_becomes_a_clip(tmp_path: Path, answer: bytes) -> None:
    with pytest.raises(Rejected) as refused:
        build(Piano(answer=answer), "vi", tmp_path)
    assert refused.value.code == "engine_failed"
    assert [path for path in tmp_path.rglob("*") if path.is_file() and path.name != ".lock"] == []


@pytest.mark.parametrize("damage", [b"", b"noise"])
def test_damaged_and_deleted_clips_are_made_again(tmp_path: Path, damage: bytes) -> None:
    build(Piano(), "vi", tmp_path)
    clip_path(tmp_path, "vi/digit/1").write_bytes(damage)
    clip_path(tmp_path, "vi/digit/2").unlink()
    assert {"vi/digit/1", "vi/digit/2"} & set(load_clips(tmp_path, "vi")) == set()
    again = Piano()
    build(again, "vi", tmp_path)
    assert sorted(again.asked) == ["vi/digit/1", "vi/digit/2"]
    assert set(load_clips(tmp_path, "vi")) == set(clip_keys("vi"))


def test_a_damaged_manifest_means_building_again(tmp_path: Path) -> None:
    build(Piano(), "vi", tmp_path)
    (tmp_path / "vi" / "manifest.json").write_text('{"lang": "vi", "clips": [')
    again = Piano()
    build(again, "vi", tmp_path)
    assert len(again.asked) == len(clip_keys("vi"))


def test_a_new_engine_version_replaces_clips_while_the_old_ones_serve(tmp_path: Path) -> None:
    build(Piano(), "vi", tmp_path)
    with pytest.raises(Rejected):
        build(Piano(release="2", broken={"vi/digit/5"}), "vi", tmp_path)
    assert set(load_clips(tmp_path, "vi")) == set(clip_keys("vi"))  # the old "5" is still there
    again = Piano(release="2")
    build(again, "vi", tmp_path)
    assert again.asked == ["vi/digit/5"]


def test_filling_holes_keeps_clips_of_any_origin(tmp_path: Path) -> None:
    build(Piano(release="studio"), "vi", tmp_path)
    clip_path(tmp_path, "vi/digit/7").unlink()
    offline = Piano(release="offline")
    build(offline, "vi", tmp_path, keep="all")
    assert offline.asked == ["vi/digit/7"]
    assert read_manifest(tmp_path, "vi").clips["vi/digit/8"].version.startswith("studio")


def test_a_start_renews_its_own_clips_and_keeps_those_of_other_engines(tmp_path: Path) -> None:
    build(Piano(release="1"), "vi", tmp_path)
    recorded = Piano(name="gtts")
    clip_path(tmp_path, "vi/digit/7").unlink()
    build(recorded, "vi", tmp_path, keep="all")
    renewed = Piano(release="2")
    build(renewed, "vi", tmp_path, keep="others")
    assert set(renewed.asked) == set(clip_keys("vi")) - {"vi/digit/7"}
    assert build(Piano(release="2"), "vi", tmp_path, keep="others").made == 0


def test_two_builders_do_the_work_once(tmp_path: Path) -> None:
    engine = Piano()
    threads = [threading.Thread(target=build, args=(engine, "vi", tmp_path)) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(engine.asked) == len(clip_keys("vi"))


def test_an_engine_without_a_voice_for_the_language_is_refused(tmp_path: Path) -> None:
    with pytest.raises(Rejected, match="names no voice") as refused:
        build(Piano(name="organ"), "vi", tmp_path)
    assert refused.value.code == "usage"


def test_a_folder_that_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(Rejected) as refused:
        build(Espeak(), "vi", tmp_path / "file" / "voices")
    assert refused.value.code == "data_unwritable"
