"""What stands on a sign, cell by cell.

A counter sign of six cells (the family's own form, devices.md §1.2: `A135<72` is number, arrow, counter; on finish
QSystem blanks the number and leaves the rest, so that the sign stays the counter's plate):

| the counter            | six cells | why                                                |
|------------------------|-----------|----------------------------------------------------|
| calls or serves A001   | `A001<1`  | number, direction, counter                         |
| is open, nobody called | `    <1`  | blank number, the plate stays: the sign is alive   |
| is paused              | `----<1`  | bars instead of a number: not now                  |
| is closed              | `------`  | bars only: not here                                |

Two-digit counters on six cells lose what a person under the sign knows anyway: first the counter, then the arrow.
"""

from displays.board import RowLook

NUMBER_CELLS = 4  # a letter and three digits (contracts.ids)
BAR = "-"


def counter_text(look: RowLook, number: str | None, counter: int, arrow: str, cells: int) -> str:
    """The text of a counter sign, exactly `cells` long unless the number itself is longer."""
    if look is RowLook.CLOSED:
        return BAR * cells
    shown = number or (BAR if look is RowLook.PAUSED else " ") * NUMBER_CELLS
    plates = (f"{arrow or ' '}{counter}", arrow, "")
    plate = next((plate for plate in plates if len(shown) + len(plate) <= cells), "")
    return (shown + plate).ljust(cells)


def hall_text(number: str, counter: int) -> str:
    """The newest call on a hall sign: `A001 -> 3`, in characters every message sign has (7-bit)."""
    return f"{number} -> {counter}"
