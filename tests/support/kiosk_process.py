"""A real kiosk process: a window under Xvfb that is touched by xdotool, a simulated printer."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from PIL import Image

from tests.support.broker import Mosquitto
from tests.support.environment import clean
from tests.support.kiosk_pictures import SAMPLE

SIZE = (540, 960)
BRAND, GOOD, WARN = (11, 61, 145), (23, 107, 52), (138, 75, 0)


@contextmanager
def xvfb(tmp_path: Path) -> Iterator[str]:
    """A display of its own; the number is taken by the server, so that two tests never meet."""
    read_fd, write_fd = os.pipe()
    process = subprocess.Popen(
        ["Xvfb", "-displayfd", str(write_fd), "-screen", "0", f"{SIZE[0]}x{SIZE[1]}x24", "-nolisten", "tcp"],
        pass_fds=[write_fd], stderr=subprocess.DEVNULL,
    )  # fmt: skip
    os.close(write_fd)
    try:
        with os.fdopen(read_fd) as pipe:
            yield f":{pipe.readline().strip()}"
    finally:
        process.terminate()
        process.wait()


class Glass:
    """The kiosk's glass: touches, typing, pictures."""

    def __init__(self, display: str, tmp_path: Path) -> None:
        self._env = clean(DISPLAY=display)
        self._shots = tmp_path

    def touch(self, x: float, y: float) -> None:
        """A finger at this share of width and height."""
        place = [str(round(x * SIZE[0])), str(round(y * SIZE[1]))]
        subprocess.run(["xdotool", "mousemove", *place, "click", "1"], env=self._env, check=True)

    def type(self, text: str) -> None:
        """What a wedge scanner does."""
        subprocess.run(["xdotool", "type", "--delay", "4", text], env=self._env, check=True)
        subprocess.run(["xdotool", "key", "Return"], env=self._env, check=True)

    def picture(self) -> Image.Image:
        """The pixels a visitor sees."""
        path = self._shots / "glass.png"
        subprocess.run(["import", "-window", "root", str(path)], env=self._env, check=True)
        return Image.open(path).convert("RGB")

    def shows(self, colour: tuple[int, int, int], x: float, y: float) -> bool:
        """True when that colour is at that place."""
        found = self.picture().getpixel((round(x * SIZE[0]), round(y * SIZE[1])))
        return all(abs(a - b) <= 6 for a, b in zip(found, colour, strict=True))


@contextmanager
def kiosk(broker: Mosquitto, log: Path, *options: str, display: str | None = None) -> Iterator[subprocess.Popen[bytes]]:
    """The process; it must end with 0 when told to stop."""
    command = [sys.executable, "-m", "kiosk", "--id", "kiosk-1", "--office", str(SAMPLE), "--broker", broker.url]
    env = clean(DISPLAY=display or "")
    with log.open("wb") as out:
        process = subprocess.Popen([*command, "--data", str(broker.data), *options], stderr=out, stdout=out, env=env)
        try:
            yield process
            process.send_signal(signal.SIGTERM)
            assert process.wait(10) == 0, log.read_text()[-2000:]
        finally:
            if process.poll() is None:
                process.kill()
                process.wait()
    assert "Traceback" not in log.read_text()


@contextmanager
def printer(tmp_path: Path) -> Iterator[tuple[str, Path]]:
    """The simulated printer on a free port: (url, where tickets fall)."""
    out = tmp_path / "printed"
    process = subprocess.Popen(
        [sys.executable, "-m", "kiosk.printing.simulator", "--port", "0", "--out", str(out)], stdout=subprocess.PIPE
    )
    try:
        assert process.stdout is not None
        port = int(process.stdout.readline().split()[1])
        yield f"tcp://127.0.0.1:{port}", out
    finally:
        process.terminate()
        process.wait()
