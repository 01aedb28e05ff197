"""kv files hold layout and style names only: no colour, no size, no text a person reads; views stay small."""

import re
from pathlib import Path

import pytest

UI = Path(__file__).resolve().parents[4] / "kiosk" / "ui"
KV = sorted(UI.rglob("*.kv"))
VIEWS = sorted(UI.rglob("view.py"))
VIEW_LINES_MAX = 60
PLAIN_NUMBERS = {"0", "1", "2", ".5", ".6", ".7", ".8"}  # shares, halves, column arithmetic
WORD = re.compile(r"[a-z][a-z_-]*|[A-Z][A-Za-z]+|")  # an icon, a weight, a way of aligning, a widget class


def code(path: Path) -> str:
    return "\n".join(line.split("#")[0] if "'" not in line else line for line in path.read_text().splitlines())


@pytest.mark.parametrize("path", KV, ids=lambda p: str(p.relative_to(UI)))
def test_no_literals(path: Path) -> None:
    text = code(path)
    assert not re.findall(r"#[0-9A-Fa-f]{3,8}\b", text), "a colour"
    assert not re.findall(r"\b(?:dp|sp|mm|cm|inch)\(", text), "a size"
    numbers = set(re.findall(r"(?<![\w.])(\d*\.?\d+)", re.sub(r"'[^']*'", "''", text)))
    assert numbers <= PLAIN_NUMBERS
    strings = re.findall(r"'([^']*)'", text)
    assert [s for s in strings if not WORD.fullmatch(s)] == []
    assert not re.findall(r"^\s*text: '", text, re.MULTILINE), "a text"


def test_the_rule_finds_what_it_forbids(tmp_path: Path) -> None:
    for bad in ("color: '#FF0000'", "height: 42", "width: dp(1)", "text: 'Xin chào'", "rgba: 1, 1, 1, .25"):
        path = tmp_path / "bad.kv"
        path.write_text(f"<X>:\n    {bad}\n")
        with pytest.raises(AssertionError):
            test_no_literals(path)


@pytest.mark.parametrize("path", VIEWS, ids=lambda p: p.parent.name)
def test_views_are_small_and_know_no_app(path: Path) -> None:
    text = path.read_text()
    assert len(text.splitlines()) <= VIEW_LINES_MAX
    assert "get_running_app" not in text


def test_only_the_navigator_touches_the_screen_manager() -> None:
    users = [p.name for p in UI.rglob("*.py") if re.search(r"switch_to|current_screen|\.current\s*=", p.read_text())]
    assert users == ["navigator.py"]
