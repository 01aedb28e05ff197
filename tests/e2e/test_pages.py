"""The pages in a real Chromium, before the real server, database and broker: what people at the counters do."""

import os
import re
import signal
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright

from contracts.errors import ERRORS
from contracts.messages.counters import Help, Recall
from contracts.roles import Role
from queue_server.access import Access
from runtime.i18n import Catalog
from runtime.mqtt import Subscription
from tests.support.broker import mosquitto
from tests.support.server_process import ServerProcess

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(180)]

CHROMIUM = "/usr/bin/chromium"
ARGS = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
]  # fmt: skip
PHONE, DESK, TV = (360, 740), (1280, 800), (1280, 720)
VI = Catalog.load("vi").text


class Server(ServerProcess):
    """The queue server as its own process, and the way in that a person takes."""

    def sign_in_link(self, role: Role, counter: int | None = None) -> str:
        return f"{self.url}/sign-in#{Access.open(self.data).code(role, counter)}"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    data = tmp_path_factory.mktemp("office")
    with mosquitto(data) as broker:
        found = Server(data, broker)
        found.start()
        yield found
        found.stop()


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    if not os.access(CHROMIUM, os.X_OK):
        pytest.skip("no Chromium on this machine")
    with sync_playwright() as play:
        found = play.chromium.launch(executable_path=CHROMIUM, args=ARGS)
        yield found
        found.close()


Opened = Callable[..., Page]


@pytest.fixture
def opened(browser: Browser, server: Server) -> Iterator[Opened]:
    """Opens a browser of its own, signs in, and fails the test for any script error or foreign request."""
    contexts: list[BrowserContext] = []
    wrong: list[str] = []

    def open_(path: str, role: Role | None = None, counter: int | None = None, size: tuple[int, int] = DESK) -> Page:
        context = browser.new_context(viewport={"width": size[0], "height": size[1]})
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(10_000)
        page.on("pageerror", lambda error: wrong.append(f"script: {error}"))
        page.on("console", lambda said: wrong.append(said.text) if "Content Security Policy" in said.text else None)
        page.on("request", lambda asked: wrong.append(asked.url) if not asked.url.startswith(server.url) else None)
        if role is not None:
            page.goto(server.sign_in_link(role, counter))
            page.wait_for_url(re.compile(r"/(counter/\d+|manager|)$"))
        page.goto(server.url + path)
        return page

    yield open_
    for context in contexts:
        context.close()
    assert wrong == []


def issue(server: Server, service: str, priority: str = "normal") -> dict[str, Any]:
    body = {"id": os.urandom(8).hex(), "service": service, "priority": priority}
    with server.api(Role.CLERK) as api:
        answer = api.post("/api/v1/tickets", json=body)
    assert answer.status_code == 201, answer.text
    issued: dict[str, Any] = answer.json()
    return issued


def key(page: Page, name: str) -> None:
    """Presses a key once the desk is free: its event may show a call before the answer to the click is there."""
    expect(page.locator("#primary")).to_have_attribute("aria-disabled", "false")
    page.keyboard.press(name)


def click_primary(page: Page) -> None:
    expect(page.locator("#primary")).to_have_attribute("aria-disabled", "false")
    page.click("#primary")


def boxes(page: Page, *selectors: str) -> list[Any]:
    return [page.locator(selector).bounding_box() for selector in selectors]


def test_a_clerk_serves_a_visitor_by_the_one_big_button(opened: Opened, server: Server) -> None:
    number = issue(server, "F")["number"]
    page = opened("/counter/5", Role.CLERK, 5)
    primary, shown = page.locator("#primary-label"), page.locator("#number")
    if primary.text_content() == VI("web.clerk.act.open"):
        click_primary(page)
    expect(primary).to_have_text(VI("web.clerk.act.call-next"))
    still = boxes(page, "#primary", '[data-act="recall"]', '[data-act="help"]')
    click_primary(page)
    expect(shown).to_have_text(number)
    expect(primary).to_have_text(VI("web.clerk.act.start"))
    key(page, "2")
    expect(page.locator("#notice")).to_have_text(VI("web.clerk.done.recall", number=number))
    key(page, "1")
    expect(primary).to_have_text(VI("web.clerk.act.finish"))
    expect(page.locator('[data-act="hold"]')).to_be_enabled()
    expect(page.locator('[data-act="requeue"]')).to_be_disabled()  # only who was called goes back to the queue
    page.locator('[data-act="close"]').click()
    expect(page.locator("#notice")).to_have_text(VI("web.clerk.error.close.counter_busy"))
    click_primary(page)
    expect(shown).to_have_text(VI("web.clerk.none"))
    expect(page.locator("#served")).to_have_text("1")
    assert boxes(page, "#primary", '[data-act="recall"]', '[data-act="help"]') == still, "something moved"


def test_nobody_waiting_is_said_and_a_refusal_is_readable(opened: Opened, server: Server) -> None:
    page = opened("/counter/4", Role.CLERK, 4)
    if page.locator("#primary-label").text_content() == VI("web.clerk.act.open"):
        click_primary(page)
        expect(page.locator("#primary-label")).to_have_text(VI("web.clerk.act.call-next"))
    click_primary(page)
    expect(page.locator("#notice")).to_have_text(VI("web.clerk.nobody"))
    page.fill("#call-number", "e99")  # E099
    page.keyboard.press("Enter")
    expect(page.locator("#notice")).to_have_class("notice bad")
    expect(page.locator("#notice")).to_have_text(VI("web.clerk.error.call.unknown_ticket"))
    for typed in ("", "12", "e9x9"):
        page.fill("#call-number", typed)
        page.keyboard.press("Enter")
        expect(page.locator("#notice")).to_have_text(VI("web.clerk.error.call.bad_number"))


def test_one_click_is_one_command_over_lost_answers(opened: Opened, server: Server) -> None:
    first, second = issue(server, "H")["number"], issue(server, "H")["number"]
    page = opened("/counter/6", Role.CLERK, 6)
    if page.locator("#primary-label").text_content() == VI("web.clerk.act.open"):
        click_primary(page)
        expect(page.locator("#primary-label")).to_have_text(VI("web.clerk.act.call-next"))
    sent: list[str] = []

    def lose_two(route: Any) -> None:
        sent.append(route.request.post_data_json["id"])
        if len(sent) <= 2:
            route.fetch()  # it arrives and is done there, but its answer is lost
            route.abort()
        else:
            route.continue_()

    page.route("**/call-next", lose_two)
    page.dblclick("#primary")
    page.click("#primary", force=True)
    expect(page.locator("#number")).to_have_text(first)
    expect(page.locator("#primary")).to_have_attribute("aria-disabled", "false")
    assert len(sent) >= 3
    assert len(set(sent)) == 1
    expect(page.locator("#primary-label")).to_have_text(VI("web.clerk.act.start"))
    assert second in (page.locator("#queue").text_content() or "")


def test_hasty_clicks_do_one_thing(opened: Opened, server: Server) -> None:
    number = issue(server, "S")["number"]
    page = opened("/counter/8", Role.CLERK, 8)
    if page.locator("#primary-label").text_content() == VI("web.clerk.act.open"):
        click_primary(page)
        expect(page.locator("#primary-label")).to_have_text(VI("web.clerk.act.call-next"))
    expect(page.locator("#primary")).to_have_attribute("aria-disabled", "false")
    box = page.locator("#primary").bounding_box()
    assert box is not None
    for _ in range(4):  # the button means another thing after the first click; fingers are faster than eyes
        page.mouse.click(box["x"] + 40, box["y"] + 20)
        page.wait_for_timeout(60)
    expect(page.locator("#number")).to_have_text(number)
    expect(page.locator("#primary-label")).to_have_text(VI("web.clerk.act.start"))
    click_primary(page)
    expect(page.locator("#primary-label")).to_have_text(VI("web.clerk.act.finish"))
    click_primary(page)
    expect(page.locator("#number")).to_have_text(VI("web.clerk.none"))


def test_a_call_from_elsewhere_does_not_turn_a_click_into_another_act(opened: Opened, server: Server) -> None:
    number = issue(server, "L")["number"]
    page = opened("/counter/7", Role.CLERK, 7)
    if page.locator("#primary-label").text_content() == VI("web.clerk.act.open"):
        click_primary(page)
        expect(page.locator("#primary-label")).to_have_text(VI("web.clerk.act.call-next"))
    expect(page.locator("#live")).to_have_text(VI("web.live"))
    # A click lands in the very moment in which the hardware button's call arrives on the page.
    page.evaluate(
        """() => new MutationObserver((_, watch) => { watch.disconnect(); document.getElementById("primary").click(); })
        .observe(document.getElementById("number"), { childList: true })"""
    )
    with server.api(Role.MANAGER) as api:
        api.post("/api/v1/counters/7/call-next", json={"id": os.urandom(8).hex()})
    expect(page.locator("#number")).to_have_text(number)
    expect(page.locator("#notice")).to_have_text(VI("web.clerk.changed"))
    expect(page.locator("#primary-label")).to_have_text(VI("web.clerk.act.start"))


def test_transfer_pause_and_hold(opened: Opened, server: Server) -> None:
    number = issue(server, "C")["number"]
    page = opened("/counter/2", Role.CLERK, 2)
    if page.locator("#primary-label").text_content() == VI("web.clerk.act.open"):
        click_primary(page)
        expect(page.locator("#primary-label")).to_have_text(VI("web.clerk.act.call-next"))
    click_primary(page)
    expect(page.locator("#number")).to_have_text(number)
    key(page, "1")
    expect(page.locator("#primary-label")).to_have_text(VI("web.clerk.act.finish"))
    key(page, "5")
    expect(page.locator("#held")).to_contain_text(number)
    page.click("#held button")
    expect(page.locator("#number")).to_have_text(number)
    key(page, "6")
    page.select_option("#to-service", "S")
    page.click('#transfer button[value="go"]')
    expect(page.locator("#notice")).to_have_text(VI("web.clerk.done.transfer", number=number))
    key(page, "8")
    page.click("#pause button >> nth=0")
    expect(page.locator("#status")).to_have_text(VI("web.clerk.status.paused"))
    expect(page.locator("#reason")).to_have_text(VI("web.clerk.pause.short"))
    key(page, "8")
    expect(page.locator("#status")).to_have_text(VI("web.clerk.status.open"))


def test_one_tap_on_a_result_finishes_and_a_visit_goes_on_with_another_service(opened: Opened, server: Server) -> None:
    number = issue(server, "F")["number"]
    page = opened("/counter/5", Role.CLERK, 5)  # F, and helps with E
    expect(page.locator('[data-result="received"]')).to_be_disabled()
    click_primary(page)
    expect(page.locator("#number")).to_have_text(number)
    key(page, "1")
    expect(page.locator('[data-act="more"]')).to_be_enabled()
    page.click('[data-act="more"]')
    page.click('#more button[value="E"]')
    expect(page.locator("#notice")).to_have_text(VI("web.clerk.done.more", number=number))
    expect(page.locator("#service")).to_have_text("Đất đai")
    expect(page.locator("#primary")).to_have_attribute("aria-disabled", "false")
    page.click('[data-result="done"]')
    expect(page.locator("#notice")).to_have_text(VI("web.clerk.done.finish", number=number))
    expect(page.locator("#number")).to_have_text(VI("web.clerk.none"))


def test_a_refused_press_of_the_button_is_said_on_the_page_of_its_counter(opened: Opened, server: Server) -> None:
    page = opened("/counter/5", Role.CLERK, 5)
    expect(page.locator("#live")).to_have_text(VI("web.live"))
    bridge = server.broker.link("bridge-1", Subscription("reply", {"user": "bridge-1"}))
    bridge.link.publish("cmd.recall", Recall(id="press-000001", counter=5), user="bridge-1")
    assert bridge.wait("reply").error.code == "no_current_ticket"
    expect(page.locator("#notice")).to_have_text(VI("web.clerk.button_refused", why=ERRORS["no_current_ticket"].vi))
    bridge.link.publish("cmd.help", Help(id="press-000002", counter=5), user="bridge-1")
    bridge.wait("reply", lambda reply: reply.id == "press-000002")
    expect(page.locator("#notice")).to_have_text("", timeout=15_000)  # it does not stay for ever


def test_the_board_shows_a_call_within_a_second(opened: Opened, server: Server) -> None:
    board = opened("/board", size=TV)
    with server.api(Role.MANAGER) as api:
        api.post("/api/v1/counters/8/open", json={"id": os.urandom(8).hex()})
        number = issue(server, "U")["number"]
        api.post("/api/v1/counters/8/call", json={"id": os.urandom(8).hex(), "number": number})
    expect(board.locator("#rows")).to_contain_text(number, timeout=1000)
    # The calls of the tests before may still have their turn in the spotlight, four seconds each.
    expect(board.locator("#spot-number")).to_have_text(number, timeout=30_000)
    expect(board.locator("#spot-go")).to_contain_text("Quầy 8")
    expect(board.locator("#stale")).to_be_hidden()


def test_a_greeter_gives_a_number(opened: Opened, server: Server) -> None:
    page = opened("/greeter", Role.CLERK)
    page.click("#issue")
    expect(page.locator("#notice")).to_have_text(VI("web.greeter.choose"))
    page.locator(".card", has_text="Bảo trợ xã hội").click()
    page.locator(".chip", has_text="Người khuyết tật").click()
    page.locator(".chip", has_text=VI("web.lang.en")).click()
    page.click("#issue")
    number = page.locator("#given-number")
    expect(number).to_have_text(re.compile(r"^H\d{3}$"))
    expect(page.locator("#given-priority")).to_have_text("Người khuyết tật")
    with server.api(Role.MANAGER) as api:
        rows = api.get("/api/v1/counters/6/queue").json()["tickets"]
    [mine] = [row for row in rows if row["number"] == number.text_content()]
    assert (mine["priority"], mine["lang"]) == ("disabled", "en")
    page.click("#next")
    expect(page.locator("#given")).to_be_hidden()


def test_a_phone_follows_its_ticket_to_the_counter(opened: Opened, server: Server) -> None:
    issued = issue(server, "E")
    page = opened(f"/t/{issued['token']}", size=PHONE)
    expect(page.locator("#state")).to_have_text(VI("web.phone.waiting"))
    with server.api(Role.MANAGER) as api:
        api.post("/api/v1/counters/4/open", json={"id": os.urandom(8).hex()})
        answer = api.post("/api/v1/counters/4/call", json={"id": os.urandom(8).hex(), "number": issued["number"]})
        assert answer.status_code == 200, answer.text
    expect(page.locator("#state")).to_have_text(VI("web.phone.called", counter="Quầy 4"), timeout=15_000)
    expect(page.locator("#cancel")).to_be_hidden()


def test_a_phone_gives_its_ticket_back(opened: Opened, server: Server) -> None:
    page = opened(f"/t/{issue(server, 'E')['token']}", size=PHONE)
    page.click("#cancel")
    page.click('#sure button[value="yes"]')
    expect(page.locator("#state")).to_have_text(VI("web.phone.cancelled"))


def test_the_manager_sees_the_day_and_takes_it_home(opened: Opened, server: Server) -> None:
    page = opened("/manager", Role.MANAGER)
    expect(page.locator(".answer-first")).to_contain_text(re.compile(r"\d"))
    for picture in page.locator("[data-chart]").all():
        assert picture.evaluate("image => image.complete && image.naturalWidth > 0")
    before = page.locator(".answer-first").text_content()
    issue(server, "S")
    expect(page.locator(".answer-first")).not_to_have_text(before or "", timeout=10_000)
    with page.expect_download() as download:
        page.locator("a[href*='format=csv']").first.click()
    text = download.value.path().read_text(encoding="utf-8-sig")
    assert text.startswith(VI("web.report.service"))


@pytest.mark.parametrize("lang", ["vi", "en"])
@pytest.mark.parametrize("size", [PHONE, DESK])
def test_no_page_is_wider_than_its_screen(opened: Opened, server: Server, size: tuple[int, int], lang: str) -> None:
    page = opened(f"/?lang={lang}", Role.MANAGER, size=size)
    for path in ("/", "/counter/1", "/greeter", "/manager"):
        page.goto(server.url + path)
        wide, screen = page.evaluate("[document.documentElement.scrollWidth, innerWidth]")
        assert wide <= screen, path
        low = "[...document.querySelectorAll('main button')].filter(b => b.offsetHeight && b.offsetHeight < 44).length"
        assert page.evaluate(low) == 0, f"a button on {path} is too low for a finger"


def test_a_sign_in_link_works_once(opened: Opened, server: Server) -> None:
    link = server.sign_in_link(Role.CLERK, 3)
    first = opened("/sign-in")
    first.goto("about:blank")
    first.goto(link)
    first.wait_for_url("**/counter/3")
    assert first.evaluate("document.cookie").find("session") == -1
    second = opened("/sign-in")
    second.evaluate("link => { location.hash = link.split('#')[1]; location.reload(); }", link)
    expect(second.locator("#notice")).to_have_text(VI("web.sign_in.failed"))
    assert "#" not in second.url
    assert second.goto(server.url + "/counter/3").status == 401  # type: ignore[union-attr]  # a page was opened


def test_a_lost_server_is_shown_and_found_again(opened: Opened, server: Server) -> None:
    desk, board = opened("/counter/1", Role.CLERK, 1), opened("/board", size=TV)
    expect(desk.locator("#live")).to_have_text(VI("web.live"))
    server.stop(signal.SIGKILL)
    expect(desk.locator("#live")).to_have_text(VI("web.lost"), timeout=15_000)
    expect(board.locator("#stale")).to_have_text(VI("web.board.lost"), timeout=20_000)
    server.start()
    expect(desk.locator("#live")).to_have_text(VI("web.live"), timeout=20_000)
    expect(board.locator("#stale")).to_be_hidden(timeout=20_000)
    number = issue(server, "A")["number"]
    expect(desk.locator("#queue")).to_contain_text(number, timeout=10_000)
