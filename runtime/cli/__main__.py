"""`python -m runtime.cli VERB …`: finds the verb and becomes its process."""

import os
import sys
from collections.abc import Sequence
from typing import NoReturn

from runtime.cli.verbs import VERBS, CliVerb, find, help_text, nearest


def _unknown(words: Sequence[str]) -> int:
    guess = nearest(list(words))
    hint = f"; did you mean {guess!r}?" if guess else ""
    sys.stderr.write(f"motcua: error[usage]: no verb {' '.join(words[:2])!r}{hint} (motcua --help lists them)\n")
    return 2


def command(verb: CliVerb, rest: Sequence[str]) -> list[str]:
    """The command line that a verb becomes. `-P`: the current directory is no place to import from."""
    own = [word for word in rest if word != "--yes"]  # meant for the launcher, which has seen it
    return [sys.executable, "-P", "-m", verb.module, *verb.args, *own]


def _become(line: list[str]) -> NoReturn:
    sys.stdout.flush()
    os.execv(line[0], line)  # noqa: S606 - a fixed table of our own modules


def main(argv: Sequence[str]) -> int:
    """Exit code 2 for a usage error; otherwise does not return."""
    words = [word for word in argv if word != "--yes"]
    if words[:1] == ["--knows"]:  # the launcher asks before it installs for a verb
        known = {part for name in VERBS for part in (name, name.split()[0])}
        return 0 if words[1:2] and words[1] in known else _unknown(words[1:])
    if not words or words[0] in ("-h", "--help", "help"):
        sys.stdout.write(help_text() + "\n")
        return 0
    if words[0] == "--version":
        words[0] = "version"
    found = find(words)
    if found is None:
        return _unknown(words)
    return _become(command(*found))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
