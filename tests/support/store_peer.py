"""`python -m tests.support.store_peer WHERE`: another server's store, in a process of its own, told what to do by lines
on its standard input: `take` commits a ticket, `end` ends it in good order. Answers a line each."""

import sys
from pathlib import Path

from contracts.errors import Rejected
from tests.support.offices import T0
from tests.support.stores import Day


def main(where: str) -> None:
    """Opens, says `open EPOCH` or `refused CODE`, then obeys."""
    try:
        day = Day(where if where.startswith("postgresql:") else Path(where), T0)
    except Rejected as why:
        say(f"refused {why.code}")
        return
    say(f"open {day.store.epoch}")
    for line in sys.stdin:
        if line.strip() == "end":
            day.store.close()
            return
        try:
            result = day.run(day.take())[0]
            say(f"committed {result.ticket}")
        except Rejected as why:
            say(f"refused {why.code}")


def say(line: str) -> None:
    """At once."""
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main(sys.argv[1])
