"""An office to measure: its file, a real broker, real server processes, clients in processes of their own."""

import contextlib
import json
import os
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from string import ascii_uppercase
from typing import Any

from contracts.roles import MqttRole
from runtime.lifecycle import bound_command
from runtime.paths import ROOT, DataDir
from tests.support.broker import Mosquitto, free_port

OFFICE_ID = "bench"
COUNTERS = 8
QUOTA = 999
READY_S_MAX = 30.0
CLIENT_S_MAX = 120.0
STOP_S_MAX = 15.0


class BenchError(Exception):
    """The benchmark itself failed; a slow figure never raises this."""


def office_text() -> str:
    """26 services × quota 999, 8 counters: each has its own services (level 1) and helps its neighbour (level 2)."""
    lines = ["[office]", f'id = "{OFFICE_ID}"', 'name.vi = "Đo tốc độ"']
    for code in ascii_uppercase:
        lines += ["[[service]]", f'code = "{code}"', f'name.vi = "Việc {code}"', f"quota = {QUOTA}"]
    for n in range(1, COUNTERS + 1):
        own = ascii_uppercase[n - 1 :: COUNTERS]
        other = ascii_uppercase[n % COUNTERS :: COUNTERS]
        skills = ", ".join([f"{code} = 1" for code in own] + [f"{code} = 2" for code in other])
        lines += ["[[counter]]", f"n = {n}", f'name.vi = "Quầy {n}"', f"skills = {{ {skills} }}"]
    lines += ["[[priority]]", 'code = "elderly"', 'name.vi = "Người cao tuổi"', "head_start_min = 10"]
    return "\n".join(lines) + "\n"


@dataclass
class Rig:
    """A directory with a broker, and the processes started in it."""

    data: Path
    broker: Mosquitto
    office: Path
    children: "list[subprocess.Popen[bytes]]" = field(default_factory=list)

    def server(self, launcher: str = "queue_server") -> "Served":
        """The real queue server, ready. `launcher`: a module that runs it in its own way."""
        port = free_port()
        http = f"127.0.0.1:{port}"
        words = ["--id", "server", "--office", str(self.office), "--broker", self.broker.url, "--http", http]
        process = self._start(launcher, *words, "--data", str(self.data))
        wait_ready(lambda: _ready(f"http://{http}/readyz"), process, self.log(launcher))
        return Served(process, port)

    def echo(self) -> "subprocess.Popen[bytes]":
        """An empty server: answers every issue with the smallest reply."""
        process = self._start("tests.bench._echo", self.broker.url, str(self.data))
        flag = self.data / "run" / "echo.ready"
        wait_ready(flag.exists, process, self.log("tests.bench._echo"))
        return process

    def log(self, module: str) -> Path:
        """Where a process writes what it says."""
        return self.data / f"{module}.log"

    def _start(self, module: str, *words: str) -> "subprocess.Popen[bytes]":
        command = bound_command([sys.executable, *profiling(self.data, module), "-m", module, *words])
        with self.log(module).open("wb") as log:
            process = subprocess.Popen(command, cwd=ROOT, stdout=log, stderr=log)
        self.children.append(process)
        return process

    def client(self, module: str, **options: Any) -> Any:
        """Runs a client to its end; what it found (JSON on its last line)."""
        return finish(start_client(module, **options))

    def stop(self, process: "subprocess.Popen[bytes]") -> None:
        """Ends one, and waits for its end."""
        process.terminate()
        process.wait(STOP_S_MAX)

    def close(self) -> None:
        """Ends everything."""
        for child in reversed(self.children):
            child.terminate()
        for child in self.children:
            with contextlib.suppress(subprocess.TimeoutExpired):
                child.wait(STOP_S_MAX)
            if child.poll() is None:
                child.kill()
                child.wait()


@dataclass(frozen=True)
class Served:
    """A running queue server."""

    process: "subprocess.Popen[bytes]"
    http_port: int

    def cpu_s(self) -> float:
        """Processor time used so far."""
        return cpu_s(self.process)

    def memory_mb(self) -> float:
        """Resident memory now, MB."""
        text = Path(f"/proc/{self.process.pid}/status").read_text()
        kb = next(line.split()[1] for line in text.splitlines() if line.startswith("VmRSS:"))
        return int(kb) / 1024


def cpu_s(process: "subprocess.Popen[bytes]") -> float:
    """Processor time of a running process so far, user and system (proc(5), stat)."""
    fields = Path(f"/proc/{process.pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


@contextlib.contextmanager
def rig(users: Mapping[str, MqttRole], where: Path | None = None) -> Iterator[Rig]:
    """A rig in a new directory under `where` (default: the temporary directory); nothing of it stays."""
    with tempfile.TemporaryDirectory(prefix="motcua-bench-", dir=where) as directory:
        data = Path(directory) / "data"
        data.mkdir(mode=0o700)
        (data / "run").mkdir(mode=0o700)
        DataDir(data).database.parent.mkdir(parents=True)
        office = Path(directory) / "office.toml"
        office.write_text(office_text())
        broker = Mosquitto(data, free_port(), users=users, office=OFFICE_ID)
        broker.start()
        made = Rig(data, broker, office)
        try:
            yield made
        finally:
            made.close()
            broker.kill()


def profiling(data: Path, module: str) -> Sequence[str]:
    """Extra words for the interpreter, when MOTCUA_BENCH_PYTHON asks for some: a profiler, for example."""
    words = os.environ.get("MOTCUA_BENCH_PYTHON", "") if module == "queue_server" else ""
    return words.replace("{data}", str(data)).split()


def start_client(module: str, **options: Any) -> "subprocess.Popen[bytes]":
    """A client process; options as one JSON argument."""
    return start_module(f"tests.bench.{module}", json.dumps(options))


def start_module(module: str, *words: str) -> "subprocess.Popen[bytes]":
    """A process whose output is ours to read."""
    command = bound_command([sys.executable, "-m", module, *words])
    return subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE)


def finish(process: "subprocess.Popen[bytes]") -> Any:
    """Waits for a client; its last line."""
    try:
        out, _ = process.communicate(timeout=CLIENT_S_MAX)
    except subprocess.TimeoutExpired:
        process.kill()
        process.communicate()
        raise BenchError(f"a client did not end within {CLIENT_S_MAX:.0f} s") from None
    if process.returncode != 0:
        raise BenchError(f"a client ended with {process.returncode}")
    return json.loads(out.splitlines()[-1])


def wait_ready(ready: Callable[[], bool], process: "subprocess.Popen[bytes]", log: Path) -> None:
    """Returns as soon as `ready()`; BenchError, with the end of its log, when the process ends or takes too long."""
    end_s = time.monotonic() + READY_S_MAX
    while not ready():
        if process.poll() is not None or time.monotonic() > end_s:
            raise BenchError(f"{process.args!r} is not ready:\n{log.read_text()[-2000:]}")
        time.sleep(0.02)


def _ready(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=5) as answer:
            return bool(answer.status == 200)
    except (urllib.error.URLError, OSError):
        return False


def run(main: Callable[[], None]) -> int:
    """Exit code of a benchmark: 1 when it broke, whatever the figures say."""
    try:
        main()
    except BenchError as why:
        sys.stderr.write(f"motcua: error[bench]: {why}\n")
        return 1
    return 0
