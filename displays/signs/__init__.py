"""What every LED sign should show, decided from the board's messages. The bridge owns bytes and ports."""

from displays.signs.desired import SignsState, Wish, initial, next_change_s, observe, wishes

__all__ = ["SignsState", "Wish", "initial", "next_change_s", "observe", "wishes"]
