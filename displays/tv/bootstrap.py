"""Wires `motcua board`: options, office file, broker, window."""

import contextlib
from collections.abc import Sequence
from pathlib import Path

from contracts.errors import Rejected
from contracts.messages.common import Version
from contracts.messages.devices import DisplayPulse
from contracts.settings import Board, Office
from displays.board import initial
from displays.rows import row_of
from displays.signs.service import SignsService
from displays.tv.environment import HEADLESS_SIZE, WindowMode, prepare, window_mode
from runtime import log
from runtime.cli_options import CodedParser, part_parser
from runtime.clock import Clock
from runtime.config import load_office
from runtime.lifecycle import notify_ready, notify_stopping, on_stop_signal
from runtime.mqtt import Broker, Link
from runtime.paths import DataDir
from runtime.secrets import read_secret
from runtime.theme import load_theme


def parser() -> CodedParser:
    """The options of `motcua board`."""
    made = part_parser("board", "a full-screen TV board")
    made.add_argument("--window", "--size", metavar="WxH[+X+Y]", help="default: the whole display, 1920x1080 headless")
    made.add_argument("--signs", action="store_true", help="also decide what the LED signs show, in this process")
    return made


def picture_path(data: Path, office: Office, row: Board) -> Path:
    """board.png for the office's first board, <id>.png for others."""
    name = "board" if office.board[0].id == row.id else row.id
    return DataDir(data).screens / f"{name}.png"


def main(argv: Sequence[str]) -> int:
    """Runs until told to stop; the exit code. Raises Rejected for wrong options, office file, secret or display."""
    options = parser().parse_args(argv)
    office = load_office(options.office)
    row = row_of(office.board, options.id, "board")
    mode = window_mode(options.window, options.headless)
    broker = Broker.from_url(options.broker, row.id, read_secret(options.data, row.id))
    signs = _signs(office, options.broker, options.data) if options.signs else None
    log.configure(row.id)
    prepare(options.data / "run" / "kivy" / row.id, mode)
    return _run(office, row, broker, mode, options.data, signs)


def _signs(office: Office, url: str, data: Path) -> SignsService:
    """The office's first [[signs]] row, with its own user: the broker lets no board write signs."""
    if not office.signs:
        raise Rejected("usage", "--signs: the office file has no [[signs]]")
    user = office.signs[0].id
    return SignsService(office, user, Broker.from_url(url, user, read_secret(data, user)))


def _run(office: Office, row: Board, broker: Broker, mode: WindowMode, data: Path, signs: SignsService | None) -> int:
    from displays.tv.screen import BoardScreen, window_is_there, window_pixels

    if not window_is_there():
        raise Rejected("start_failed", "no window: no display, or no OpenGL on it (--headless needs none)")
    from displays.tv.feed import SUBSCRIPTIONS
    from displays.tv.picture import PictureFile
    from displays.tv.view import BoardView
    from displays.tv.words import say_for

    clock = Clock()
    say = say_for(office.office.languages)
    view = BoardView(mode.size or HEADLESS_SIZE, load_theme("board"), say, background=False)
    screen = BoardScreen(office, initial(office, row.zones, clock.mono_s()), view, clock)
    link = Link(broker, office.id, SUBSCRIPTIONS, screen.feed.put, clock=clock)

    def pulse(version: Version) -> bool:
        return link.publish("display", DisplayPulse(row.id, version, clock.now()), user=row.id)

    screen.pulse, screen.first_frame = pulse, notify_ready
    with contextlib.ExitStack() as ends:
        if mode.headless:
            screen.picture = PictureFile(picture_path(data, office, row), window_pixels)
            ends.callback(screen.picture.close)
        for part in (link, signs):
            if part is not None:
                part.start()
                ends.callback(part.stop)
        on_stop_signal(screen.stop)
        screen.run()
        notify_stopping()
    return 0
