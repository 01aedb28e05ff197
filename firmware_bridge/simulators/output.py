"""Writes what signs show to DIR/<sign>.json and DIR/<sign>.png, each whole or not at all."""

import json
from collections.abc import Sequence
from pathlib import Path

from firmware_bridge.simulators.device import SignFace
from runtime.clock import Clock


class FaceFiles:
    """Keeps the files of a folder fresh; draws only what changed."""

    def __init__(self, folder: Path, clock: Clock) -> None:
        self._folder, self._clock = folder, clock
        self._drawn: dict[str, int] = {}
        folder.mkdir(parents=True, exist_ok=True)

    def refresh(self, faces: Sequence[SignFace]) -> None:
        """Write the files of the signs that changed; the picture first, so that who reads the text has its picture."""
        for face in faces:
            if self._drawn.get(face.sign) == face.changed:
                continue
            self._replace(f"{face.sign}.png", face.picture())
            record = face.describe() | {"updated": self._clock.now().isoformat()}
            self._replace(f"{face.sign}.json", json.dumps(record, ensure_ascii=False, indent=1).encode() + b"\n")
            self._drawn[face.sign] = face.changed

    def _replace(self, name: str, data: bytes) -> None:
        fresh = self._folder / f".{name}.new"
        fresh.write_bytes(data)  # whole for every reader; a power cut costs nothing that is not drawn again
        fresh.replace(self._folder / name)
