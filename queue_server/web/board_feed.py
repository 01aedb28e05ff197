"""The lobby's frame for browsers: composed here by the same code as the TV's, sent whenever it looks different.

Old televisions have weak processors: their page only puts texts in places.
"""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from typing import Any

import msgspec

from contracts.errors import Rejected
from contracts.messages.devices import Heartbeat
from displays import board as lobby
from queue_server.application.ports import QueueService
from runtime.clock import to_ms
from runtime.i18n import Catalog

BOARDS_MAX = 40
PULSE_S = 5.0
"""A frame is sent at least this often, so that a page can tell silence from calm."""
UNSEEN_S_MAX = 15.0
"""After so long without a viewer the next one gets a board that starts, not the calls that nobody saw."""
STREAM_S_MAX = 6 * 3600.0


class BoardFeed:
    """One state of the board for all browsers of this server."""

    def __init__(self, service: QueueService) -> None:
        self._service = service
        self._state = lobby.initial(service.office, [], service.clock.mono_s())
        self._looked_s = service.clock.mono_s()
        self._wakes: set[asyncio.Event] = set()
        self._closed = False

    def changed(self) -> None:
        """The board has a new snapshot."""
        for wake in self._wakes:
            wake.set()

    def close(self) -> None:
        """Ends every stream."""
        self._closed = True
        self.changed()

    def frame(self, lang: str) -> bytes:
        """The frame now, as JSON with its words in `lang`."""
        now = self._moment()
        picture = lobby.frame(self._state, self._service.office, now, lang)
        return msgspec.json.encode(_spoken(msgspec.to_builtins(picture), Catalog.load(lang)))

    def stream(self, lang: str) -> AsyncIterator[bytes]:
        """Frames as server-sent events. Raises `busy` over BOARDS_MAX."""
        if len(self._wakes) >= BOARDS_MAX:
            raise Rejected("busy", f"{BOARDS_MAX} boards look already")
        return self._run(lang)

    async def _run(self, lang: str) -> AsyncIterator[bytes]:
        wake, last, loop = asyncio.Event(), b"", asyncio.get_running_loop()
        sent_s, end_s = 0.0, loop.time() + STREAM_S_MAX
        self._wakes.add(wake)
        try:
            yield b"retry: 2000\n\n"
            while not self._closed and loop.time() < end_s:
                wake.clear()
                frame = self.frame(lang)
                if frame != last or loop.time() - sent_s >= PULSE_S:
                    last, sent_s = frame, loop.time()
                    yield b"event: frame\ndata: " + frame + b"\n\n"
                pause_s = min(PULSE_S, lobby.next_change_s(self._state, self._moment()))
                await _first(wake, pause_s)
        finally:
            self._wakes.discard(wake)

    def _moment(self) -> lobby.Moment:
        # We are the server: what we know is the truth, as a heartbeat would say to a board elsewhere.
        now, mono_s, snapshot = self._service.clock.now(), self._service.clock.mono_s(), self._service.board()
        if mono_s - self._looked_s > UNSEEN_S_MAX:
            self._state = lobby.initial(self._service.office, [], mono_s)
        self._looked_s = mono_s
        self._state = lobby.apply(self._state, lobby.SnapshotArrived(snapshot), mono_s)
        beat = Heartbeat(now, to_ms(now), snapshot.version)
        self._state = lobby.apply(self._state, lobby.BeatHeard(beat), mono_s)
        return lobby.Moment(mono_s, now)


async def _first(wake: asyncio.Event, pause_s: float) -> None:
    with contextlib.suppress(TimeoutError):  # time alone changes the frame, too
        await asyncio.wait_for(wake.wait(), pause_s)


def _spoken(value: Any, catalog: Catalog) -> Any:
    """The frame with every Words ({key, params}) replaced by its text."""
    if isinstance(value, dict):
        if value.keys() == {"key", "params"}:
            return catalog.text(value["key"], **value["params"])
        return {name: _spoken(part, catalog) for name, part in value.items()}
    return [_spoken(part, catalog) for part in value] if isinstance(value, list | tuple) else value
