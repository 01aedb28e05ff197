"""The voice pack, made at the first start: a few seconds of the offline voice (espeak-ng)."""

import subprocess
from collections.abc import Sequence
from pathlib import Path

from runtime.lifecycle import bound_command

BUILD_LIMIT_S = 120


def missing_voices(data: Path, languages: Sequence[str]) -> list[str]:
    """The languages without a pack. A pack with holes is not looked into here: who speaks fills them."""
    return [lang for lang in languages if not any((data / "voices" / lang).glob("*"))]


def prepare_voices(python: Sequence[str], data: Path, languages: Sequence[str]) -> bool:
    """Make what is missing; False when that failed. An office without a voice still calls on its screens."""
    missing = missing_voices(data, languages)
    if not missing:
        return True
    command = [*python, "-m", "firmware_bridge.speech", "build", "--lang", ",".join(missing), "--data", str(data)]
    try:
        with (data / "logs" / "voices.log").open("ab") as log:
            done = subprocess.run(
                bound_command(command),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                timeout=BUILD_LIMIT_S,
                check=False,
            )
    except subprocess.TimeoutExpired:
        return False
    return done.returncode == 0
