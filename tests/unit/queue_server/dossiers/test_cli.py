"""The import command against a real HTTP server on a Unix socket, and against the store when no server runs."""

import json
import socketserver
import threading
from collections.abc import Iterator, Sequence
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import ClassVar

import pytest

from contracts.errors import Rejected
from queue_server.dossiers import cli, client, importing
from queue_server.dossiers.client import PATH, ServerAway, ServerStore
from queue_server.dossiers.importing import read_file
from queue_server.dossiers.ports import DossierStore, UpsertCounts
from queue_server.dossiers.records import STATES, DossierRecord

SAMPLES = Path("assets/samples")
GOOD = "MaHoSo,TenTTHC,TrangThaiHoSo\nH00.12-261118-0001,Tách hộ,4\nH00.12-261118-0002,Tách hộ,9\n"
BAD = GOOD + "H00.12-261318-0003,Tách hộ,4\n"


class MemoryStore:
    """A DossierStore in a dict."""

    def __init__(self) -> None:
        self.kept: dict[str, DossierRecord] = {}

    def upsert_many(self, records: Sequence[DossierRecord]) -> UpsertCounts:
        new = sum(r.code not in self.kept for r in records)
        self.kept.update({r.code: r for r in records})
        return UpsertCounts(new, len(records) - new)


class Server(BaseHTTPRequestHandler):
    """Answers as the queue server does; `answer` is set by the test."""

    answer: ClassVar[tuple[int, object]] = (200, None)
    got: ClassVar[list[dict[str, object]]] = []

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.got.append({"path": self.path, **body})
        status, answer = self.answer
        content = json.dumps(answer or {"inserted": len(body["records"]), "updated": 0}).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def address_string(self) -> str:
        return "unix"

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class names it so
        pass


@pytest.fixture
def data(tmp_path: Path) -> Path:
    (tmp_path / "run").mkdir()
    return tmp_path


@pytest.fixture
def server(data: Path) -> Iterator[type[Server]]:
    Server.got, Server.answer = [], (200, None)
    with socketserver.ThreadingUnixStreamServer(str(data / "run" / "server.sock"), Server) as listening:
        thread = threading.Thread(target=listening.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield Server
        listening.shutdown()
        thread.join()


def run(data: Path, text: str, *options: str, store: DossierStore | None = None) -> int:
    path = data / "d.csv"
    path.write_text(text)

    def open_store(opened: Path) -> DossierStore:
        assert opened == data
        assert store is not None, "the database was opened"
        return store

    return cli.main(["import", str(path), "--data", str(data), *options], open_store)


def test_goes_through_the_server(data: Path, server: type[Server], capsys: pytest.CaptureFixture[str]) -> None:
    assert run(data, GOOD) == 0
    assert capsys.readouterr().out == "d.csv: 2 new, 0 updated, 0 bad\n"
    (call,) = server.got
    assert call["path"] == PATH
    records = call["records"]
    assert isinstance(records, list)
    assert [r["code"] for r in records] == ["H00.12-261118-0001", "H00.12-261118-0002"]


def test_directly_when_the_server_is_down_and_again_changes_nothing(
    data: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    store = MemoryStore()
    assert [run(data, GOOD, store=store), run(data, GOOD, store=store)] == [0, 0]
    assert capsys.readouterr().out == "d.csv: 2 new, 0 updated, 0 bad\nd.csv: 0 new, 2 updated, 0 bad\n"
    assert len(store.kept) == 2


def test_a_dead_socket_is_a_server_that_is_down(data: Path) -> None:
    socketserver.UnixStreamServer(str(data / "run" / "server.sock"), Server).server_close()
    with pytest.raises(ServerAway):
        ServerStore(data / "run" / "server.sock").upsert_many([])


def test_a_bad_row_keeps_nothing_by_default(data: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(data, BAD) == 2
    said = capsys.readouterr()
    assert "error[csv_bad_row]: d.csv: row 4: MaHoSo: not a dossier code (date)" in said.err
    assert said.out == "d.csv: 0 new, 0 updated, 1 bad, 2 good rows not imported (--on-error skip keeps them)\n"


def test_a_bad_row_is_skipped_on_request_and_still_exits_2(data: Path, capsys: pytest.CaptureFixture[str]) -> None:
    store = MemoryStore()
    assert run(data, BAD, "--on-error", "skip", store=store) == 2
    assert "d.csv: 2 new, 0 updated, 1 bad\n" in capsys.readouterr().out
    assert len(store.kept) == 2


@pytest.mark.parametrize(
    ("answer", "code"),
    [
        ((503, {"code": "storage_unavailable", "detail": "disk full"}), "storage_unavailable"),
        ((500, {"code": "never_heard_of"}), "internal"),
        ((404, ["?"]), "internal"),
        ((200, {"stored": 2}), "internal"),
    ],
)
def test_a_refusal_of_the_server_keeps_its_code(
    data: Path, server: type[Server], answer: tuple[int, object], code: str
) -> None:
    server.answer = answer
    with pytest.raises(Rejected) as refusal:
        run(data, GOOD)
    assert refusal.value.code == code


def test_batches(data: Path, server: type[Server], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importing, "BATCH_MAX", 1)
    assert run(data, GOOD) == 0
    assert len(server.got) == 2


def test_a_batch_too_large_for_one_body_is_sent_in_parts(
    data: Path, server: type[Server], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(client, "BODY_BYTES_MAX", 100)
    assert run(data, GOOD) == 0
    assert capsys.readouterr().out == "d.csv: 2 new, 0 updated, 0 bad\n"
    assert len(server.got) == 2


@pytest.mark.parametrize("argv", [[], ["import"], ["import", "x.csv", "--on-error", "maybe"]])
def test_wrong_usage(argv: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as leaving:
        cli.main(argv)
    assert leaving.value.code == 2
    assert "motcua: error[usage]" in capsys.readouterr().err


def test_fields_that_no_service_takes_are_named(data: Path, capsys: pytest.CaptureFixture[str]) -> None:
    text = "MaHoSo,TenTTHC,TenLinhVuc,TrangThaiHoSo\nH00.12-261118-0001,Cấp phép,Thủy sản,4\n"
    assert run(data, text, "--office", str(SAMPLES / "office.toml"), store=MemoryStore()) == 0
    assert "no service of the office takes the field 'Thủy sản'" in capsys.readouterr().err


def test_the_sample_file_is_good_and_nobody_real_is_in_it() -> None:
    reading = read_file(SAMPLES / "dossiers.csv")
    assert reading.errors == ()
    assert len(reading.records) == 200
    assert {r.state for r in reading.records} == set(STATES)
    assert all("H00" in r.code and r.phone.startswith("0000") for r in reading.records)
    assert all(r.identity.startswith("000") for r in reading.records if r.identity)
