"""Makes the pictures of the README from the running product: `.venv/bin/python provisioning/make_screenshots.py`.

Starts a played lobby on a virtual display (Xvfb), touches the kiosk's glass with real clicks, scans a receipt through
the simulated scanner, opens the pages in Chromium, and saves what is seen under docs/images/.
"""

import json
import os
import re
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from PIL import Image
from playwright.sync_api import Browser, sync_playwright

ROOT = Path(__file__).resolve().parents[1]
OUT = ROOT / "docs" / "images"
DISPLAY_SIZE = (2400, 1200)  # kiosk 675x1200 left, board 1725x970 right
READY_S_MAX, LOBBY_S = 120, 75
CHROMIUM = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
]  # fmt: skip
FIRST_CARD = (0.26, 0.25)  # of the kiosk's window: the card of the first service


@contextmanager
def display() -> Iterator[str]:
    """A virtual display of our own."""
    read, write = os.pipe()
    size = f"{DISPLAY_SIZE[0]}x{DISPLAY_SIZE[1]}x24"
    server = subprocess.Popen(["Xvfb", "-displayfd", str(write), "-screen", "0", size], pass_fds=[write])
    os.close(write)
    try:
        yield ":" + os.read(read, 16).decode().strip()
    finally:
        os.close(read)
        server.terminate()
        server.wait()


@contextmanager
def office(name: str, data: Path) -> Iterator[dict[str, str]]:
    """A running demo office; what its ready line says."""
    command = [str(ROOT / "motcua"), "up", "--demo", "--yes", "--data", str(data), "--http", "127.0.0.1:0"]
    process = subprocess.Popen(
        [*command, "--mqtt", "127.0.0.1:0"],
        env={**os.environ, "DISPLAY": name, "CI": "true"},
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        assert process.stdout is not None
        line = next(line for line in process.stdout if line.startswith("motcua ready"))
        yield dict(part.split("=", 1) for part in line.split()[2:])
    finally:
        process.send_signal(signal.SIGINT)
        process.wait(30)


def shoot(name: str, display_name: str, box: tuple[int, int, int, int]) -> None:
    """A part of the display → docs/images/NAME.png."""
    shot = OUT / "root.png"
    subprocess.run(["import", "-window", "root", str(shot)], env={**os.environ, "DISPLAY": display_name}, check=True)
    with Image.open(shot) as picture:
        save(picture.convert("RGB").crop(box), name)
    shot.unlink()


def save(picture: Image.Image, name: str, width_max: int = 900) -> None:
    """Small enough for a README."""
    if picture.width > width_max:
        picture = picture.resize((width_max, picture.height * width_max // picture.width), Image.Resampling.LANCZOS)
    # maximum coverage keeps the rare tints apart, k-means the backgrounds true
    few = picture.quantize(128, Image.Quantize.MAXCOVERAGE, kmeans=2, dither=Image.Dither.NONE)
    few.save(OUT / f"{name}.png", optimize=True)
    print(f"docs/images/{name}.png")


def window(name: str, display_name: str) -> tuple[int, int, int, int]:
    """The rectangle of the window of this class."""
    found = subprocess.run(
        ["xdotool", "search", "--class", name, "getwindowgeometry", "--shell"],
        env={**os.environ, "DISPLAY": display_name}, capture_output=True, text=True, check=True,
    )  # fmt: skip
    values = {key: int(value) for key, value in re.findall(r"(\w+)=(-?\d+)", found.stdout)}
    return values["X"], values["Y"], values["X"] + values["WIDTH"], values["Y"] + values["HEIGHT"]


def touch(display_name: str, x: float, y: float) -> None:
    """A click on the glass."""
    command = ["xdotool", "mousemove", str(round(x)), str(round(y)), "click", "1"]
    subprocess.run(command, env={**os.environ, "DISPLAY": display_name}, check=True)


def scan(data: Path, text: str) -> None:
    """A receipt under the simulated scanner."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as sender:
        sender.connect(str(data / "run" / "dev" / "scanner-1.control"))
        sender.send(f"scan {text}".encode())


def kiosk_pictures(display_name: str, data: Path) -> None:
    """Home, ticket, dossier."""
    left, top, right, bottom = box = window("motcua-kiosk", display_name)
    shoot("kiosk-home", display_name, box)
    touch(display_name, left + (right - left) * FIRST_CARD[0], top + (bottom - top) * FIRST_CARD[1])
    time.sleep(2.5)
    shoot("kiosk-ticket", display_name, box)
    time.sleep(9)
    codes = (ROOT / "assets" / "samples" / "dossiers.csv").read_text().splitlines()[1:]
    finished = next(line for line in codes if ",9," in line)
    scan(data, finished.split(",")[0])
    time.sleep(2.5)
    shoot("kiosk-dossier", display_name, box)


def page_pictures(browser: Browser, http: str, data: Path) -> None:
    """Clerk, manager, greeter, web board."""
    for role, path, name, size in (
        ("clerk", "/counter/1", "page-counter", (1280, 800)),
        ("manager", "/manager", "page-manager", (1280, 1100)),
        ("clerk", "/greeter", "page-greeter", (1280, 800)),
        (None, "/board", "page-board", (1280, 720)),
    ):
        context = browser.new_context(viewport={"width": size[0], "height": size[1]})
        page = context.new_page()
        if role:
            page.goto(sign_in_link(role, http, data))
            page.wait_for_url(lambda url: "/sign-in" not in url)
        page.goto(http + path)
        if path == "/counter/1":  # the demo leaves this counter to the visitor: call somebody, let them sit down
            for key in "11":
                page.wait_for_timeout(1500)
                page.keyboard.press(key)
        page.wait_for_timeout(2000)
        page.screenshot(path=str(OUT / "page.png"))
        with Image.open(OUT / "page.png") as picture:
            save(picture.convert("RGB"), name)
        (OUT / "page.png").unlink()
        context.close()


def sign_in_link(role: str, http: str, data: Path) -> str:
    """A one-time link, as a person gets it from `motcua token`."""
    command = [str(ROOT / "motcua"), "token", role, "--data", str(data), "--http", http.removeprefix("http://")]
    printed = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    return str(re.findall(r"http\S+#\S+", printed)[0])


def lit_sign(signs: Path) -> Path:
    """The picture of a counter sign that shows a number now; a called one blinks."""
    for _ in range(200):
        for told in sorted(signs.glob("sign-?.json")):
            if any(char.isdigit() for char in json.loads(told.read_text())["cells"][:4]):
                return told.with_suffix(".png")
        time.sleep(0.1)
    raise SystemExit("no sign shows a number")


def main() -> int:
    """Everything in one go."""
    OUT.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder, display() as name, office(name, Path(folder) / "data") as ready:
        data = Path(folder) / "data"
        print(json.dumps(ready))
        time.sleep(LOBBY_S)
        kiosk_pictures(name, data)
        shoot("board", name, window("motcua-board", name))
        with Image.open(max((data / "printed").glob("*.png"))) as ticket:
            save(ticket.convert("RGB"), "ticket", 420)
        with sync_playwright() as play:
            browser = play.chromium.launch(executable_path="/usr/bin/chromium", args=CHROMIUM)
            page_pictures(browser, ready["http"], data)
            browser.close()
        with Image.open(lit_sign(data / "signs")) as sign:
            save(sign.convert("RGB"), "sign", 420)
    return 0


if __name__ == "__main__":
    sys.exit(main())
