"""Wrong input at every door of a running office: a stable code, a clear message, and nothing has changed.

What `up` itself refuses before it starts anything is in test_launcher.py.
"""

import json
import threading
import uuid
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx
import paho.mqtt.client as mqtt
import pytest
from PIL import Image

from tests.support.e2e_eyes import read_text
from tests.support.e2e_office import E2eOffice, motcua, office_file, running, wait_until

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(240)]

LIMIT_S = 20.0
ROOT_TOPIC = "motcua/v1/mau-01"
UNUSED = "H00.12-261122-9001", "H00.12-261122-9002", "H00.12-261122-9003"
"""Well-formed dossier codes that the sample does not have."""
RECEIPT = "000.00.12.H00-261102-0019"
HOME = "diện ưu tiên"  # words of the first screen
NOT_A_RECEIPT = "không phải mã"


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[E2eOffice]:
    folder = tmp_path_factory.mktemp("bad")
    with running(office_file(folder / "office", {}), folder / "data", "--headless") as made:
        before = made.processes()
        yield made
        assert made.processes() == before, "no wrong input ended a process"
        logs = {path.name: path.read_text() for path in (made.data / "logs").iterdir()}
        assert [name for name, text in logs.items() if "Traceback" in text] == []


def standing(office: E2eOffice) -> dict[str, Any]:
    """What the lobby sees and what the report counts."""
    board = office.ask("GET", "/api/v1/board").json()
    report = office.ask("GET", "/api/v1/reports/waits?by=service,counter", "manager").json()
    return {"calls": board["calls"], "counters": board["counters"], "services": board["services"], "report": report}


@pytest.fixture(autouse=True)
def unchanged(office: E2eOffice) -> Iterator[None]:
    before = standing(office)
    yield
    assert standing(office) == before
    printed = [path for name in ("printed", "spoken") for path in (office.data / name).iterdir()]
    assert printed == []


def a_ticket(**fields: Any) -> bytes:
    return json.dumps({"id": str(uuid.uuid4()), "service": "A", **fields}).encode()


def an_id(**fields: Any) -> bytes:
    return json.dumps({"id": str(uuid.uuid4()), **fields}).encode()


TICKETS, LOOKUP, NEXT = "/api/v1/tickets", "/api/v1/dossiers/lookup", "/api/v1/counters/1/call-next"
REPORT = "/api/v1/reports/waits"
HTTP_CASES = (
    ("POST", TICKETS, a_ticket(service="Z"), "device", 404, "unknown_service"),
    ("POST", TICKETS, b'{"id": "cut off', "device", 400, "malformed"),
    ("POST", TICKETS, b"", "device", 400, "malformed"),
    ("POST", TICKETS, b"[]", "device", 400, "malformed"),
    ("POST", TICKETS, b"\xff\xfe\x00A", "device", 400, "malformed"),
    ("POST", TICKETS, b"[" * 20_000, "device", 400, "malformed"),
    ("POST", TICKETS, b'{"service": "A"}', "device", 400, "malformed"),
    ("POST", TICKETS, a_ticket(service=7), "device", 400, "malformed"),
    ("POST", TICKETS, a_ticket(service=["A"]), "device", 400, "malformed"),
    ("POST", TICKETS, a_ticket(lang="tiếng Việt"), "device", 400, "malformed"),
    ("POST", TICKETS, a_ticket(id="1"), "device", 400, "malformed"),
    ("POST", TICKETS, a_ticket(priority="king"), "device", 422, "unknown_priority"),
    ("POST", TICKETS, a_ticket(procedure="x" * 70_000), "device", 413, "too_large"),
    ("POST", TICKETS, a_ticket(), None, 401, "unauthorised"),
    ("GET", TICKETS, None, "device", 405, "method_not_allowed"),
    ("GET", f"{TICKETS}/nosuchtoken", None, None, 404, "unknown_ticket"),
    ("GET", f"{TICKETS}/{'x' * 5000}", None, None, 404, "unknown_ticket"),
    ("POST", "/api/v1/counters/99/call-next", an_id(), "clerk", 404, "unknown_counter"),
    ("POST", "/api/v1/counters/one/call-next", an_id(), "clerk", 404, "not_found"),
    ("POST", "/api/v1/counters/1/explode", an_id(), "clerk", 404, "not_found"),
    ("POST", "/api/v1/counters/1/recall", an_id(), "clerk", 409, "no_current_ticket"),
    ("POST", "/api/v1/counters/1/call", an_id(number="A500"), "clerk", 404, "unknown_ticket"),
    ("POST", "/api/v1/counters/1/call", an_id(number="A9"), "clerk", 400, "malformed"),
    ("POST", "/api/v1/counters/1/transfer", an_id(to_service="Z"), "clerk", 409, "no_current_ticket"),
    ("POST", "/api/v1/services/A/close", an_id(), "clerk", 403, "forbidden"),
    ("POST", "/api/v1/services/Z/close", an_id(), "manager", 404, "unknown_service"),
    ("POST", LOOKUP, b'{"code": "not a code"}', "device", 422, "bad_dossier_code"),
    ("POST", LOOKUP, json.dumps({"code": UNUSED[0]}).encode(), "device", 404, "dossier_unknown"),
    ("POST", "/api/v1/dossiers/import", b"[]", "manager", 403, "forbidden"),
    ("GET", f"{REPORT}?by=banana", None, "manager", 400, "malformed"),
    ("GET", f"{REPORT}?from=2026-13-01", None, "manager", 400, "malformed"),
    ("GET", f"{REPORT}?format=pigeon", None, "manager", 400, "malformed"),
    ("GET", REPORT, None, "clerk", 403, "forbidden"),
    ("GET", "/no/such/page", None, None, 404, "not_found"),
)  # fmt: skip


def test_http_refuses_with_a_code_and_changes_nothing(office: E2eOffice) -> None:
    wrong = []
    for method, path, body, role, status, code in HTTP_CASES:
        headers = {"Content-Type": "application/json"} if body is not None else {}
        answer = office.ask(method, path, *([role] if role else []), content=body, headers=headers)
        got = problem(answer)
        if got[:2] != (status, code) or not got[2]:
            wrong.append((method, path[:60], (body or b"")[:60], "expected", status, code, "got", *got))
    assert wrong == []


def problem(answer: httpx.Response) -> tuple[int, str, str]:
    """(status, code, title for people) of a problem document; the body where it is none."""
    if answer.headers.get("content-type") != "application/problem+json":
        return answer.status_code, answer.text[:200], ""
    document = answer.json()
    assert document["status"] == answer.status_code
    return answer.status_code, str(document["code"]), str(document["title"])


def test_a_wrong_bearer_token_opens_nothing(office: E2eOffice) -> None:
    good = office.token("manager")
    for token in ("x", good[:-2] + "xx", f"{good}{good}", "Bearer", "é" * 3):
        answer = office.ask("GET", REPORT, headers={"Authorization": f"Bearer {token}".encode()})
        assert problem(answer)[:2] == (401, "unauthorised"), token


# ---- MQTT ----------------------------------------------------------------------------------------------------------


class Demo:
    """A real MQTT client with the demo's own user name and secret."""

    def __init__(self, office: E2eOffice) -> None:
        self.replies: list[dict[str, Any]] = []
        self.news = threading.Condition()
        self.client = mqtt.Client(mqtt.CallbackAPIVersion.VERSION2, protocol=mqtt.MQTTv5)
        self.client.username_pw_set("demo-1", (office.data / "secrets" / "mqtt" / "demo-1").read_text().strip())
        self.client.on_message = self._heard
        self.client.connect(*office.mqtt)
        self.client.loop_start()
        self.client.subscribe(f"{ROOT_TOPIC}/reply/demo-1", qos=1)

    def _heard(self, _client: Any, _userdata: Any, message: mqtt.MQTTMessage) -> None:
        with self.news:
            self.replies.append(json.loads(message.payload))
            self.news.notify_all()

    def publish(self, topic: str, payload: bytes, *, retain: bool = False) -> None:
        self.client.publish(f"{ROOT_TOPIC}/{topic}" if not topic.startswith("/") else topic[1:], payload, 1, retain)

    def reply(self, count: int) -> dict[str, Any]:
        """The `count`-th reply (1 is the first)."""
        with self.news:
            assert self.news.wait_for(lambda: len(self.replies) >= count, LIMIT_S), self.replies
        return self.replies[count - 1]

    def ask(self, verb: str, payload: bytes) -> dict[str, Any]:
        count = len(self.replies) + 1
        self.publish(f"cmd/demo-1/{verb}", payload)
        return self.reply(count)


@pytest.fixture
def demo(office: E2eOffice) -> Iterator[Demo]:
    made = Demo(office)
    yield made
    made.client.disconnect()
    made.client.loop_stop()


NOBODY = "unknown"  # the id of a reply to something without a readable id
MQTT_CASES: tuple[tuple[str, bytes, str, str], ...] = (
    ("issue", b'{"id": "aaaaaaaa-1", "service": "Z"}', "aaaaaaaa-1", "unknown_service"),
    ("issue", b'{"id": "aaaaaaaa-2", "service": 7}', "aaaaaaaa-2", "malformed"),
    ("issue", b'{"id": "aaaaaaaa-3", "service": "A", "priority": "king"}', "aaaaaaaa-3", "unknown_priority"),
    ("issue", b'{"id": "aaaaaaaa-4"', NOBODY, "malformed"),
    ("issue", b"", NOBODY, "malformed"),
    ("issue", b"\xff\xfe", NOBODY, "malformed"),
    ("issue", b"null", NOBODY, "malformed"),
    ("issue", b"[" * 3000, NOBODY, "malformed"),
    ("issue", b'{"id": "aaaaaaaa-5", "procedure": "' + b"x" * 20_000 + b'"}', NOBODY, "too_large"),
    ("call-next", b'{"id": "aaaaaaaa-6", "counter": 98}', "aaaaaaaa-6", "unknown_counter"),
    ("call-next", b'{"id": "aaaaaaaa-7", "counter": "one"}', "aaaaaaaa-7", "malformed"),
    ("call", b'{"id": "aaaaaaaa-8", "counter": 1, "number": "A500"}', "aaaaaaaa-8", "unknown_ticket"),
    ("recall", b'{"id": "aaaaaaaa-9", "counter": 1}', "aaaaaaaa-9", "no_current_ticket"),
    (
        "issue",
        b'{"id": "aaaaaaaa-10", "service": "A", "sent_at_ms": 1000, "ttl_ms": 1000}',
        "aaaaaaaa-10",
        "expired",
    ),
)


def test_mqtt_refuses_with_a_code_to_its_actor(demo: Demo) -> None:
    wrong = []
    for verb, payload, command_id, code in MQTT_CASES:
        reply = demo.ask(verb, payload)
        got = reply["id"], reply["ok"], (reply["error"] or {}).get("code")
        if got != (command_id, False, code):
            wrong.append((verb, payload[:50], "expected", command_id, code, "got", got))
    assert wrong == []


def test_what_the_broker_drops_reaches_nobody(office: E2eOffice, demo: Demo) -> None:
    fake = json.dumps(office.ask("GET", "/api/v1/board").json() | {"version": {"epoch": 9999999999, "seq": 1}})
    for topic in ("cmd/kiosk-1/issue", "cmd/demo-1/explode", "cmd/demo-1/lookup-dossier", "cmd/server/issue"):
        demo.publish(topic, b'{"id": "bbbbbbbb-1", "service": "A", "code": "x"}')
    demo.publish("state/board", fake.encode(), retain=True)
    demo.publish("sign/sign-1/desired", b'{"sign": "sign-1", "text": "A666<1"}', retain=True)
    reply = demo.ask("call-next", an_id(counter=8))  # the door still works; nobody waits
    assert (reply["ok"], reply["ticket"], len(demo.replies)) == (True, None, 1)
    signs = json.loads((office.data / "signs" / "sign-1.json").read_text())
    assert "A666" not in str(signs)


def test_a_packet_over_the_brokers_limit_ends_its_client_only(office: E2eOffice, demo: Demo) -> None:
    flooding = Demo(office)
    gone = threading.Event()
    flooding.client.on_disconnect = lambda *_: gone.set()
    flooding.publish("cmd/demo-1/issue", b"x" * 1_000_000)
    assert gone.wait(LIMIT_S)
    flooding.client.loop_stop()
    assert demo.ask("call-next", an_id(counter=8))["ok"]


def test_noise_from_buttons_calls_nobody(office: E2eOffice, demo: Demo) -> None:
    for topic in ("/stat/quay-3/RESULT", "/zigbee2mqtt/nut-quay-5", "button/nobody", "/stat/nobody/RESULT"):
        for payload in (b"", b"\xff", b"{", b'{"action": 7}', b'{"Button1": {"Action": "EXPLODE"}}', b"x" * 200_000):
            demo.publish(topic, payload)
    assert office.hand("buttons-1", "press 200").startswith("error ")
    assert office.hand("buttons-1", "press 31") == "ok"  # a keypad that the office file does not know
    reply = demo.ask("call-next", an_id(counter=8))
    assert (reply["ok"], reply["ticket"]) == (True, None)


def test_a_wrong_secret_and_no_secret_are_not_let_in(office: E2eOffice) -> None:
    for user, secret in (("demo-1", "wrong"), ("nobody", "x"), (None, None)):
        codes: list[Any] = []
        heard = threading.Event()
        client = mqtt.Client(mqtt.CallbackAPIVersion.VERSION2, protocol=mqtt.MQTTv5)
        if user:
            client.username_pw_set(user, secret)

        def connected(*arguments: Any, codes: list[Any] = codes, heard: threading.Event = heard) -> None:
            codes.append(arguments[3])
            heard.set()

        client.on_connect = connected
        client.connect(*office.mqtt)
        client.loop_start()
        assert heard.wait(LIMIT_S)
        client.loop_stop()
        assert codes[0].is_failure, (user, codes)


# ---- dossiers ------------------------------------------------------------------------------------------------------

HEADER = "MaHoSo,TenTTHC,TenLinhVuc,ChuHoSo,TrangThaiHoSo,NgayTiepNhan"


def write_csv(path: Path, *rows: str, header: str = HEADER) -> Path:
    path.write_text("\n".join((header, *rows)) + "\n")
    return path


def known(office: E2eOffice, code: str) -> bool:
    answer = office.ask("POST", LOOKUP, "device", json={"code": code})
    assert answer.status_code in (200, 404), answer.text
    return answer.status_code == 200


def imports_through_the_server(office: E2eOffice) -> int:
    """How many imports the server took through its socket, by its own figures."""
    text = office.ask("GET", "/metrics", "manager").text
    rows = [line for line in text.splitlines() if 'route="/api/v1/dossiers/import"' in line]
    return sum(int(float(row.split()[-1])) for row in rows if row.startswith("motcua_http_requests_total"))


def test_a_bad_row_is_told_and_the_good_ones_are_kept_or_not(office: E2eOffice, tmp_path: Path) -> None:
    good = [f"{code},Thử,Hộ tịch,NGUYỄN VĂN THỬ,4,20261120080000" for code in UNUSED]
    bad = ["H00.12-261122-9009,Thử,Hộ tịch,AI ĐÓ,44,20261120080000", "rác,Thử,Hộ tịch,AI ĐÓ,4,20261120080000"]
    file = write_csv(tmp_path / "mixed.csv", good[0], bad[0], good[1], bad[1])
    words = ("dossiers", "import", str(file), "--data", str(office.data))
    before = imports_through_the_server(office)

    aborted = motcua(*words)
    assert aborted.returncode == 2
    assert "motcua: error[csv_bad_row]: mixed.csv: row 3: TrangThaiHoSo: " in aborted.stderr
    assert "motcua: error[csv_bad_row]: mixed.csv: row 5: MaHoSo: " in aborted.stderr
    assert "AI ĐÓ" not in aborted.stderr, "no visitor's name in a message"
    assert not any(known(office, code) for code in UNUSED)
    assert imports_through_the_server(office) == before

    skipped = motcua(*words, "--on-error", "skip")
    assert (skipped.returncode, skipped.stdout) == (2, "mixed.csv: 2 new, 0 updated, 2 bad\n")
    assert "row 3" in skipped.stderr
    assert [known(office, code) for code in UNUSED] == [True, True, False]
    assert imports_through_the_server(office) == before + 1


def test_a_file_that_is_none(office: E2eOffice, tmp_path: Path) -> None:
    (tmp_path / "broken.xlsx").write_bytes(b"not a workbook")
    (tmp_path / "broken.json").write_text('[{"MaHoSo": ')
    (tmp_path / "binary.csv").write_bytes(bytes(range(256)) * 4)
    write_csv(tmp_path / "column.csv", f"{UNUSED[2]},4", header="MaHoSo,TrangThaiHoSo")
    cases = {
        "none.csv": "file_unreadable", "broken.xlsx": "file_unreadable", "broken.json": "file_unreadable",
        "binary.csv": "file_unreadable", "column.csv": "csv_missing_column",
    }  # fmt: skip
    told = run_all([("dossiers", "import", str(tmp_path / name), "--data", str(office.data)) for name in cases])
    assert [(code, stable) for code, stable, _ in told] == [(2, code) for code in cases.values()], told
    assert "TenTTHC" in told[-1][2]
    assert not known(office, UNUSED[2])


# ---- commands ------------------------------------------------------------------------------------------------------


def run_all(commands: list[tuple[str, ...]]) -> list[tuple[int, str, str]]:
    """(exit code, stable code, all of stderr) of each; two at a time, as the machine has two cores."""
    with ThreadPoolExecutor(2) as pool:
        return [coded(done.returncode, done.stderr) for done in pool.map(lambda words: motcua(*words), commands)]


def coded(returncode: int, stderr: str) -> tuple[int, str, str]:
    first = next((line for line in stderr.splitlines() if line.startswith("motcua: error[")), "")
    return returncode, first.removeprefix("motcua: error[").partition("]")[0], stderr


def test_commands_refuse_with_a_code_and_an_exit_code(office: E2eOffice, tmp_path: Path) -> None:
    (tmp_path / "text.png").write_text("no picture")
    out, candle = str(tmp_path / "out.png"), ("sign", "encode", "candle", "--address")
    cases: dict[tuple[str, ...], tuple[int, str]] = {
        ("scan", str(tmp_path / "text.png")): (2, "file_unreadable"),
        ("scan", str(tmp_path / "none.png")): (2, "file_unreadable"),
        ("say", "A15", "3"): (2, "bad_number"),
        ("say", "A015", "0"): (2, "bad_number"),
        ("say", "A015", "3", "--lang", "xx"): (2, "usage"),
        ("say", "A015", "3", "--out", "/proc/nowhere/a.wav"): (1, "data_unwritable"),
        ("sign", "encode", "candel", "--address", "32", "A001"): (2, "usage"),
        (*candle, "32", "Q@"): (2, "bad_glyph"),
        (*candle, "31", "A001"): (2, "malformed"),
        (*candle, "32", "A" * 65): (2, "text_too_long"),
        ("ticket", "render", "Z01", "--out", out): (2, "bad_number"),
        ("ticket", "render", "A001", "--out", str(tmp_path / "out.gif")): (2, "usage"),
        ("ticket", "render", "A001", "--out", "/proc/nowhere/out.png"): (1, "data_unwritable"),
        ("token", "king"): (2, "usage"),
        ("token", "manager", "--counter", "3"): (2, "usage"),
        ("token", "clerk", "--counter", "0"): (2, "usage"),
        ("token", "clerk", "--data", "/proc/nowhere"): (2, "file_unreadable"),
        ("report", "waits", "--by", "banana", "--data", str(office.data)): (2, "malformed"),
        ("sim", "toaster", "--link", str(tmp_path / "link")): (2, "usage"),
        ("tokne", "clerk"): (2, "usage"),
        ("up", "--data", str(office.data), "--http", "127.0.0.1:0", "--mqtt", "127.0.0.1:0"): (1, "already_running"),
        ("server", "--id", "server", "--data", str(office.data), "--http", "127.0.0.1:0"): (1, "already_running"),
    }
    told = run_all(list(cases))
    wrong = [
        (words, "expected", want, "got", got) for (words, want), got in zip(cases.items(), told, strict=True)
        if got[:2] != want or "Traceback" in got[2]
    ]  # fmt: skip
    assert wrong == []
    assert [path.name for path in tmp_path.iterdir()] == ["text.png"], "nothing was written"


def test_nearest_names_are_told() -> None:
    told = run_all([("sign", "encode", "candel", "--address", "32", "A001"), ("tokne", "clerk")])
    assert "did you mean candle?" in told[0][2]
    assert "did you mean 'token'?" in told[1][2]


def test_a_picture_without_a_code_does_not_hide_the_others(tmp_path: Path) -> None:
    Image.new("L", (400, 300), 255).save(tmp_path / "white.png")
    (tmp_path / "text.png").write_text("no picture")
    done = motcua("scan", str(tmp_path / "text.png"), str(tmp_path / "white.png"))
    assert done.returncode == 2
    (line,) = [json.loads(line) for line in done.stdout.splitlines()]
    assert (line["file"], line["text"], line["symbology"]) == (str(tmp_path / "white.png"), None, None)


BAD_OFFICE = {
    'policy = "head_start"': 'polcy = "head_start"',
    "stale_s = 120": 'stale_s = "soon"',
    'sign = "sign-4"\nsign_bus = "sign-bus-1"': 'sign = "sign-4"\nsign_bus = "sign-bas-1"',
    "skills = { E = 1 }": "skills = { G = 1 }",
    'mon_fri = ["07:30-11:30", "13:30-17:00"]': 'mon_fri = ["11:30-07:30"]',
    'kind = "buttons-qsystem"': 'kind = "button-qsystem"',
}


def test_every_error_of_an_office_file_stands_in_one_refusal(tmp_path: Path) -> None:
    file = office_file(tmp_path / "office", BAD_OFFICE)
    done = motcua("up", "--office", str(file), "--data", str(tmp_path / "data"), "--yes")
    code, stable, text = coded(done.returncode, done.stderr)
    assert (code, stable) == (2, "config_invalid")
    assert "'policy'" in text, "the nearest valid key"
    assert "'sign-bus-1'" in text, "the nearest device"
    assert "'buttons-qsystem'" in text, "the nearest kind"
    for place in ("stale_s", "polcy", "sign-bas-1", "skills", "mon_fri", "button-qsystem"):
        assert place in text, (place, text)
    assert not (tmp_path / "data").exists()


# ---- scanners ------------------------------------------------------------------------------------------------------


def test_a_receipt_is_never_in_the_picture_of_the_screen(office: E2eOffice) -> None:
    """While the dossier is on the glass, the file is written anew with the neutral first screen."""
    picture = office.data / "screens" / "kiosk.png"
    wait_until(lambda: picture.exists() and HOME in shown(picture), LIMIT_S, "the first screen in the picture")
    before = picture.stat().st_mtime_ns
    assert office.hand("scanner-1", f"scan {RECEIPT}") == "ok"
    wait_until(lambda: picture.stat().st_mtime_ns != before, LIMIT_S, "a new picture")
    words = shown(picture)
    assert HOME in words
    assert RECEIPT[-11:] not in words


def test_a_scan_that_is_no_receipt_is_told_to_the_visitor(office: E2eOffice) -> None:
    picture = office.data / "screens" / "kiosk.png"
    for noise in ("x" * 4000, "\x01\x02", " "):
        assert office.hand("scanner-1", f"scan {noise}") in ("ok", "error a scanner knows: scan TEXT")
    assert office.hand("scanner-1", "scan no receipt at all") == "ok"
    wait_until(lambda: NOT_A_RECEIPT in shown(picture), LIMIT_S, "the notice")


def shown(picture: Path) -> str:
    with Image.open(picture) as image:
        return read_text(image.convert("RGB").reduce(2))
