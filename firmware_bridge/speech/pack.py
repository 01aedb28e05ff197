"""A voice pack on disk: DIR/<lang>/manifest.json and a wav a clip (DIR/<clip key>.wav)."""

import contextlib
import fcntl
import hashlib
from collections.abc import Iterator
from pathlib import Path

import msgspec

from contracts.errors import Rejected
from firmware_bridge.speech.files import write_whole
from firmware_bridge.speech.pcm import Pcm, from_wav

MANIFEST_BYTES_MAX = 1_000_000
CLIP_FILE_BYTES_MAX = 2_000_000


class ClipRow(msgspec.Struct, frozen=True):
    """Where one clip came from; `sha256` is of its wav file."""

    text: str
    say: str
    engine: str
    version: str
    voice: str
    licence: str
    sha256: str
    duration_ms: int


class Manifest(msgspec.Struct, frozen=True):
    """A language of a voice pack. `stamp` names the recipe of a complete build; empty while clips are missing."""

    lang: str
    stamp: str = ""
    rate_hz: int = 0
    clips: dict[str, ClipRow] = {}


def clip_path(pack_dir: Path, key: str) -> Path:
    """The wav file of clip `key`."""
    return pack_dir / f"{key}.wav"


def manifest_path(pack_dir: Path, lang: str) -> Path:
    """The manifest of `lang`."""
    return pack_dir / lang / "manifest.json"


def read_manifest(pack_dir: Path, lang: str) -> Manifest:
    """The manifest of `lang`; an empty one when it is missing or damaged (its clips are then made again)."""
    try:
        data = manifest_path(pack_dir, lang).read_bytes()
        manifest = msgspec.json.decode(data[:MANIFEST_BYTES_MAX], type=Manifest)
    except (OSError, msgspec.DecodeError):
        return Manifest(lang=lang)
    return manifest if manifest.lang == lang else Manifest(lang=lang)


def write_manifest(pack_dir: Path, manifest: Manifest) -> None:
    """Replace the manifest of its language."""
    data = msgspec.json.format(msgspec.json.encode(manifest, order="sorted"), indent=1)
    write_whole(manifest_path(pack_dir, manifest.lang), data + b"\n")


def sha256(data: bytes) -> str:
    """The hex digest in a manifest."""
    return hashlib.sha256(data).hexdigest()


def read_clip(pack_dir: Path, key: str, row: ClipRow) -> bytes | None:
    """The wav of a clip, or None when the file is missing, oversized or not the one the manifest names."""
    path = clip_path(pack_dir, key)
    try:
        if path.stat().st_size > CLIP_FILE_BYTES_MAX:
            return None
        data = path.read_bytes()
    except OSError:
        return None
    return data if sha256(data) == row.sha256 else None


def load_clips(pack_dir: Path, lang: str) -> dict[str, Pcm]:
    """Every sound clip of `lang` in the pack. Damaged and missing clips are left out: the caller compares with the
    grammar's closed set.
    """
    clips: dict[str, Pcm] = {}
    for key, row in read_manifest(pack_dir, lang).clips.items():
        data = read_clip(pack_dir, key, row)
        if data is None:
            continue
        try:
            clips[key] = from_wav(data)
        except Rejected:
            continue
    return clips


@contextlib.contextmanager
def locked(pack_dir: Path) -> Iterator[None]:
    """One builder a directory at a time; a second one waits and then finds everything made."""
    pack_dir.mkdir(parents=True, exist_ok=True)
    with (pack_dir / ".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
