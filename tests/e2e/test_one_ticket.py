"""One ticket through the real office: glass → paper → button → board, signs, voice, web → clerk → report.

Every artefact is that ticket's own: the office made it while it worked; nothing is rendered again here.
"""

import csv
import io
import os
import re
import signal
import unicodedata
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from difflib import SequenceMatcher
from pathlib import Path

import httpx
import pytest
import zxingcpp
from PIL import Image
from playwright.sync_api import Browser, Page, expect

from firmware_bridge.speech.chime import chime
from tests.support.e2e_browser import chromium
from tests.support.e2e_eyes import Box, Display, coloured, display, read_number, read_text, read_ticket, saved, yellow
from tests.support.e2e_office import E2eOffice, free_port, office_file, running, wait_until
from tests.support.pcm import find_clips, read_voice

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(240)]

LIMIT_S = 30.0
LIMIT_MS = LIMIT_S * 1000
ALIKE = 0.93  # of a sentence as tesseract reads it
BOARD_GLYPH_PX = 90
SPOTLIGHT = 0.46  # the share of the board's height above its rows

CARD_A, CARD_C = (0.26, 0.25), (0.74, 0.25)
BACK = (0.24, 0.885)  # "Về trang đầu" of a dossier, "Xong" of a ticket
HOME = "Tôi thuộc diện ưu tiên"  # only the first screen says so
COUNTER, SIGN = 1, "sign-1"
PHRASE = ["vi/xin_moi_cong_dan_co_so", "vi/letter/A", "vi/digit/0", "vi/digit/0", "vi/digit/1", "vi/den_quay_so"]
"""What is said of A001, before the number of the counter (domain: "Xin mời công dân có số A, không, không, một …")."""


@dataclass
class Lobby:
    """The office, its display with the two windows, and what is left of a visit."""

    office: E2eOffice
    display: Display
    glass: Box
    board: Box
    camera: Path

    def on_glass(self) -> str:
        """The words on the kiosk."""
        return read_text(self.display.picture().crop(self.glass))

    def touch(self, x: float, y: float) -> None:
        """A finger on the glass, at this share of its width and height."""
        left, top, right, bottom = self.glass
        self.display.touch(left + round((right - left) * x), top + round((bottom - top) * y))

    def await_glass(self, true: Callable[[str], bool], what: str, limit_s: float = LIMIT_S) -> str:
        """The words on the kiosk once they are as wished; else a failure that tells what was there instead."""
        seen = [""]

        def wished() -> bool:
            seen[0] = self.on_glass()
            return true(seen[0])

        try:
            wait_until(wished, limit_s, what)
        except AssertionError as late:
            picture = saved(self.display.picture(), self.office.data.parent / "display.png")
            raise AssertionError(f"{late}; the glass said {seen[0]!r}; see {picture}; {self.office.said}") from None
        return seen[0]

    def on_spotlight(self) -> str:
        """The number and counter in the board's big letters, "" when there are none."""
        left, top, right, bottom = self.board
        shot = self.display.picture().crop((left, top, right, top + round((bottom - top) * SPOTLIGHT)))
        return read_number(coloured(shot, yellow), BOARD_GLYPH_PX)


@pytest.fixture(scope="module")
def lobby(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lobby]:
    folder, port = tmp_path_factory.mktemp("lobby"), free_port()
    camera = folder / "camera"
    camera.mkdir()
    file = office_file(
        folder / "office",
        {
            'public_url = ""': f'public_url = "http://127.0.0.1:{port}"',
            'output = "auto"': 'output = "file"',
            "ticket_s = 8 ": "ticket_s = 30 ",  # on a busy machine tesseract needs a while to look at it
            'kind = "camera"\nat = "kiosk-1"\nurl = ""': f'kind = "camera"\nat = "kiosk-1"\nurl = "file://{camera}"',
        },
    )
    with display() as screen, running(file, folder / "data", http_port=port, display=screen.name) as office:
        windows = screen.window("motcua-kiosk"), screen.window("motcua-board")
        made = Lobby(office, screen, *windows, camera)
        made.await_glass(lambda words: says(words, HOME), "the first screen of the kiosk")
        yield made


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as running_browser:
        yield running_browser


def test_kiosk_and_board_stand_side_by_side(lobby: Lobby) -> None:
    assert lobby.glass == (0, 0, 607, 1080)
    assert lobby.board == (607, 0, 1920, 738)


def test_one_ticket_from_the_glass_to_the_report(lobby: Lobby, browser: Browser) -> None:
    token, number = take_a_ticket(lobby)
    assert number == "A001"
    web_board, clerk = browser.new_page(), browser.new_page()
    web_board.goto(f"{lobby.office.url}/board")
    clerk.goto(lobby.office.sign_in_link("clerk", "--counter", str(COUNTER)))
    clerk.wait_for_url(f"**/counter/{COUNTER}")
    assert clerk.locator("#queue").inner_text().split()[0] == number
    assert lobby.on_spotlight() == "", "nobody was called yet"
    assert number not in web_board.inner_text("body")

    assert lobby.office.hand("buttons-1", f"press {COUNTER}") == "ok"
    wait_until(lambda: lobby.on_spotlight() == f"{number}{COUNTER}", LIMIT_S, "the call on the board's pixels")
    signs_show(lobby, number)
    voice_said(lobby, number)
    expect(web_board.locator("#spot-number")).to_have_text(number, timeout=LIMIT_MS)
    assert web_board.inner_text("#spot-go").endswith(f"Quầy {COUNTER}")
    assert follow(lobby, token)["state"] == "called"

    serve(clerk, number)
    assert follow(lobby, token)["state"] == "done"
    report_counts(lobby, browser, number)


def take_a_ticket(lobby: Lobby) -> tuple[str, str]:
    """Touch the card of civil status; the token and number of the ticket that came out of the printer."""
    printed = lobby.office.data / "printed"
    assert list(printed.iterdir()) == []
    lobby.touch(*CARD_A)
    wait_until(lambda: any(printed.glob("*.png")), LIMIT_S, "the printed ticket")
    lobby.await_glass(lambda words: says(words, "Mời ông/bà lấy phiếu"), "the invitation to take the ticket")
    (paper,) = printed.glob("*.png")
    number, address = read_ticket(Image.open(paper))
    assert address.startswith(f"{lobby.office.url}/t/")
    token = address.rsplit("/", 1)[1]
    page = httpx.get(address)
    assert page.status_code == 200
    assert f">{number}<" in page.text
    status = follow(lobby, token)
    assert (status["number"], status["service"], status["state"]) == (number, "A", "waiting")
    wait_until(paper.with_suffix(".txt").exists, LIMIT_S, "the text beside the picture")
    assert number in paper.with_suffix(".txt").read_text().split()
    return token, number


def follow(lobby: Lobby, token: str) -> dict[str, str]:
    """The ticket as its owner's phone sees it."""
    return dict(lobby.office.ask("GET", f"/api/v1/tickets/{token}").json()["ticket"])


def signs_show(lobby: Lobby, number: str) -> None:
    """The counter's own sign and the hall's sign got the bytes of this call; no other counter's sign did."""
    signs = lobby.office.data / "signs"

    def record(sign: str) -> dict[str, object]:
        return dict(httpx.Response(200, content=(signs / f"{sign}.json").read_bytes()).json())

    wait_until(lambda: record(SIGN)["text"] == f"{number}<{COUNTER}", LIMIT_S, "the call on the counter's sign")
    raw = bytes.fromhex(str(record(SIGN)["frames"][-1]))  # type: ignore[index]  # a list of hex texts
    assert raw[:2] == b"\x01\x20", "start, address 32 of the office file"
    assert raw[3:] == f"{number}<{COUNTER}".encode() + b"\x07", "after the blink byte: text and end"
    wait_until(lambda: number in str(record("sign-hall")["text"]), LIMIT_S, "the call on the hall's sign")
    hall = bytes.fromhex(str(record("sign-hall")["frames"][-1]))  # type: ignore[index]  # a list of hex texts
    assert f"{number} -> {COUNTER}".encode() in hall
    others = [record(path.stem) for path in signs.glob("sign-[2-8].json")]
    assert len(others) == 7
    assert not any(number in str(other["frames"]) or number in str(other["text"]) for other in others)


def voice_said(lobby: Lobby, number: str) -> None:
    """What was played: chime, then the announcement of this number and counter; a repeat has no chime."""
    spoken, voices = lobby.office.data / "spoken", lobby.office.data / "voices"
    wait_until(lambda: any(spoken.glob("*.wav")), LIMIT_S, "the announcement")
    first, *repeats = sorted(spoken.glob("*.wav"))
    clips = read_voice(voices, "vi") | {"chime": chime()}
    words = [*PHRASE, f"vi/digit/{COUNTER}"]
    assert find_clips(first, clips) == ["chime", *words]
    assert all(find_clips(repeat, clips) == words for repeat in repeats)


def serve(clerk: Page, number: str) -> None:
    """The clerk's page shows the called ticket; start and finish by clicking the one big button."""
    expect(clerk.locator("#number")).to_have_text(number, timeout=LIMIT_MS)
    for label, after in (("Bắt đầu", "Đang phục vụ"), ("Hoàn tất", "")):
        clerk.locator("#primary[aria-disabled=false]", has_text=label).click()
        expect(clerk.locator("#state")).to_have_text(after, timeout=LIMIT_MS)
    expect(clerk.locator("#served")).to_have_text("1", timeout=LIMIT_MS)


def report_counts(lobby: Lobby, browser: Browser, number: str) -> None:
    """One ticket, served, within target: as JSON, as CSV, on the manager's page."""
    office = lobby.office
    row = office.ask("GET", "/api/v1/reports/waits?by=service,hour", "manager").json()["rows"]
    assert [(r["key"][0], r["issued"], r["called"], r["no_shows"], r["within_target"]) for r in row] == [
        (number[0], 1, 1, 0, 1.0)
    ]
    assert 0 < row[0]["mean_s"] < 120
    text = office.ask("GET", "/api/v1/reports/waits?by=service&format=csv", "manager").content.decode("utf-8-sig")
    table = list(csv.reader(io.StringIO(text)))
    assert [line[:3] for line in table[1:3]] == [["A Hộ tịch", "1", "1"], ["Tất cả", "1", "1"]]
    page = browser.new_page()
    page.goto(office.sign_in_link("manager"))
    page.wait_for_url("**/manager")
    cells = page.locator("table.grid tfoot").first.locator("th, td").all_inner_texts()
    assert (cells[0], cells[1]) == ("Tất cả", "1")
    assert page.locator("img[data-chart]").first.evaluate("image => image.decode().then(() => image.naturalWidth)") > 0


DOSSIERS = {
    "serial": ("000.00.12.H00-261102-0019", "Hồ sơ đã có kết quả", "TRẦN NGỌC MINH HỌA"),
    "wedge": ("000.00.01.H00-261002-0010", "Hồ sơ đã trả kết quả", "TRẦN ĐỨC TƯỞNG TƯỢNG"),
    "camera": ("H00.12-261111-0060", "Hồ sơ đã trả kết quả", "HỒ THU MINH HỌA"),
}
"""Rows of assets/samples/dossiers.csv: code, the verdict's first words, the full name that must not be shown."""


def scan(lobby: Lobby, how: str, code: str) -> None:
    """Hold a receipt before one of the three scanners."""
    if how == "serial":
        assert lobby.office.hand("scanner-1", f"scan {code}") == "ok"
    elif how == "wedge":
        lobby.display.type(code)
    else:
        made = zxingcpp.create_barcode(code, zxingcpp.BarcodeFormat.Code128)
        bars = Image.fromarray(zxingcpp.write_barcode_to_image(made, scale=3))
        frame = Image.new("L", (1280, 720), 235)
        frame.paste(bars.resize((bars.width, 160)), (200, 280))
        frame.save(lobby.camera / ".frame.png")
        (lobby.camera / ".frame.png").rename(lobby.camera / "frame.png")


def says(words: str, sentence: str) -> bool:
    """True when the sentence stands in what tesseract read, but for a letter or an accent here and there."""
    seen, wanted = bare(words), bare(sentence)
    starts = range(max(1, len(seen) - len(wanted) + 1))
    return any(SequenceMatcher(None, seen[i : i + len(wanted)], wanted).ratio() >= ALIKE for i in starts)


def bare(text: str) -> str:
    """Letters without their marks, lower case."""
    apart = unicodedata.normalize("NFD", text.lower().replace("đ", "d"))
    return "".join(letter for letter in apart if not unicodedata.combining(letter))


def plain(text: str) -> str:
    """Letters and digits that tesseract takes for one another become one; accents stay."""
    return re.sub(r"[\s.,]", "", text).upper().replace("O", "0")


@pytest.mark.parametrize("how", DOSSIERS)
def test_a_scanned_receipt_shows_its_dossier_without_the_name(lobby: Lobby, how: str) -> None:
    code, verdict, name = DOSSIERS[how]
    assert plain(code) not in plain(lobby.on_glass())
    scan(lobby, how, code)
    words = lobby.await_glass(lambda seen: plain(code) in plain(seen), "the dossier on the glass")
    assert name not in words
    assert plain(name.split()[-1]) not in plain(words)
    assert name.split()[0] in words, "the masked name begins with the family name"
    assert says(words, verdict)
    assert list((lobby.office.data / "screens").iterdir()) == [], "no picture of a visitor is kept"


def test_a_touch_while_the_server_is_away_gives_one_ticket(lobby: Lobby) -> None:
    """The kiosk asks again with the same id until the server is back: one number, one paper. So does a visitor who
    was told that there is no answer, and touches again."""
    office, printed = lobby.office, lobby.office.data / "printed"
    lobby.touch(*BACK)
    lobby.await_glass(lambda words: says(words, HOME), "the first screen")
    before = set(printed.glob("*.png"))
    os.kill(office.processes()["server"], signal.SIGKILL)

    def invited(words: str) -> bool:
        if says(words, HOME):  # the first touch, and again where the kiosk gave up and said so
            lobby.touch(*CARD_C)
        return says(words, "Mời ông/bà lấy phiếu")

    lobby.await_glass(invited, "the invitation to take the ticket", limit_s=2 * LIMIT_S)
    (paper,) = set(printed.glob("*.png")) - before
    number, address = read_ticket(Image.open(paper))
    assert number == "C001"
    assert follow(lobby, address.rsplit("/", 1)[1])["number"] == number
    waiting = {row["code"]: row["waiting"] for row in office.ask("GET", "/api/v1/board").json()["services"]}
    assert waiting["C"] == 1
