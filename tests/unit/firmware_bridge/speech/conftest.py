"""A real espeak-ng pack, made once for the whole run (0.6 s)."""

from pathlib import Path

import pytest

from firmware_bridge.speech.build import build
from firmware_bridge.speech.engines import Espeak


@pytest.fixture(scope="session")
def pack(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("voices")
    for lang in ("vi", "en"):
        build(Espeak(), lang, folder)
    return folder
