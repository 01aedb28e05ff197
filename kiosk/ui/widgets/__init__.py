"""Pieces that screens are made of. Each takes its `style`; none knows a colour, a size or a text."""

from pathlib import Path

from kivy.lang import Builder

from kiosk.ui.widgets import base, many, qr, strips

__all__ = ["base", "load_kv", "many", "qr", "strips"]

_loaded: set[Path] = set()


def load_kv(beside: str) -> None:
    """Load the view.kv that stands beside the module `beside` (its `__file__`), once."""
    path = Path(beside).with_name("view.kv")
    if path not in _loaded:
        _loaded.add(path)
        Builder.load_file(str(path))
