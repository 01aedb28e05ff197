"""`python -m tests.simulation [--seed N | --seeds A-B] [--steps N] [--trace]`; exit 1 at a broken promise."""

import argparse
import sys
import time
import traceback
from collections.abc import Sequence

from tests.simulation.run import command, play
from tests.simulation.world import STEPS_MAX

TAIL = 40


def seeds_of(text: str) -> range:
    """ "17" or "0-999"."""
    first, _, last = text.partition("-")
    return range(int(first), int(last or first) + 1)


def main(words: Sequence[str]) -> int:
    """Entry."""
    parser = argparse.ArgumentParser(prog="python -m tests.simulation")
    parser.add_argument("--seed", "--seeds", dest="seeds", type=seeds_of, default=seeds_of("0-49"), metavar="A[-B]")
    parser.add_argument("--steps", type=int, default=STEPS_MAX, help="stop a seed after so many steps")
    parser.add_argument("--trace", action="store_true", help="print what happened")
    parser.add_argument("--first", action="store_true", help="end at the first seed that breaks a promise")
    options = parser.parse_args(words)
    began_s, failed = time.monotonic(), []
    for seed in options.seeds:
        outcome = play(seed, options.steps)
        if options.trace:
            print("\n".join(outcome.trace))
        if outcome.broken is not None:
            failed.append(seed)
            print(f"seed {seed}: {outcome.broken}  (step {outcome.steps}, {outcome.now_s:.1f} s)")
            if outcome.broken.__cause__ is not None:
                traceback.print_exception(outcome.broken.__cause__)
            if not options.trace:
                print("\n".join(outcome.trace[-TAIL:]))
            print(f"replay: {command(seed)}")
            if options.first:
                break
        elif len(options.seeds) <= 50 or options.trace:
            print(
                f"seed {seed}: ok, {outcome.steps} steps, {outcome.now_s:.0f} s, "
                f"{outcome.printed} printed, {outcome.journal} journal entries"
            )
    print(f"{len(options.seeds)} seeds, {len(failed)} failed {failed[:20]}, {time.monotonic() - began_s:.1f} s")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
