"""A whole real office for end-to-end tests: `./motcua up`, its processes, its doors, the hands on its devices."""

import re
import signal
import socket
import subprocess
import threading
import uuid
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx

from tests.support.broker import free_port, wait_until
from tests.support.environment import clean
from tests.support.offices import ROOT, SAMPLE

START_S = 60.0
STOP_S = 30.0
COMMAND_S = 60.0
GUARD = "guard"


def motcua(*words: str, **options: Any) -> "subprocess.CompletedProcess[str]":
    """One command of the launcher, as a person types it in the checkout."""
    return subprocess.run(
        ["./motcua", *words], cwd=ROOT, capture_output=True, text=True, timeout=COMMAND_S, check=False, **options
    )


def office_file(folder: Path, changes: Mapping[str, str]) -> Path:
    """The sample office with texts replaced (each must be there once), its dossiers beside it."""
    text = SAMPLE.read_text()
    for old, new in changes.items():
        assert text.count(old) == 1, f"{old!r} stands {text.count(old)} times in the sample"
        text = text.replace(old, new)
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "dossiers.csv").write_bytes((SAMPLE.parent / "dossiers.csv").read_bytes())
    made = folder / "office.toml"
    made.write_text(text)
    return made


def read_bytes(path: str | Path) -> bytes:
    """A file of /proc, b"" when its process is gone."""
    try:
        return Path(path).read_bytes()
    except OSError:
        return b""


def alive(pid: int) -> bool:
    """True while the process runs (a zombie does not)."""
    return read_bytes(f"/proc/{pid}/cmdline") != b""


def name_of(command: str) -> str:
    """What a child of `up` is, by its command line."""
    named = re.search(r"--(?:id|device) (\S+)", command)
    if named:
        return named[1]
    known = {"mosquitto": "broker", "kiosk.printing.simulator": "printer-1", "guard.py": GUARD}
    return next((name for text, name in known.items() if text in command), command)


@dataclass
class E2eOffice:
    """One running office. `said` are the lines that `up` wrote to stderr, in order."""

    data: Path
    file: Path
    process: "subprocess.Popen[str]"
    said: list[str] = field(default_factory=list)
    url: str = ""
    mqtt: tuple[str, int] = ("", 0)
    tokens: dict[tuple[str, ...], str] = field(default_factory=dict)

    def await_ready(self) -> None:
        """Read the ready line; fail with what was said when there is none."""
        threading.Thread(target=self._listen, daemon=True).start()
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        said = re.fullmatch(r"motcua ready http=(http://\S+) mqtt=(\S+):(\d+) data=(.+)\n", line)
        assert said, "\n".join([line, *self.said])
        assert Path(said[4]) == self.data
        self.url = said[1]
        self.mqtt = (said[2], int(said[3]))

    def _listen(self) -> None:
        assert self.process.stderr is not None
        for line in self.process.stderr:
            self.said.append(line.rstrip())

    # ---- processes ----

    def mark(self) -> bytes:
        """MOTCUA_RUN=… of this run: every process of it carries that in its environment."""
        for pid in self.processes().values():
            for part in read_bytes(f"/proc/{pid}/environ").split(b"\0"):
                if part.startswith(b"MOTCUA_RUN="):
                    return part
        raise AssertionError("no child carries the mark")

    def processes(self) -> dict[str, int]:
        """Name → process id of the children of `up` that live now."""
        up = self.process.pid
        pids = [int(pid) for pid in read_bytes(f"/proc/{up}/task/{up}/children").split()]
        lines = {pid: read_bytes(f"/proc/{pid}/cmdline").replace(b"\0", b" ").decode() for pid in pids}
        return {name_of(line): pid for pid, line in lines.items() if line}

    def stop(self, number: signal.Signals = signal.SIGTERM) -> int:
        """End `up`; its exit code."""
        self.process.send_signal(number)
        return self.process.wait(STOP_S)

    # ---- doors ----

    def token(self, *words: str) -> str:
        """A bearer token by `motcua token ROLE …`, made once."""
        if words not in self.tokens:
            done = motcua("token", *words, "--data", str(self.data))
            assert done.returncode == 0, done.stderr
            self.tokens[words] = done.stdout.splitlines()[-1]
        return self.tokens[words]

    def sign_in_link(self, *words: str) -> str:
        """The one-time link for a browser."""
        done = motcua("token", *words, "--data", str(self.data), "--http", self.url.removeprefix("http://"))
        return re.search(r"http://\S+", done.stdout)[0]  # type: ignore[index]  # printed or the test fails

    def ask(self, method: str, path: str, *role: str, **options: Any) -> httpx.Response:
        """One request; `role` as for `motcua token`, none: anonymous."""
        headers = {"Authorization": f"Bearer {self.token(*role)}"} if role else {}
        headers |= options.pop("headers", {})
        return httpx.request(method, self.url + path, headers=headers, timeout=10.0, verify=False, **options)

    def issue(self, service: str, command_id: str | None = None) -> dict[str, Any]:
        """A ticket over HTTP, asked for with the same id until somebody answers."""
        body = {"id": command_id or str(uuid.uuid4()), "service": service}
        return self.insist("/api/v1/tickets", body, "device")

    def insist(self, path: str, body: dict[str, Any], *role: str) -> dict[str, Any]:
        """POST until the answer is a success: what a kiosk or a clerk's page does while a part restarts."""
        answers: list[httpx.Response] = []

        def answered() -> bool:
            try:
                answers.append(self.ask("POST", path, *role, json=body))
            except httpx.TransportError:
                return False
            return answers[-1].status_code in (200, 201)

        wait_until(answered, 30, f"{path} ({[(a.status_code, a.text) for a in answers[-1:]]})")
        return dict(answers[-1].json())

    # ---- hands on devices ----

    def hand(self, device: str, line: str) -> str:
        """Do something to a simulated device through its control socket; its answer."""
        mine = self.data / "run" / f"hand-{uuid.uuid4().hex[:8]}"
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as sender:
            sender.bind(str(mine))
            sender.settimeout(10)
            try:
                sender.sendto(line.encode(), str(self.data / "run" / "dev" / f"{device}.control"))
                return sender.recv(200).decode()
            finally:
                mine.unlink()


def launch(file: Path, data: Path, *options: str, http_port: int = 0, display: str | None = None) -> E2eOffice:
    """Start `./motcua up` and return at its ready line."""
    words = ["up", "--office", str(file), "--data", str(data), "--yes"]
    words += ["--http", f"127.0.0.1:{http_port}", "--mqtt", "127.0.0.1:0", *options]
    env = clean(DISPLAY=display or "", CI="true")
    pipe = subprocess.PIPE
    process = subprocess.Popen(["./motcua", *words], cwd=ROOT, env=env, stdout=pipe, stderr=pipe, text=True)
    office = E2eOffice(data, file, process)
    try:
        office.await_ready()
    except BaseException:
        process.kill()
        process.wait()
        raise
    return office


@contextmanager
def running(file: Path, data: Path, *options: str, **places: Any) -> Iterator[E2eOffice]:
    """An office for the length of a block; it must end with 0."""
    office = launch(file, data, *options, **places)
    try:
        yield office
    finally:
        if office.process.poll() is None:
            code = office.stop()
            assert code == 0, office.said[-20:]


__all__ = ["GUARD", "E2eOffice", "alive", "free_port", "launch", "motcua", "office_file", "running", "wait_until"]
