"""Promises about kiosks, and about every queue in every process."""

from typing import TYPE_CHECKING

from displays.board.spotlight import QUEUE_MAX as SPOTS_MAX
from displays.board.state import AHEAD_MAX
from firmware_bridge.speech.announcer import PENDING_MAX as TURNS_MAX
from kiosk.adapters.news import WAITING_MAX
from kiosk.adapters.spool import WAITING_MAX as SPOOL_MAX
from kiosk.flow.kiosk import LOST_S
from kiosk.flow.state import fresh_visit
from kiosk.flow.ticket import PRINT_S_MAX
from queue_server.application.writer import QUEUE_MAX
from runtime.commands import PENDING_MAX
from tests.simulation.world import Violation

if TYPE_CHECKING:
    from tests.simulation.office import Simulation

COMMAND_S_MAX = 5.0
SLACK_S = 3.0


def queues_are_bounded(sim: "Simulation") -> None:
    """Every queue is under its named limit."""
    for kiosk in sim.kiosks:
        if kiosk.core is not None:
            _bounded(f"{kiosk.user} news", len(kiosk.core.news._waiting), WAITING_MAX)
            _bounded(f"{kiosk.user} commands", len(kiosk.core.server._commander._pending), PENDING_MAX)
            _bounded(f"{kiosk.user} spool", len(kiosk.core._spool._jobs.queue), SPOOL_MAX)
    for board in sim.boards:
        if board.state is not None:
            _bounded(f"{board.user} ahead", len(board.state.ahead), AHEAD_MAX)
            _bounded(f"{board.user} spotlight", len(board.state.spotlight.queue), SPOTS_MAX)
    if sim.bridge.announcer is not None:
        _bounded("announcements", len(sim.bridge.announcer.turns), TURNS_MAX + 1)
    if sim.server.live is not None:
        _bounded("writer", sim.server.waiting, QUEUE_MAX)


def _bounded(name: str, size: int, most: int) -> None:
    if size > most:
        raise Violation("queues_are_bounded", f"{name}: {size} of {most}")


def kiosks_forget(sim: "Simulation") -> None:
    """After idle, nothing of a visitor is on the glass or in memory."""
    for kiosk in sim.kiosks:
        state = kiosk.state
        if state is None:
            continue
        idle_s = sim.world.now_s - kiosk.untouched_since_s
        if idle_s > COMMAND_S_MAX + PRINT_S_MAX + state.setup.home_s + SLACK_S and state.visit != fresh_visit(
            state.setup
        ):
            raise Violation("kiosks_forget", f"{kiosk.user} after {idle_s:.0f} s: {state.visit}")
        if idle_s > COMMAND_S_MAX + LOST_S + SLACK_S and state.lost is not None:
            raise Violation("kiosks_forget", f"{kiosk.user} after {idle_s:.0f} s: {state.lost}")
