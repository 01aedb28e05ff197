"""Whether windows can open."""

import socket
from pathlib import Path

import pytest

from runtime.cli.up.display import display_usable


@pytest.mark.parametrize("value", [None, "", ":", "wayland-0", ":987654", ":54321", "127.0.0.1:59999"])
def test_no_display(value: str | None) -> None:
    assert not display_usable({} if value is None else {"DISPLAY": value})


def test_a_display_that_answers() -> None:
    number = 48_123  # far from any real display
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(f"\0/tmp/.X11-unix/X{number}")
        server.listen()
        assert display_usable({"DISPLAY": f":{number}.0"})
        assert display_usable({"DISPLAY": f"unix:{number}"})
    assert not Path(f"/tmp/.X11-unix/X{number}").exists()
    assert not display_usable({"DISPLAY": f":{number}"})
