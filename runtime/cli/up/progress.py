"""Lines of progress for a person, on stderr."""

import contextlib
import select
import sys

LINE_BYTES_MAX = 4_000  # under PIPE_BUF (pipe(7)): when a pipe takes anything, it takes this without blocking


def say(text: str) -> None:
    """A line, if somebody reads. An office does not stop or wait because its terminal went away."""
    line = f"motcua: {text}".encode()[:LINE_BYTES_MAX] + b"\n"
    with contextlib.suppress(OSError, ValueError):
        if select.select([], [sys.stderr], [], 0)[1]:
            sys.stderr.buffer.write(line)
            sys.stderr.buffer.flush()
