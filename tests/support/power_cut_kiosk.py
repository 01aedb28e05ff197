"""A kiosk without glass, server and printer: numbers out of a block into the spool, jobs into the record of prints.

In the order of kiosk/flow/offline.py and kiosk/printing/worker.py. Says each number when its paper begins to come out.
"""

import sys
from pathlib import Path
from uuid import uuid4

from contracts.ids import format_ticket_number
from contracts.messages.leases import LeaseBlock, OfflineTicket
from kiosk.adapters.spool_file import SpoolFile
from kiosk.flow.effects import KeepGiven, KeepGrant, KeepTicket
from kiosk.flow.leases import LeaseBook
from kiosk.printing.ledger import JobState, PrintLedger

SERVICE, DAY, BLOCK = "A", "2026-11-23", "block-1"
T0 = 1_795_403_600_000
LAST = 999


class PaperKiosk:
    """Its durable parts, opened as at a start of the kiosk."""

    def __init__(self, folder: Path) -> None:
        self.ledger = PrintLedger(folder / "kiosk-1-prints.jsonl")
        self.spool = SpoolFile(folder / "kiosk-1.sqlite", lambda: str(uuid4()))
        self.spool.recover(lambda job: self.ledger.state(job) is not None)

    def book(self) -> LeaseBook:
        """What it knows of its numbers."""
        return self.spool.book()

    def close(self) -> None:
        """Lets go of the files."""
        self.spool.close()
        self.ledger.close()

    def give(self, serial: int) -> None:
        """One visitor."""
        number = format_ticket_number(SERVICE, serial)
        ticket = OfflineTicket(id=str(uuid4()), block=BLOCK, number=number, taken_ms=T0 + serial * 1000)
        self.spool.keep(KeepTicket(ticket, serial, given=False))
        self.ledger.record(ticket.id, JobState.STARTED)
        sys.stdout.write(f"{number}\n")
        sys.stdout.flush()
        self.ledger.record(ticket.id, JobState.PRINTED)
        self.spool.keep(KeepGiven(ticket.id))


def main(folder: Path) -> None:
    """Gives numbers until it is killed."""
    kiosk = PaperKiosk(folder)
    if not kiosk.book().blocks:
        kiosk.spool.keep(KeepGrant((LeaseBlock(BLOCK, SERVICE, DAY, 1, LAST),)))
    used = kiosk.book().used.get(BLOCK, frozenset())
    for serial in range(max(used, default=0) + 1, LAST + 1):
        kiosk.give(serial)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
