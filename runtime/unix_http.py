"""HTTP to the queue server of this machine over its Unix socket (DATA/run, 0700): the administrator's own door."""

import http.client
import socket
from pathlib import Path

from runtime.unix_path import short_path

TIMEOUT_S = 30.0


class UnixConnection(http.client.HTTPConnection):
    """An HTTP connection to a socket file. Connecting raises OSError when nobody listens."""

    def __init__(self, path: Path, timeout_s: float = TIMEOUT_S) -> None:
        super().__init__("localhost", timeout=timeout_s)
        self._path, self._timeout_s = path, timeout_s

    def connect(self) -> None:
        """Opens the socket."""
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.sock.settimeout(self._timeout_s)
        with short_path(self._path) as path:
            self.sock.connect(path)
