"""The voice's health out of its pieces: the worst of them is told, and only when it changes."""

import threading
from collections.abc import Callable

from contracts.errors import Rejected
from contracts.messages.devices import HealthState

OnHealth = Callable[[HealthState, str | None, str], None]
"""(state, code of contracts/errors.py or None, detail). Called from the voice's own threads."""

_ORDER = (HealthState.FAULT, HealthState.WARN)


class Health:
    """`set` and `clear` by piece ("card", "files", "voice", "build", "log"), from any thread."""

    def __init__(self, tell: OnHealth) -> None:
        self._tell = tell
        self._lock = threading.Lock()
        self._pieces: dict[str, tuple[HealthState, Rejected]] = {}
        self._told: tuple[HealthState, str | None] | None = None

    def set(self, piece: str, state: HealthState, problem: Rejected) -> None:
        """`piece` is not well."""
        with self._lock:
            self._pieces[piece] = (state, problem)
            self._report()

    def clear(self, piece: str) -> None:
        """`piece` is well."""
        with self._lock:
            self._pieces.pop(piece, None)
            self._report()

    def _report(self) -> None:
        for state in _ORDER:
            worst = next((problem for known, problem in self._pieces.values() if known is state), None)
            if worst is not None:
                self._say(state, worst.code, worst.detail)
                return
        self._say(HealthState.OK, None, "")

    def _say(self, state: HealthState, code: str | None, detail: str) -> None:
        if self._told != (state, code):
            self._told = (state, code)
            self._tell(state, code, detail)
