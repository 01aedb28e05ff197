"""The voice builder: every clip of a language, made once, levelled, and described in a manifest.

It may be stopped at any moment: a finished clip stays, the next run makes only what is missing, damaged or outdated.
"""

import hashlib
from concurrent.futures import Future, ThreadPoolExecutor, as_completed
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import msgspec

from contracts.errors import Rejected
from firmware_bridge.speech.decode import decode
from firmware_bridge.speech.engines.base import Engine
from firmware_bridge.speech.files import write_whole
from firmware_bridge.speech.pack import (
    ClipRow,
    Manifest,
    clip_path,
    locked,
    read_clip,
    read_manifest,
    sha256,
    write_manifest,
)
from firmware_bridge.speech.pcm import RATE_HZ, clean, duration_s, to_wav
from firmware_bridge.speech.words import WORDS_DIR, Word, WordList, load_words

RECIPE = "1"  # raise it when trimming, level or speed change: packs are then made again
Keep = Literal["none", "others", "all"]
FAILURES_MAX = 3  # an engine that failed so often is away: stop instead of waiting a time-out a clip


@dataclass(frozen=True)
class Built:
    """What a build did for one language."""

    lang: str
    made: int
    kept: int


def build(engine: Engine, lang: str, pack_dir: Path, *, keep: Keep = "none", words_dir: Path = WORDS_DIR) -> Built:
    """Make the pack of `lang` complete in `pack_dir`.

    `keep` tells which sound clips stay beside those of this very recipe: "none"; "others" made by other engines (an
    operator's choice is not overruled at start); "all", which only fills holes.

    Raises Rejected `engine_failed` (the clips made so far stay), `usage` (language or voice unknown to the engine) or
    `data_unwritable`.
    """
    words = load_words(lang, words_dir)
    voice = words.engine_voices.get(engine.name)
    if voice is None:
        raise Rejected("usage", f"the word list of {lang!r} names no voice for {engine.name!r}")
    version = engine.version()
    recipe = _Recipe(engine, voice, version, keep)
    try:
        with locked(pack_dir):
            return _build_locked(recipe, words, pack_dir)
    except OSError as problem:
        raise Rejected("data_unwritable", f"{pack_dir}: {problem}") from problem


@dataclass(frozen=True)
class _Recipe:
    """An engine with the settings of one run."""

    engine: Engine
    voice: str
    version: str
    keep: Keep

    def stamp(self, words: WordList) -> str:
        """Names a complete build: same stamp, same clips."""
        said = [f"{word.key}={word.say}" for word in words.words.values()]
        parts = [RECIPE, self.keep, self.engine.name, self.version, self.voice, *said]
        return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:16]

    def accepts(self, row: ClipRow, word: Word) -> bool:
        """True when the clip of `row` may stay."""
        if self.keep == "all" or (self.keep == "others" and row.engine != self.engine.name):
            return True
        wanted = (word.say, self.engine.name, f"{self.version}+{RECIPE}", self.voice)
        return (row.say, row.engine, row.version, row.voice) == wanted

    def make(self, word: Word) -> tuple[ClipRow, bytes]:
        """One clip, ready to be joined, and its manifest row."""
        pcm = clean(decode(self.engine.synthesise(word, self.voice)))
        data = to_wav(pcm)
        row = ClipRow(
            text=word.text,
            say=word.say,
            engine=self.engine.name,
            version=f"{self.version}+{RECIPE}",
            voice=self.voice,
            licence=self.engine.licence,
            sha256=sha256(data),
            duration_ms=round(duration_s(pcm) * 1000),
        )
        return row, data


def _build_locked(recipe: _Recipe, words: WordList, pack_dir: Path) -> Built:
    manifest = read_manifest(pack_dir, words.lang)
    rows = {
        key: manifest.clips[key]
        for key, word in words.words.items()
        if key in manifest.clips
        and recipe.accepts(manifest.clips[key], word)
        and read_clip(pack_dir, key, manifest.clips[key]) is not None
    }
    todo = [word for key, word in words.words.items() if key not in rows]
    kept = len(rows)
    stamp = recipe.stamp(words)
    if not todo and manifest.stamp == stamp:
        return Built(words.lang, made=0, kept=kept)
    unfinished = Manifest(lang=words.lang, rate_hz=RATE_HZ, clips=manifest.clips)  # old clips serve until replaced
    _make_all(recipe, todo, rows, unfinished, pack_dir)
    ordered = {key: rows[key] for key in words.words}
    write_manifest(pack_dir, msgspec.structs.replace(unfinished, stamp=stamp, clips=ordered))
    return Built(words.lang, made=len(todo), kept=kept)


def _make_all(
    recipe: _Recipe, todo: list[Word], rows: dict[str, ClipRow], unfinished: Manifest, pack_dir: Path
) -> None:
    """Fill `rows`; the manifest follows every clip, so that a stopped build is resumed."""
    failures: list[str] = []
    with ThreadPoolExecutor(recipe.engine.workers) as pool:
        futures: dict[Future[tuple[ClipRow, bytes]], Word] = {pool.submit(recipe.make, word): word for word in todo}
        for future in as_completed(futures):
            word = futures[future]
            try:
                row, data = future.result()
            except Rejected as problem:
                failures.append(f"{word.key}: {problem.detail}")
                if len(failures) >= FAILURES_MAX:
                    pool.shutdown(wait=False, cancel_futures=True)
                    break
                continue
            write_whole(clip_path(pack_dir, word.key), data)
            rows[word.key] = row
            write_manifest(pack_dir, msgspec.structs.replace(unfinished, clips=unfinished.clips | rows))
    if failures:
        raise Rejected("engine_failed", f"{len(failures)} clips failed; run again to go on. {'; '.join(failures)}")
