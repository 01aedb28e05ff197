"""The size of a real display is known also when its server starts anew, as it does when its last client leaves."""

import os
import socket
import subprocess
import sys

import pytest

from tests.support.e2e_eyes import SIZE, display

pytestmark = pytest.mark.e2e

ASK = "from runtime.x11 import bare_display_size, display_size; print(display_size(), bare_display_size())"


def test_a_server_that_starts_anew_is_waited_for() -> None:
    with display() as screen:
        for _ in range(3):
            with socket.socket(socket.AF_UNIX) as passer_by:
                passer_by.connect(f"/tmp/.X11-unix/X{screen.name[1:]}")
            env = {**os.environ, "DISPLAY": screen.name, "WAYLAND_DISPLAY": "", "SDL_VIDEODRIVER": ""}
            done = subprocess.run([sys.executable, "-c", ASK], env=env, capture_output=True, text=True, check=True)
            assert done.stdout.strip() == f"{SIZE} {SIZE}"


def test_no_display_has_no_size() -> None:
    env = {**os.environ, "DISPLAY": ":4711", "WAYLAND_DISPLAY": "", "SDL_VIDEODRIVER": ""}
    done = subprocess.run([sys.executable, "-c", ASK], env=env, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "None None"
