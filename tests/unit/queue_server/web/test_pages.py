"""What the pages are made of: nothing from elsewhere, nothing inline, texts by keys, scripts that old sets run."""

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import pytest
from litestar.testing import TestClient

from contracts.messages.common import CounterStatus, CounterView, TicketState
from contracts.messages.devices import DeviceHealth, HealthState
from contracts.roles import Role
from queue_server.web.pages import static
from queue_server.web.pages.manager import SVG_CSP
from queue_server.web.pages.render import FOLDER as TEMPLATES
from queue_server.web.pages.render import script_json
from runtime.i18n import Catalog
from tests.support.fake_queue import TOKEN, FakeQueue

PAGES = ("/", "/sign-in", "/board", "/counter/1", "/greeter", "/manager", "/manager/live", "/book", f"/t/{TOKEN}")
Bearer = Callable[..., dict[str, str]]


@pytest.fixture
def show(client: TestClient, bearer: Bearer) -> Callable[[str], str]:
    headers = bearer(Role.ADMIN)

    def get(path: str) -> str:
        response = client.get(path, headers=headers)
        assert response.status_code == 200, path
        return str(response.text)

    return get


@pytest.mark.parametrize("lang", ["vi", "en"])
@pytest.mark.parametrize("path", PAGES)
def test_nothing_inline_and_nothing_from_elsewhere(show: Callable[[str], str], path: str, lang: str) -> None:
    html = show(f"{path}?lang={lang}")
    assert not re.search(r"\son\w+\s*=", html), "an inline handler"
    assert not re.search(r"<style|\sstyle=", html)
    assert not re.search(r'(src|href|action)="(https?:)?//', html)
    for script in re.findall(r"<script([^>]*)>", html):
        assert 'src="/static/' in script or 'type="application/json"' in script
    for address in re.findall(r'(?:src|href)="(/static/[^"?]+)\?v=', html):
        assert address.removeprefix("/static/") in static.assets()


def test_the_language_is_asked_once(client: TestClient) -> None:
    assert 'lang="vi"' in client.get("/").text
    assert 'lang="en"' in client.get("/?lang=en").text
    assert Catalog.load("en").text("web.index.hello") in client.get("/").text
    assert 'lang="vi"' in client.get("/?lang=xx").text or 'lang="en"' in client.get("/?lang=xx").text
    client.cookies.clear()
    client.cookies.set("lang", "../../etc/passwd")
    assert 'lang="vi"' in client.get("/").text


def test_the_first_page_offers_what_the_role_may(client: TestClient, bearer: Bearer) -> None:
    def links(role: Role, counter: int | None = None) -> set[str]:
        return set(re.findall(r'class="tile" href="([^"]+)"', client.get("/", headers=bearer(role, counter)).text))

    assert links(Role.ANONYMOUS) == {"/board", "/book", "/sign-in"}
    assert links(Role.CLERK, 3) == {"/board", "/book", "/greeter", "/counter/3"}
    assert {"/manager", "/counter/8"} <= links(Role.MANAGER)


def test_every_web_key_is_in_both_languages_with_the_same_parameters() -> None:
    vi, en = Catalog.load("vi"), Catalog.load("en")
    keys = {key for key in vi.keys | en.keys if key.startswith("web.")}
    for key in keys:
        assert key in vi.keys, key
        assert key in en.keys, key
        assert set(re.findall(r"\{(\w+)\}", vi.text(key))) == set(re.findall(r"\{(\w+)\}", en.text(key))), key


def test_every_key_in_the_scripts_and_templates_exists() -> None:
    known = Catalog.load("vi").keys
    for path in (*static.FOLDER.glob("*.js"), *TEMPLATES.glob("*.html")):
        for key in re.findall(r'"((?:web|common|board)\.[a-z0-9_.-]*[a-z0-9])"', path.read_text()):
            # A prefix that a script completes has keys below it.
            assert key in known or any(k.startswith(key) for k in known), f"{path.name}: {key}"


def test_no_text_of_a_person_stands_in_templates_or_scripts() -> None:
    vietnamese = re.compile("[ăâđêôơưĂÂĐÊÔƠƯạảấầẩẫậắằẳẵặẹẻẽếềểễệỉịọỏốồổỗộớờởỡợụủứừửữựỳỵỷỹ]")
    for path in (*static.FOLDER.iterdir(), *TEMPLATES.glob("*.html")):
        assert not vietnamese.search(path.read_text()), path.name


def test_colours_come_from_the_themes() -> None:
    rules = (static.FOLDER / "style.css").read_text()
    rules = re.sub(r"/\*.*?\*/", "", rules, flags=re.DOTALL)
    found = set(re.findall(r"#[0-9a-fA-F]{3,6}\b", rules)) - {"#form"}
    assert found <= {"#000"}, found  # black ink on paper, nothing else
    css = static.stylesheet()
    used = set(re.findall(r"var\((--[a-z-]+)\)", css))
    assert used <= set(re.findall(r"(--[a-z-]+):", css)), "a token that no theme has"


def test_the_boards_script_is_old_enough_for_old_televisions() -> None:
    script = (static.FOLDER / "board.js").read_text()
    code = re.sub(r'//[^\n]*|"(?:[^"\\]|\\.)*"', "", script)
    for new in (r"\blet\b", r"\bconst\b", "=>", "`", r"\bclass\b", r"\basync\b", r"\bfetch\b", r"\bPromise\b",
                r"\.\.\.", r"\.includes\(", r"\.append\(", r"\?\.", r"\bfor \(\w+ \w+ of"):  # fmt: skip
        assert not re.search(new, code), new


def test_values_cannot_break_out_of_the_page() -> None:
    text = str(script_json({"a": "</script><script>alert(1)</script>&<!--"}))
    assert "<" not in text
    assert ">" not in text
    assert json.loads(text)["a"].startswith("</script>")


def test_an_office_name_is_escaped(client: TestClient, queue: FakeQueue) -> None:
    head = msgspec.structs.replace(queue.office.office, short_name={"vi": '<img src=x onerror="x">'})
    queue.office = msgspec.structs.replace(queue.office, office=head)
    assert "<img src=x" not in client.get("/").text


def test_the_clerks_page_starts_with_the_counters_state(show: Callable[[str], str], queue: FakeQueue) -> None:
    ticket = queue.view(state=TicketState.CALLED, counter=1)
    queue.counter_view = CounterView(1, CounterStatus.OPEN, 4, ticket)
    html = show("/counter/1")
    desk = json.loads(re.search(r'id="desk">(.*?)</script>', html)[1])  # type: ignore[index]  # fails when missing
    assert desk["snapshot"]["counter"]["ticket"]["number"] == "A015"
    assert [row["number"] for row in desk["queue"]["tickets"]] == ["A015", "A016"]
    keys = re.findall(r'data-key="(\d)"', html)
    assert keys == list("123456789")
    assert re.findall(r"<kbd>(\d)</kbd>", html) == keys


def test_the_manager_reads_the_answer_first(show: Callable[[str], str], client: TestClient, bearer: Bearer) -> None:
    html = show("/manager")
    answer = Catalog.load("vi").text("web.manager.answer.waiting", count=3, minutes=12, target=30)
    assert answer in html
    assert html.index(answer) < html.index("<table")
    assert "Máy in hết giấy" in html
    assert 'href="/api/v1/reports/waits?by=service,hour&amp;format=csv&amp;lang=vi"' in html
    picture = client.get("/manager/waits.svg?by=hour", headers=bearer(Role.MANAGER))
    assert picture.headers["content-type"].startswith("image/svg+xml")
    assert picture.headers["content-security-policy"] == SVG_CSP
    assert "script-src" not in SVG_CSP


def test_nobody_waiting_is_said(show: Callable[[str], str], queue: FakeQueue, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(queue, "queue", tuple)
    assert Catalog.load("vi").text("web.manager.answer.none") in show("/manager")


def test_the_phone_page_tells_no_secret(client: TestClient) -> None:
    html = client.get(f"/t/{TOKEN}").text
    assert "A015" in html
    assert "H00-261101" not in html
    gone = client.get("/t/gone")
    assert (gone.status_code, Catalog.load("vi").text("web.problem.unknown_ticket") in gone.text) == (404, True)


@pytest.mark.parametrize("name", ["../app.py", "..%2fapp.py", "style.scss", "counter.html", "%2e%2e%2froutes.py"])
def test_only_our_assets_are_served(client: TestClient, name: str) -> None:
    assert client.get(f"/static/{name}").status_code == 404


def test_fonts_and_style_are_served(client: TestClient) -> None:
    css: Any = client.get(static.asset_url("style.css"))
    assert "--called:#FFC933" in css.text
    for address in re.findall(r'url\("([^"]+)"\)', css.text):
        font = client.get(address)
        assert font.headers["content-type"] == "font/ttf"
        assert font.content[:4] == b"\x00\x01\x00\x00"


def test_the_frame_for_browsers_without_events(client: TestClient) -> None:
    frame = client.get("/board/frame.json").json()
    assert frame["spotlight"]["number"] == "A014"
    assert all(isinstance(row["word"], str) for row in frame["rows"])
    assert all(isinstance(text, str) for text in (*frame["ticker"], frame["date"]))


def test_templates_are_all_used() -> None:
    code = "".join(path.read_text() for path in (Path(static.__file__).parent).glob("*.py"))
    inner = {"base.html"}
    assert {path.name for path in TEMPLATES.glob("*.html")} - inner <= set(re.findall(r'"(\w+\.html)"', code))


def test_a_manager_reads_which_papers_are_not_in_the_queue(
    show: Callable[[str], str], queue: FakeQueue, monkeypatch: pytest.MonkeyPatch
) -> None:
    told = "2 numbers not taken over: A998 (lease_unknown), C997 (lease_spent)"  # as kiosk/adapters/spool.py says it
    sick = DeviceHealth("kiosk-1-spool", HealthState.WARN, queue.clock.now(), "lease_spent", told)
    monkeypatch.setattr(queue, "devices", lambda: (sick,))
    assert Catalog.load("vi").text("web.manager.answer.papers", numbers="A998, C997") in show("/manager/live?lang=vi")
    well = msgspec.structs.replace(sick, state=HealthState.OK, code=None)
    monkeypatch.setattr(queue, "devices", lambda: (well,))
    assert "A998" not in show("/manager/live?lang=vi")
