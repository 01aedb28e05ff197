"""The whole queue server on a real PostgreSQL: named once, remembered, killed, restarted; reports and dossiers too."""

import json
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg
import pytest

from runtime.paths import DataDir
from runtime.secrets import ensure_secret
from runtime.unix_http import UnixConnection
from tests.support.broker import free_port
from tests.support.environment import clean
from tests.support.offices import ROOT, SAMPLE
from tests.support.stores import database

START_S = 40


@pytest.fixture
def url(tmp_path: Path) -> Iterator[str]:
    with database("postgresql", tmp_path) as found:
        yield str(found)


class Running:
    """A server process, spoken to over its Unix socket."""

    def __init__(self, data: Path, *more: str) -> None:
        ensure_secret(data, "server")
        self.data = data
        command = [sys.executable, "-m", "queue_server", "--id", "server", "--office", str(SAMPLE), "--data", str(data)]
        command += ["--broker", "mqtt://127.0.0.1:1", "--http", f"127.0.0.1:{free_port()}", *more]
        self.process = subprocess.Popen(command, cwd=ROOT, env=clean(), stderr=subprocess.PIPE, text=True)

    def ask(self, method: str, path: str, body: Any = None) -> tuple[int, Any]:
        connection = UnixConnection(DataDir(self.data).server_socket)
        content = None if body is None else json.dumps(body)
        try:
            connection.request(method, path, content, {"Content-Type": "application/json"})
            answer = connection.getresponse()
            return answer.status, json.loads(answer.read())
        finally:
            connection.close()

    def ready(self) -> "Running":
        end_s = time.monotonic() + START_S
        while time.monotonic() < end_s:
            assert self.process.poll() is None, self.errors()
            try:
                if self.ask("GET", "/readyz")[1]["parts"]["writer"]:
                    return self
            except OSError:
                time.sleep(0.1)
        raise AssertionError("the server did not start")

    def take(self, id_: str) -> tuple[int, Any]:
        return self.ask("POST", "/api/v1/tickets", {"id": id_, "service": "A"})

    def end(self, how: signal.Signals = signal.SIGTERM) -> int:
        self.process.send_signal(how)
        return self.process.wait(START_S)

    def errors(self) -> str:
        self.process.kill()
        return self.process.communicate()[1]


@contextmanager
def server(data: Path, *more: str) -> Iterator[Running]:
    made = Running(data, *more)
    try:
        yield made.ready()
    finally:
        made.process.kill()
        made.process.wait(START_S)
        assert made.process.stderr is not None
        made.process.stderr.close()


def test_a_killed_server_goes_on_from_postgresql_without_being_told_again(tmp_path: Path, url: str) -> None:
    with server(tmp_path, "--database", url) as first:
        status, ticket = first.take("touch-0001")
        assert status in (201, 409), ticket  # closed outside ticket hours: the clock is the real one
        opened, _ = first.ask("POST", "/api/v1/counters/1/pause", {"id": "press-0001", "reason": "lunch"})
        assert opened == 200
        assert not DataDir(tmp_path).database.exists()
        first.end(signal.SIGKILL)
    with server(tmp_path) as second:
        status, again = second.take("touch-0001")
        if "number" in ticket:
            assert (status, again["number"]) == (201, ticket["number"])
        assert second.ask("GET", "/api/v1/counters/1")[1]["counter"]["status"] == "paused"
        status, report = second.ask("GET", "/api/v1/reports/waits?by=service,hour")
        assert status == 200, report
        assert second.end() == 0
    rows = psycopg.connect(url).execute("SELECT kind FROM journal ORDER BY seq").fetchall()
    assert rows[0] == ("day_started",)
    assert ("counter_paused",) in rows


def test_its_second_server_is_refused_and_a_lost_database_is_told(tmp_path: Path, url: str) -> None:
    with server(tmp_path / "one", "--database", url) as first:
        other = Running(tmp_path / "two", "--database", url)
        assert other.process.wait(START_S) == 1
        assert "error[already_running]" in other.errors()
        with psycopg.connect(url, autocommit=True) as admin:
            admin.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid()"
                          " AND datname = current_database()")  # fmt: skip
            with server(tmp_path / "three", "--database", url) as third:
                assert first.process.wait(START_S) == 1  # within a tick, without being asked anything
                assert third.ask("GET", "/readyz")[1]["parts"]["storage"]


def test_a_report_and_a_rebuild_check_from_the_command_line(tmp_path: Path, url: str) -> None:
    with server(tmp_path, "--database", url) as office:
        office.ask("POST", "/api/v1/counters/1/pause", {"id": "press-0001", "reason": "lunch"})
        report = subprocess.run(
            [sys.executable, "-m", "queue_server.reports", "waits", "--data", tmp_path, "--office", SAMPLE],
            cwd=ROOT, env=clean(), capture_output=True, text=True, timeout=START_S,
        )  # fmt: skip
        assert (report.returncode, "rows" in json.loads(report.stdout)) == (0, True), report.stderr
    checked = subprocess.run(
        [sys.executable, "-m", "queue_server.adapters.store", "--data", tmp_path],
        cwd=ROOT, env=clean(), capture_output=True, text=True, timeout=START_S,
    )  # fmt: skip
    assert (checked.returncode, "no differences" in checked.stdout) == (0, True), checked.stderr


def test_a_url_with_a_password_is_refused(tmp_path: Path) -> None:
    made = Running(tmp_path, "--database", "postgresql://office:geheim@127.0.0.1/office")
    assert made.process.wait(START_S) == 2
    errors = made.errors()
    assert "error[usage]" in errors
    assert "geheim" not in errors


def test_a_database_server_that_is_away_ends_the_start_with_1(tmp_path: Path) -> None:
    made = Running(tmp_path, "--database", f"postgresql://office@/office?host={tmp_path}")
    assert made.process.wait(START_S) == 1
    assert "error[storage_unavailable]" in made.errors()
    assert not (DataDir(tmp_path).database.parent / "url").exists()  # nothing to remember
