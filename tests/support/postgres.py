"""A real PostgreSQL for the tests: one cluster a test process, one database a test. Nothing of it stays.

initdb refuses root: then the cluster runs as the user `postgres` that Debian's package makes, otherwise as ourselves.
It listens on a Unix socket in its own directory only. fsync stays on: some tests pull the plug.
"""

import atexit
import functools
import itertools
import os
import shutil
import signal
import subprocess
import tempfile
import time
from pathlib import Path
from typing import Any
from urllib.parse import quote

import psycopg

from tests.support.environment import clean

READY_S = 60.0
STOP_S = 30.0
ADMIN = "office"  # the cluster's superuser; trusted on its private socket
MISSING = "these tests need PostgreSQL: apt-get install postgresql (provisioning/apt-test.txt)"
_SETTINGS = {
    "listen_addresses": "", "max_connections": "40", "shared_buffers": "32MB", "max_wal_size": "256MB",
    "autovacuum": "off", "logging_collector": "off", "wal_level": "minimal", "max_wal_senders": "0",
}  # fmt: skip


def binaries() -> Path:
    """Where the newest installed server is. Fails loudly when there is none: these tests are never skipped."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda p: int(p.parts[-3]))
    if found:
        return found[-1].parent
    on_path = shutil.which("initdb")
    assert on_path, MISSING
    return Path(on_path).resolve().parent


def _identity() -> dict[str, Any]:
    """Who runs it, for subprocess."""
    return {"user": "postgres", "group": "postgres", "extra_groups": []} if os.geteuid() == 0 else {}


class Cluster:
    """A server of our own. `start()` and `stop()` as often as a test likes; the data stays between them."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.process: subprocess.Popen[bytes] | None = None
        self._count = itertools.count(1)
        if os.geteuid() == 0:
            shutil.chown(root, "postgres", "postgres")
        command = [binaries() / "initdb", "-D", root / "data", "-U", ADMIN, "--auth=trust", "--no-sync"]
        command += ["--encoding=UTF8", "--locale=C.UTF-8"]
        made = subprocess.run(
            command, env=clean(), cwd=root, capture_output=True, text=True, timeout=120, **_identity()
        )
        assert made.returncode == 0, made.stderr

    def start(self) -> None:
        """Returns when it answers."""
        options = [f"-c{name}={value}" for name, value in _SETTINGS.items()]
        command = [binaries() / "postgres", "-D", self.root / "data", "-k", self.root, *options]
        with (self.root / "log").open("ab") as log:
            self.process = subprocess.Popen(command, env=clean(), cwd=self.root, stdout=log, stderr=log, **_identity())
        end_s = time.monotonic() + READY_S
        while True:
            try:
                self.admin().close()
                return
            except psycopg.OperationalError:
                assert self.process.poll() is None, (self.root / "log").read_text()
                assert time.monotonic() < end_s, "PostgreSQL did not start"
                time.sleep(0.05)

    def stop(self, how: signal.Signals = signal.SIGINT) -> None:
        """SIGINT: fast shutdown; SIGQUIT: at once, as a crash. By the id of the process that we started."""
        if self.process is not None:
            self.process.send_signal(how)
            self.process.wait(STOP_S)
            self.process = None

    def url(self, database: str) -> str:
        """For `--database`: no password, the socket's directory as host."""
        return f"postgresql://{ADMIN}@/{database}?host={quote(str(self.root), safe='')}"

    def admin(self, database: str = "postgres") -> "psycopg.Connection[Any]":
        """A connection beside the office's own; each statement commits itself."""
        return psycopg.connect(self.url(database), autocommit=True)

    def new_database(self) -> str:
        """The URL of a fresh empty database."""
        name = f"office_{next(self._count)}"
        with self.admin() as admin:
            admin.execute(f"CREATE DATABASE {name} TEMPLATE template0 STRATEGY file_copy")
        return self.url(name)

    def drop(self, url: str) -> None:
        """Ends every session of that database and removes it."""
        name = url.partition("@/")[2].partition("?")[0]
        with self.admin() as admin:
            admin.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")


@functools.cache
def cluster() -> Cluster:
    """The cluster of this test process, started at its first use and ended with it."""
    root = Path(tempfile.mkdtemp(prefix="motcua-pg-"))
    made = Cluster(root)
    made.start()

    def end(owner: int = os.getpid()) -> None:
        if os.getpid() == owner:  # not in a child that was forked off
            made.stop()
            shutil.rmtree(root, ignore_errors=True)

    atexit.register(end)
    return made
