"""The printer's inside, between the port and the tray: one job at a time, held while it cannot print."""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Protocol

from kiosk.printing.simulator.framer import Cut, Op
from kiosk.printing.simulator.machine import Machine, obey
from kiosk.printing.simulator.paper import Roll, Sheet
from runtime.log import get_logger

_log = get_logger("printer-sim")


class DropsSheets(Protocol):
    """The tray."""

    def drop(self, sheet: Sheet) -> Path:
        """Keep a cut sheet."""


class Printer:
    """Shared by all connections; lives in one event loop."""

    def __init__(self, width_dots: int, tray: DropsSheets) -> None:
        self.machine = Machine()
        self.tickets = 0
        self.turn = asyncio.Lock()
        """Held by the connection whose job is on the paper, from its first operation to its cut."""
        self._roll = Roll(width_dots)
        self._tray = tray
        self._can_print = asyncio.Event()
        self._can_print.set()
        self._saver = ThreadPoolExecutor(1, thread_name_prefix="ticket-saver")

    def order(self, text: str) -> None:
        """Misbehave, or get well again (kiosk.printing.simulator.machine); raises `malformed`."""
        self.machine = obey(self.machine, text)
        _log.info("order", order=" ".join(text.split()))
        if self.machine.prints:
            self._can_print.set()
        else:
            self._can_print.clear()

    async def work_off(self, op: Op) -> None:
        """Print one operation, waiting as long as paper or cover forbid it."""
        await self._can_print.wait()
        if not isinstance(op, Cut):
            self._roll.apply(op)
            return
        sheet = self._roll.cut()
        if sheet is not None:
            loop = asyncio.get_running_loop()
            path = await loop.run_in_executor(self._saver, self._tray.drop, sheet)
            self.tickets += 1
            _log.info("ticket_cut", file=path.name, lost_dots=self._roll.lost_dots)

    async def ready(self) -> None:
        """Return when it can print."""
        await self._can_print.wait()

    def close(self) -> None:
        """Finish the picture being saved."""
        self._saver.shutdown(wait=True)
