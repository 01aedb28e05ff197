"""The printer's ports: ESC/POS on TCP, orders on a Unix datagram socket.

Real-time questions are answered as they arrive; everything else waits in a bounded queue a
connection. A full queue stops reading, so the sender feels the printer's buffer as TCP's own.
"""

from __future__ import annotations

import asyncio
import socket
from pathlib import Path
from typing import Final, cast

from contracts.errors import Rejected
from kiosk.printing.simulator.framer import Cut, Framer, Op, StatusQuery, Transmit
from kiosk.printing.simulator.printer import Printer
from runtime.log import get_logger

CONNECTIONS_MAX: Final = 8
QUEUED_OPS_MAX: Final = 64
CHUNK_BYTES: Final = 4096
IDLE_S_MAX: Final = 300.0
"""A connection that says nothing for so long is closed, as printers do."""
ORDER_BYTES_MAX: Final = 200

_log = get_logger("printer-sim")


class PrinterServer:
    """open() → …connections… → close()."""

    def __init__(self, printer: Printer) -> None:
        self._printer = printer
        self._server: asyncio.Server | None = None
        self._orders: asyncio.DatagramTransport | None = None
        self._control: Path | None = None
        self._tasks: set[asyncio.Task[None]] = set()
        self._connections = 0

    async def open(self, host: str, port: int, control: Path | None = None) -> int:
        """Listen; the TCP port (for port 0: the one the system gave). Raises `port_in_use`."""
        try:
            self._server = await asyncio.start_server(self._accept, host, port, limit=CHUNK_BYTES)
        except OSError as error:
            raise Rejected("port_in_use", f"{host}:{port}: {error.strerror}") from error
        if control is not None:
            await self._open_orders(control)
        return int(self._server.sockets[0].getsockname()[1])

    async def close(self) -> None:
        """Stop listening and drop what is open."""
        if self._server:
            self._server.close()
        if self._orders:
            self._orders.close()
        if self._control:
            self._control.unlink(missing_ok=True)
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _open_orders(self, path: Path) -> None:
        orders = _bind(path)
        loop = asyncio.get_running_loop()
        self._orders, _ = await loop.create_datagram_endpoint(lambda: _Orders(self._printer), sock=orders)
        self._control = path

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if self._connections >= CONNECTIONS_MAX:
            _log.warning("connection_refused", open=self._connections)
            writer.close()
            return
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        self._connections += 1
        try:
            await _Connection(self._printer, reader, writer).run()
        finally:
            self._connections -= 1
            self._tasks.discard(task)
            writer.close()


def _bind(path: Path) -> socket.socket:
    """A datagram socket at `path`; what an earlier run left there goes. Raises `data_unwritable`."""
    orders = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.unlink(missing_ok=True)
        orders.bind(str(path))
    except OSError as error:
        orders.close()
        raise Rejected("data_unwritable", f"{path}: {error.strerror or error}") from error
    return orders


class _Connection:
    """One sender: a framer, a queue, and a worker that takes its turn at the paper."""

    def __init__(self, printer: Printer, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._printer = printer
        self._reader = reader
        self._writer = writer
        self._framer = Framer()
        self._queue: asyncio.Queue[Op | None] = asyncio.Queue(QUEUED_OPS_MAX)

    async def run(self) -> None:
        """Until the sender hangs up and its queue is printed, as with a real printer's buffer."""
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._work())
            tasks.create_task(self._listen())

    async def _listen(self) -> None:
        try:
            while chunk := await asyncio.wait_for(self._reader.read(CHUNK_BYTES), IDLE_S_MAX):
                await self._take(chunk)
        except (ConnectionError, TimeoutError) as error:
            _log.info("connection_lost", reason=type(error).__name__)
        await self._queue.put(None)

    async def _take(self, chunk: bytes) -> None:
        for op in self._framer.feed(chunk):
            if isinstance(op, StatusQuery):
                await self._answer(self._printer.machine.status(op.n))
            else:
                await self._queue.put(op)

    async def _work(self) -> None:
        """Take the turn with the first operation that marks paper, give it back with the cut."""
        mine = False
        try:
            while (op := await self._queue.get()) is not None:
                if isinstance(op, Transmit):
                    await self._printer.ready()
                    await self._answer(self._printer.machine.transmit(op.n))
                    continue
                if not mine:
                    await self._printer.turn.acquire()
                    mine = True
                await self._printer.work_off(op)
                if isinstance(op, Cut):
                    self._printer.turn.release()
                    mine = False
        finally:
            if mine:
                self._printer.turn.release()

    async def _answer(self, data: bytes) -> None:
        if not data or self._writer.is_closing():
            return
        try:
            self._writer.write(data)
            await self._writer.drain()
        except ConnectionError:
            return  # asked and gone: nobody is left to tell


class _Orders(asyncio.DatagramProtocol):
    """One datagram an order; a sender with an address gets `ok` or the coded error back."""

    def __init__(self, printer: Printer) -> None:
        self._printer = printer
        self._transport: asyncio.DatagramTransport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.DatagramTransport", transport)  # not a subclass before Python 3.12

    def datagram_received(self, data: bytes, addr: object) -> None:
        try:
            self._printer.order(data[:ORDER_BYTES_MAX].decode("utf-8", "replace"))
            answer = "ok"
        except Rejected as rejected:
            _log.warning("bad_order", code=rejected.code, detail=rejected.detail)
            answer = f"error[{rejected.code}]: {rejected.detail}"
        if addr and self._transport:
            self._transport.sendto(answer.encode(), addr)  # type: ignore[arg-type]  # a path, for AF_UNIX
