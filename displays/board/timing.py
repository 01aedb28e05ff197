"""When the board looks different by time alone, so that a renderer can sleep until then."""

from displays.board import spotlight as spots
from displays.board.compose import PAGE_S
from displays.board.model import Moment
from displays.board.state import BoardState
from displays.board.trust import doubts_at_s

STEP_S_MIN = 0.02


def next_change_s(state: BoardState, now: Moment) -> float:
    """Seconds until `frame` may differ without an event, at least STEP_S_MIN, at most a minute."""
    wall_s = now.wall.timestamp()
    steps = [60 - wall_s % 60, PAGE_S - wall_s % PAGE_S]
    doubt_s = doubts_at_s(state) - now.mono_s
    if doubt_s > 0:
        steps.append(doubt_s)
    step = spots.next_step_s(state.spotlight, now.mono_s)
    if step is not None:
        steps.append(step)
    return max(STEP_S_MIN, min(steps))
