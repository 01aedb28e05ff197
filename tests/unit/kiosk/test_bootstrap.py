"""Options of a kiosk."""

from pathlib import Path

import pytest

from contracts.errors import Rejected
from kiosk import bootstrap


@pytest.mark.parametrize("text", ["540", "540x", "x960", "99x960", "540x99999", "-540x960", "540x960x2", "a×b"])
def test_not_a_window(text: str) -> None:
    with pytest.raises(Rejected) as caught:
        bootstrap.window_mode(text, headless=True)
    assert caught.value.code == "usage"


def test_without_a_display_the_window_is_off_screen(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv("DISPLAY", raising=False)
    monkeypatch.delenv("SDL_VIDEODRIVER", raising=False)
    monkeypatch.setattr(bootstrap, "GRAPHICS_CARD", tmp_path / "no-card")
    assert bootstrap.window_mode(None, headless=False).headless
    assert bootstrap.window_mode("540x960", headless=False).size == (540, 960)
    assert bootstrap.window_mode("540x960+30+40", headless=True).size == (540, 960)
    monkeypatch.setenv("DISPLAY", ":9")
    assert bootstrap.window_mode("540x960+30+40", headless=False).place == (30, 40)
    assert not bootstrap.window_mode(None, headless=False).headless
    assert bootstrap.window_mode(None, headless=False).size is None
    assert bootstrap.window_mode(None, headless=True).size == bootstrap.SIZE_HEADLESS
