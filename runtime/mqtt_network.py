"""The network thread of one MQTT client: reads all that has come, writes all that waits, connects again for ever.

The library's own thread is woken by a byte for every packet, its own acknowledgements included, whoever publishes;
measured, most of what a ticket cost were two threads that took the interpreter from each other with every packet. Here
a thread that publishes several messages takes the turn (`together`): the network thread waits as a whole meanwhile and
is woken once.
"""

import select
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

import paho.mqtt.client as paho
import structlog

READS_MAX = 64  # calls of the library's reader before what waits is written
TICK_S = 0.5  # between looks at the keep-alive
RECONNECT_S_MIN = 1.0
RECONNECT_S_MAX = 10.0
GOODBYE_S_MAX = 2.0


class NetworkThread(threading.Thread):
    """Serves one client for which `connect_async` was called. The client's callbacks run here, within a turn.

    `lost` is called when a connection ended in a way that the client does not tell its own `on_disconnect`.
    """

    def __init__(self, client: paho.Client, name: str, lost: Callable[[], None]) -> None:
        super().__init__(name=f"mqtt-{name}", daemon=True)
        self._client, self._lost = client, lost
        self._turn = threading.Lock()
        self._holder: int | None = None  # the thread whose publications gather
        self._ending = threading.Event()
        self._goodbye_s = 0.0  # monotonic: no longer than until then
        self._delay_s = RECONNECT_S_MIN
        self._woken: socket.socket | None = None
        self._waker: socket.socket | None = None
        client.on_socket_register_write = self._wants_to_write

    # ---- any thread ----

    @contextmanager
    def together(self) -> Iterator[None]:
        """While it lasts, what the calling thread publishes gathers. Not in a callback of the client; not nested."""
        with self._turn:
            self._holder = threading.get_ident()
            try:
                yield
            finally:
                self._holder = None
        if self._client.want_write():
            self._ring()

    def settled(self) -> None:
        """The broker took us: the next attempt, should one be needed, comes soon again."""
        self._delay_s = RECONNECT_S_MIN

    def close(self) -> None:
        """After the client's `disconnect`: returns when the goodbye is out, or nobody took it in time."""
        self._goodbye_s = time.monotonic() + GOODBYE_S_MAX
        self._ending.set()
        self._ring()
        if self.is_alive() and threading.current_thread() is not self:
            self.join()
        for end in (self._woken, self._waker):
            if end is not None:
                end.close()

    def _wants_to_write(self, *_: object) -> None:
        if threading.get_ident() not in (self.ident, self._holder):
            self._ring()

    def _ring(self) -> None:
        if self._waker is not None:
            with suppress(OSError):  # it has rung already, or is closed
                self._waker.send(b"0")

    # ---- this thread ----

    def start(self) -> None:
        """Begins to connect."""
        self._woken, self._waker = socket.socketpair()
        self._woken.setblocking(False)
        self._waker.setblocking(False)
        super().start()

    def run(self) -> None:
        """Connection after connection."""
        while not self._ending.is_set():
            try:
                self._client.reconnect()
                self._serve()
            except OSError:  # nobody there
                pass
            except Exception:  # the library stumbled: over a packet that is none, for example
                structlog.get_logger("mqtt").exception("connection ended", thread=self.name)
                self._lost()  # it would not say so itself
            self._ending.wait(self._delay_s)
            self._delay_s = min(2 * self._delay_s, RECONNECT_S_MAX)

    def _serve(self) -> None:
        """Until this connection has ended."""
        sock, woken = self._client.socket(), self._woken
        if sock is None or woken is None:
            return
        if self._ending.is_set():  # `disconnect` came while we were connecting
            self._client.disconnect()
        poll = select.poll()
        poll.register(woken, select.POLLIN)
        poll.register(sock, select.POLLIN)
        more = select.poll()
        more.register(sock, select.POLLIN)
        socket_fd, misc_s = sock.fileno(), 0.0
        while self._client.socket() is sock:
            # Asked last of all before the wait: what is published from here on rings.
            poll.modify(socket_fd, select.POLLIN | (select.POLLOUT if self._client.want_write() else 0))
            happened = dict(poll.poll(TICK_S * 1000))
            if woken.fileno() in happened:
                with suppress(BlockingIOError):
                    woken.recv(4096)
            now_s = time.monotonic()
            with self._turn:
                self._move(more, bool(happened.get(socket_fd, 0) & ~select.POLLOUT))
                if now_s - misc_s >= TICK_S and self._client.loop_misc() == paho.MQTT_ERR_SUCCESS:
                    misc_s = now_s
            if self._ending.is_set() and now_s > self._goodbye_s:
                return

    def _move(self, more: select.poll, readable: bool) -> None:
        """Reads what has come, then writes what waits: also when nothing seems to wait, or the library would not say
        again that something does."""
        for _ in range(READS_MAX):
            if not readable or self._client.loop_read() != paho.MQTT_ERR_SUCCESS or self._client.socket() is None:
                break
            readable = bool(more.poll(0))
        self._client.loop_write()
