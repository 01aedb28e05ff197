"""Recorded clips: a folder of sound files replaces the clips of a voice, one by one."""

from dataclasses import dataclass, field
from pathlib import Path

import msgspec

from contracts.errors import Rejected
from firmware_bridge.speech.decode import decode
from firmware_bridge.speech.files import write_whole
from firmware_bridge.speech.pack import ClipRow, clip_path, locked, read_manifest, sha256, write_manifest
from firmware_bridge.speech.pcm import RATE_HZ, clean, duration_s, to_wav
from firmware_bridge.speech.words import Word, load_words

RECORDINGS = "wavs"
"""The engine name of recorded clips, in `--engine` and in the manifest."""

SUFFIXES = (".wav", ".flac", ".ogg", ".mp3")
FILE_BYTES_MAX = 20_000_000  # a word in any format and rate


@dataclass
class Imported:
    """What an import did for one language."""

    taken: list[str] = field(default_factory=list)
    refused: dict[str, str] = field(default_factory=dict)  # file → why
    missing: int = 0


def import_recordings(source: Path, lang: str, pack_dir: Path, licence: str = "") -> Imported:
    """Take `<source>/<clip key>.wav` (or flac, ogg, mp3; "vi/digit/3.wav") into the pack of `lang`.

    Each is trimmed and levelled like any clip. A file that is no sound, or no clip's name, is refused and the others
    go on. Raises Rejected `usage` (unknown language) or `data_unwritable`.
    """
    words = load_words(lang).words
    done = Imported()
    files = dict(_files(source, lang))
    done.refused = {
        str(path.relative_to(source)): "no clip has this name" for key, path in files.items() if key not in words
    }
    done.missing = len(words.keys() - files.keys())
    try:
        with locked(pack_dir):
            for key, word in words.items():
                if key in files:
                    _take(files[key], word, lang, pack_dir, licence, done, str(files[key].relative_to(source)))
    except OSError as problem:
        raise Rejected("data_unwritable", f"{pack_dir}: {problem}") from problem
    return done


def _files(source: Path, lang: str) -> list[tuple[str, Path]]:
    found = sorted(path for path in (source / lang).rglob("*") if path.suffix.lower() in SUFFIXES)
    return [(path.relative_to(source).with_suffix("").as_posix(), path) for path in found]


def _take(path: Path, word: Word, lang: str, pack_dir: Path, licence: str, done: Imported, name: str) -> None:
    if path.stat().st_size > FILE_BYTES_MAX:
        done.refused[name] = f"over {FILE_BYTES_MAX} bytes"
        return
    try:
        original = path.read_bytes()
        pcm = clean(decode(original))
    except Rejected as problem:
        done.refused[name] = problem.detail
        return
    data = to_wav(pcm)
    row = ClipRow(
        text=word.text,
        say=word.say,
        engine=RECORDINGS,
        version=sha256(original)[:16],
        voice="recorded",
        licence=licence or "as stated by whoever recorded it",
        sha256=sha256(data),
        duration_ms=round(duration_s(pcm) * 1000),
    )
    write_whole(clip_path(pack_dir, word.key), data)
    manifest = read_manifest(pack_dir, lang)
    write_manifest(pack_dir, msgspec.structs.replace(manifest, rate_hz=RATE_HZ, clips=manifest.clips | {word.key: row}))
    done.taken.append(word.key)
