"""One abstract Unix socket a child, on which it says that it is ready (sd_notify(3))."""

import socket

NOTICE_BYTES_MAX = 4_096


class Notices:
    """The receiving end for one child. Abstract: no file is left behind, no path is too long for a socket."""

    def __init__(self, run_id: str, name: str) -> None:
        self.address = f"@motcua-{run_id}-{name}"  # the run id is random: nobody else can say "ready"
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_NONBLOCK | socket.SOCK_CLOEXEC)
        self._socket.bind("\0" + self.address[1:])

    def fileno(self) -> int:
        """For the selector."""
        return self._socket.fileno()

    def said_ready(self) -> bool:
        """Read everything that waits; True when READY=1 was among it."""
        ready = False
        while True:
            try:
                text = self._socket.recv(NOTICE_BYTES_MAX).decode(errors="replace")
            except BlockingIOError:
                return ready
            ready = ready or "READY=1" in text.splitlines()

    def close(self) -> None:
        """Give the address back."""
        self._socket.close()


def accepts(address: tuple[str, int], timeout_s: float = 0.2) -> bool:
    """True when somebody accepts connections there."""
    try:
        socket.create_connection(address, timeout=timeout_s).close()
    except OSError:
        return False
    return True
