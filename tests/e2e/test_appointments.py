"""An appointment through the real office: booked in Chromium, scanned at the kiosk, called in the place of its slot."""

import io
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import Browser, Page, expect

from kiosk.scanning.decode import decode
from runtime.i18n import Catalog
from tests.support.booking_office import booking_office
from tests.support.e2e_browser import chromium
from tests.support.e2e_eyes import read_ticket
from tests.support.e2e_office import E2eOffice, running, wait_until

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(240)]

PHONE = {"width": 360, "height": 740}
LIMIT_MS = 30_000
VI, EN = Catalog.load("vi").text, Catalog.load("en").text
NUMBERS = ("0912345678", "0987654321", "0355512345")


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[E2eOffice]:
    folder = tmp_path_factory.mktemp("appointments")
    file = booking_office(folder / "office", {'public_url = ""': 'public_url = "http://mau.example"'})
    with running(file, folder / "data", "--headless") as made:
        yield made


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as running_browser:
        yield running_browser


@pytest.fixture
def phone(browser: Browser) -> Iterator[Page]:
    context = browser.new_context(viewport=PHONE, locale="vi-VN")
    context.set_default_timeout(LIMIT_MS)
    yield context.new_page()
    context.close()


def book(phone: Page, office: E2eOffice, number: str, slot: int = 0) -> str:
    """Books that free slot of today for Civil status; its start, "10:00"."""
    phone.goto(office.url + "/")
    phone.click('a[href="/book"]')
    phone.locator("label.card", has_text="Hộ tịch").click()
    phone.locator("input[name=date] + span").first.click()
    chips = phone.locator("#slots label:has(input:enabled)")
    start = str(chips.nth(slot).locator("b").inner_text())
    chips.nth(slot).click()
    phone.fill("#person", number)
    phone.click("#book")
    return start


def booked(phone: Page) -> str:
    """The token of the booking on the page."""
    expect(phone.locator("#state")).to_have_text(VI("web.book.state.booked"), timeout=LIMIT_MS)
    found = re.search(r"/book#([a-z2-7]{16})$", phone.url)
    assert found, phone.url
    return found[1]


def scanned(phone: Page) -> str:
    """What a scanner reads off the phone's screen."""
    phone.wait_for_function("document.getElementById('qr').complete && document.getElementById('qr').naturalWidth > 0")
    picture = Image.open(io.BytesIO(phone.screenshot(full_page=True))).convert("L")
    found = decode(np.asarray(picture))
    assert found is not None
    return found.text


def waiting(office: E2eOffice, n: int = 1) -> list[str]:
    """Who waits for a counter, in order."""
    answer: Any = office.ask("GET", f"/api/v1/counters/{n}/queue", "clerk").json()
    return [ticket["number"] for ticket in answer["tickets"]]


def signed_in(browser: Browser, office: E2eOffice, *role: str) -> Page:
    """A browser at somebody's desk."""
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    context.set_default_timeout(LIMIT_MS)
    page = context.new_page()
    page.goto(office.sign_in_link(*role))
    page.wait_for_url(lambda url: "sign-in" not in url)
    return page


def test_booked_in_the_browser_scanned_at_the_kiosk_called_in_its_place(
    office: E2eOffice, phone: Page, browser: Browser
) -> None:
    start = book(phone, office, NUMBERS[0])
    token = booked(phone)
    expect(phone.locator("#time")).to_contain_text(start)
    assert phone.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
    code = scanned(phone)
    assert code == f"motcua:appt:{token}"

    walk_in = office.issue("A")["number"]  # came before the slot begins, so is called before it
    assert office.hand("scanner-1", f"scan {code}") == "ok"
    wait_until(lambda: len(waiting(office)) == 2, 30, "the ticket of the appointment")
    number = next(n for n in waiting(office) if n != walk_in)
    phone.reload()  # it looks again by itself, but only every half minute
    expect(phone.locator("#state")).to_have_text(VI("web.book.state.checked_in"), timeout=LIMIT_MS)
    expect(phone.locator("#number")).to_have_text(number)
    printed = office.data / "printed"
    wait_until(lambda: any(printed.glob("*.png")), 30, "the printed ticket")
    assert read_ticket(Image.open(next(printed.glob("*.png"))))[0] == number

    desk = signed_in(browser, office, "clerk", "--counter", "1")
    desk.goto(office.url + "/counter/1?lang=vi")
    expect(desk.locator("#queue tr", has_text=number).locator(".mark")).to_have_text(VI("web.clerk.appointment"))
    desk.context.close()
    called = []
    for _ in range(2):
        answer = office.insist("/api/v1/counters/1/call-next", {"id": f"press-{len(called):04d}"}, "clerk")
        called.append(answer["ticket"]["number"])
        assert answer["ticket"]["appointment"] == (answer["ticket"]["number"] == number)
    assert called == [walk_in, number]


def test_what_is_missing_is_said_in_the_language_of_the_page(office: E2eOffice, phone: Page) -> None:
    def refused(key: str) -> None:
        phone.click("#book")
        expect(phone.locator("#notice")).to_have_text(VI(key), timeout=LIMIT_MS)

    phone.goto(office.url + "/book?lang=vi")
    refused("web.book.missing.service")
    phone.locator("label.card", has_text="Hộ tịch").click()
    refused("web.book.missing.date")
    phone.locator("input[name=date] + span").first.click()
    refused("web.book.missing.start")
    phone.locator("#slots label:has(input:enabled)").first.click()
    refused("web.book.missing.person")
    for number in ("nguyen van a", "1234567", "1234567890123456"):
        phone.fill("#person", number)
        refused("web.book.person.form")
    phone.goto(office.url + "/book?lang=vi#abcdefghabcdefgh")
    expect(phone.locator("#told")).to_have_text(VI("web.book.unknown"), timeout=LIMIT_MS)
    assert phone.locator("#told").bounding_box()["y"] < PHONE["height"] / 2, "seen without scrolling"  # type: ignore[index]  # it is visible
    phone.goto("about:blank")
    phone.goto(office.url + "/book?lang=vi#abcdefghabcdefgh")
    phone.context.set_offline(True)
    phone.evaluate("location.hash = '#bbbbbbbbbbbbbbbb'")
    expect(phone.locator("#told")).to_have_text(VI("web.book.look.failed"), timeout=LIMIT_MS)
    phone.context.set_offline(False)


def test_one_booking_a_person_and_its_return(office: E2eOffice, phone: Page) -> None:
    book(phone, office, NUMBERS[1], slot=1)
    first = booked(phone)
    book(phone, office, "+84 987 654 321", slot=2)
    expect(phone.locator("#notice")).to_have_text(VI("web.book.error.already_booked"), timeout=LIMIT_MS)

    phone.goto(f"{office.url}/book?lang=en#{first}")
    expect(phone.locator("#state")).to_have_text(EN("web.book.state.booked"), timeout=LIMIT_MS)
    phone.click("#cancel")
    phone.click("#sure button[value=yes]")
    expect(phone.locator("#state")).to_have_text(EN("web.book.state.cancelled"), timeout=LIMIT_MS)
    phone.click("#another")
    expect(phone.locator("#form")).to_be_visible()


def test_staff_check_in_whom_the_kiosk_could_not_read(office: E2eOffice, phone: Page, browser: Browser) -> None:
    start = book(phone, office, NUMBERS[2], slot=3)
    booked(phone)
    desk = signed_in(browser, office, "clerk")
    desk.goto(office.url + "/greeter?lang=vi")
    row = desk.locator("#bookings-rows tr", has_text=start).filter(has=desk.locator("button"))
    row.locator("button").click()
    expect(desk.locator("#given-number")).to_have_text(re.compile(r"A\d{3}"), timeout=LIMIT_MS)
    desk.click("#next")
    expect(desk.locator("#bookings-rows tr", has_text=start)).to_contain_text(VI("web.bookings.state.checked_in"))
    desk.context.close()


def test_no_file_of_the_office_holds_a_number(office: E2eOffice) -> None:
    """After the others: database, its log, logs, spool, secrets."""
    files = [p for p in sorted(office.data.rglob("*")) if p.is_file() and not p.is_symlink()]
    assert any(p.name.endswith("-wal") for p in files)
    for number in (*NUMBERS, "987 654 321"):
        assert [p for p in files if number.encode() in _bytes(p)] == []


def _bytes(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError:
        return b""
