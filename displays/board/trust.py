"""Whether the board may be believed: by the server's presence and the age of its heartbeat, never by our own link."""

from displays.board.state import BoardState

SILENT_S = 5.0  # heartbeats come every second; five lost ones are not jitter
SAID_GOODBYE_S = 2.0  # the same once the broker says that the server is gone: a quick restart is not shown
BEHIND_S = 3.0  # the heartbeat names a snapshot that has not come for so long


def doubts_at_s(state: BoardState) -> float:
    """Monotonic second from which the board says that it may be out of date, unless something is heard before."""
    last_s = state.started_s if state.heard_s is None else state.heard_s
    limit_s = SAID_GOODBYE_S if state.server_online is False else SILENT_S
    behind_s = float("inf") if state.behind_since_s is None else state.behind_since_s + BEHIND_S
    return min(last_s + limit_s, behind_s)


def is_doubtful(state: BoardState, mono_s: float) -> bool:
    """True when the board may be out of date."""
    return mono_s >= doubts_at_s(state)
