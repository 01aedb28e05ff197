"""The promises, looked at after every step. Each is a function that raises Violation with its own name.

(From the list of simulation invariants that the design gives; tests/simulation/test_invariants.py shows each to fail.)
"""

from collections.abc import Callable
from typing import TYPE_CHECKING

from tests.simulation import about_calls, about_commands, about_kiosks, about_records, about_tickets

if TYPE_CHECKING:
    from tests.simulation.office import Simulation

# fmt: off
AFTER_EVERY_STEP: tuple[Callable[["Simulation"], None], ...] = (
    about_records.journal_has_no_gap, about_records.tables_equal_the_journal, about_records.nothing_broke,
    about_tickets.a_number_is_unique, about_tickets.a_printed_ticket_is_in_the_database, about_tickets.moves_are_legal,
    about_tickets.nobody_is_called_twice, about_tickets.clocks_reorder_nobody, about_tickets.nobody_is_passed_over,
    about_tickets.twins_are_void,
    about_tickets.blocks_are_disjoint, about_tickets.offline_order_is_kept,
    about_commands.acknowledged_is_kept, about_commands.one_effect_each,
    about_commands.late_commands_do_nothing, about_commands.taken_over_is_kept,
    about_calls.versions_go_forward, about_calls.calls_are_on_boards_in_time, about_calls.calls_are_published,
    about_calls.published_is_committed,
    about_calls.spoken_at_most,
    about_calls.boards_equal_the_snapshot,
    about_kiosks.queues_are_bounded, about_kiosks.kiosks_forget,
)
AT_THE_END: tuple[Callable[["Simulation"], None], ...] = (
    about_tickets.everybody_was_called, about_records.all_tables_equal_the_journal, about_tickets.all_paper_is_known,
)
# fmt: on


class Judge:
    """Looks after each step; `memory` is where the promises keep what they must remember."""

    def __init__(self, sim: "Simulation") -> None:
        self._sim = sim

    def look(self) -> None:
        """All promises."""
        for promise in AFTER_EVERY_STEP:
            promise(self._sim)


def at_the_end(sim: "Simulation") -> None:
    """What must be true when all is quiet."""
    for promise in AT_THE_END:
        promise(sim)
