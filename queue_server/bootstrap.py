"""Puts the queue server together: store, writer, MQTT door, web on TCP, and a Unix socket for this machine's admin."""

import asyncio
import contextlib
import errno
import gc
import os
import socket
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import structlog
import uvicorn
import uvloop
from litestar.types import ASGIApp

from contracts.errors import Rejected
from queue_server.access import Access
from queue_server.access.keys import PERSONS, ensure_key
from queue_server.adapters.dossiers import OfficeDossiers, import_first
from queue_server.adapters.fresh import SystemFresh
from queue_server.adapters.mqtt import MqttDoor
from queue_server.adapters.store import OfficeStore, SqlDossiers
from queue_server.adapters.witness_file import WitnessFile
from queue_server.application.clock_guard import ClockGuard
from queue_server.application.live import LiveOffice
from queue_server.application.persons import Persons
from queue_server.domain.estimates import SharedWork
from queue_server.reports import ReportSource
from queue_server.web.app import make_app
from queue_server.web.wire import BoundedHttp
from runtime import lifecycle, log
from runtime.address import Address
from runtime.cli_options import part_parser
from runtime.clock import Clock
from runtime.config import load_office
from runtime.database import HELP, database_of, database_option, remember_database
from runtime.mqtt import Broker
from runtime.paths import DataDir
from runtime.secrets import private_dir
from runtime.unix_path import short_path

TICK_S = 5.0
BEAT_S = 1.0
BACKLOG = 512
GRACE_S = 3
COLLECTOR = (10_000, 20, 50)  # allocations before a young collection; young before middle; middle before full


class Server:
    """One queue server. `run()` until told to stop; exit code 1 when the database forbids going on."""

    def __init__(self, argv: Sequence[str]) -> None:
        parser = part_parser("server", "the queue server")
        parser.add_argument("--database", type=database_option, metavar="URL", help=HELP)
        options = parser.parse_args(argv)
        self._options = options
        self._data = DataDir(options.data)
        self._fatal: Rejected | None = None
        office = load_office(options.office)
        witness = WitnessFile(self._data.clock_witness)
        self._guard = ClockGuard(Clock(), office.office.timezone, witness)
        self._clock = self._guard.clock
        where = database_of(self._data, options.database)
        self._store = OfficeStore(where, self._clock.wall_ms(), self._data.database.parent)
        remember_database(self._data, where)
        self._dossiers = SqlDossiers(where, self._clock.wall_ms)
        import_first(office, options.office, self._dossiers)
        self._reports = ReportSource(where, office, options.office)
        password = self._data.mqtt_password(options.id)
        self._mqtt = MqttDoor(Broker.from_url(options.broker, options.id, password), office, self._clock)
        self.live = LiveOffice(
            office, self._store, self._mqtt, OfficeDossiers(office, self._dossiers), SharedWork(), SystemFresh(),
            self._clock, self._stop_loudly,
        )  # fmt: skip
        self.live.persons = Persons(ensure_key(self._data.secrets, name=PERSONS))

        self.live.trust(self._guard)

    async def run(self) -> int:
        """Serves; returns the exit code."""
        with self._socket() as unix_path:
            return await self._serve(unix_path)

    async def _serve(self, unix_path: str) -> int:
        self._stopping = asyncio.Event()
        self._loop = asyncio.get_running_loop()
        stop = asyncio.create_task(lifecycle.wait_for_stop_signal())
        await asyncio.sleep(0)  # it listens for signals before anybody can know that we run
        self.live.start()
        self._mqtt.serve(self.live)
        access = Access.open(self._options.data, self._clock)
        servers = [self._tcp(access), self._unix(access, unix_path)]
        tasks = [asyncio.create_task(server.serve()) for server in servers]
        timers = [
            asyncio.create_task(self._every(BEAT_S, self._mqtt.beat)),
            asyncio.create_task(self._every(TICK_S, self._tick)),
        ]
        listening = asyncio.create_task(self._listening(servers))
        await asyncio.wait([listening, stop, *tasks], return_when=asyncio.FIRST_COMPLETED)
        _calm_collector()
        if listening.done():
            lifecycle.notify_ready()
        fatal = asyncio.create_task(self._stopping.wait())
        await asyncio.wait([stop, fatal, *tasks, *timers], return_when=asyncio.FIRST_COMPLETED)
        for timer in timers:
            timer.cancel()
        for server in servers:
            server.should_exit = True
        ends = await asyncio.gather(*tasks, *timers, return_exceptions=True)
        self._close()
        return self._code([end for end in ends if end and not isinstance(end, asyncio.CancelledError)])

    def _code(self, problems: Sequence[BaseException]) -> int:
        """The exit code, by what ended doors and timers. Raises the Rejected of a door that could not be opened."""
        for problem in problems:
            if isinstance(problem, Rejected):
                raise problem
            structlog.get_logger("server").critical("stopping", code="internal", detail=repr(problem))
        return 1 if self._fatal or problems else 0

    async def _listening(self, servers: Sequence["_Quiet"]) -> None:
        for server in servers:
            await server.up.wait()

    def _close(self) -> None:
        self.live.stop()
        self._mqtt.stop()
        self._dossiers.close()
        self._store.close()

    def _tick(self) -> None:
        self.live.tick()
        self._guard.keep()

    def _stop_loudly(self, why: Rejected) -> None:
        structlog.get_logger("server").critical("stopping", code=why.code, detail=why.detail)
        self._fatal = why
        self._loop.call_soon_threadsafe(self._stopping.set)

    async def _every(self, seconds: float, action: Callable[[], None]) -> None:
        while True:
            action()
            await asyncio.sleep(seconds)

    def _tcp(self, access: Access) -> "_Quiet":
        address = Address.parse(self._options.http)
        return _Quiet(uvicorn.Config(self._app(access, trusted=False), host=address.host, port=address.port, **_COMMON))

    def _socket(self) -> contextlib.AbstractContextManager[str]:
        """Where the administrator's socket goes; the directory lets nobody else in."""
        path = self._data.server_socket
        private_dir(path.parent)  # uvicorn lets everybody write to the socket itself
        with contextlib.suppress(FileNotFoundError):
            path.unlink()
        return short_path(path)

    def _unix(self, access: Access, path: str) -> "_Quiet":
        """For commands of this machine's administrator."""
        return _Quiet(uvicorn.Config(self._app(access, trusted=True), uds=path, **_COMMON))

    def _app(self, access: Access, *, trusted: bool) -> ASGIApp:
        return make_app(self.live, access, reports=self._reports, trusted=trusted)


def _calm_collector() -> None:
    """What was made so far stays for good: no collection looks at it again. Measured: full collections held all threads
    for 55-350 ms, several times in 10,000 tickets."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(*COLLECTOR)


_COMMON: dict[str, Any] = {
    "log_config": None, "access_log": False, "loop": "uvloop", "http": BoundedHttp, "ws": "none", "lifespan": "on",
    "backlog": BACKLOG, "timeout_graceful_shutdown": GRACE_S, "server_header": False,
    # A caller's address is the connection's own: whoever may write X-Forwarded-For has a fresh limit a request.
    "proxy_headers": False,
}  # fmt: skip


class _Quiet(uvicorn.Server):
    """Signals are ours: two servers share one loop. `up` is set when it listens."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.up = asyncio.Event()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Listens, then says so. Raises Rejected `port_in_use`, `start_failed`."""
        try:
            await super().startup(sockets)
        except SystemExit as end:  # the library would take the whole process, store and all, down from within a task
            why = end.__context__
            in_use = isinstance(why, OSError) and why.errno == errno.EADDRINUSE
            raise Rejected("port_in_use" if in_use else "start_failed", str(why or "no listener")) from None
        if self.started:
            self.up.set()

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Leaves the signals alone."""
        yield


def main(argv: Sequence[str]) -> int:
    """Entry of `python -m queue_server`."""
    log.configure("server")
    os.umask(0o077)
    return uvloop.run(Server(argv).run())
