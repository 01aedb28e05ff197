"""The voice pack is made once, and its absence stops nobody."""

import sys
from pathlib import Path

from runtime.cli.up.voices import missing_voices, prepare_voices


def stub(tmp_path: Path, code: int) -> list[str]:
    """An interpreter stand-in that notes what it was asked to do."""
    script = f"import sys; open({str(tmp_path / 'asked')!r}, 'w').write(' '.join(sys.argv[1:])); sys.exit({code})"
    return [sys.executable, "-c", script]


def test_only_the_missing_languages_are_made(tmp_path: Path) -> None:
    (tmp_path / "logs").mkdir()
    (tmp_path / "voices" / "vi").mkdir(parents=True)
    (tmp_path / "voices" / "vi" / "clip.wav").touch()
    assert missing_voices(tmp_path, ["vi", "en"]) == ["en"]
    assert prepare_voices(stub(tmp_path, 0), tmp_path, ["vi", "en"])
    asked = (tmp_path / "asked").read_text()
    assert asked == f"-m firmware_bridge.speech build --lang en --data {tmp_path}"


def test_nothing_is_run_when_nothing_is_missing(tmp_path: Path) -> None:
    assert prepare_voices(["/no/such/python"], tmp_path, [])


def test_a_failure_is_told(tmp_path: Path) -> None:
    (tmp_path / "logs").mkdir()
    assert not prepare_voices(stub(tmp_path, 1), tmp_path, ["vi"])
