"""The queue server put together."""

from pathlib import Path

from queue_server.bootstrap import Server
from runtime.secrets import ensure_secret
from tests.support.offices import SAMPLE


def test_nobody_else_reaches_the_administrators_socket(tmp_path: Path) -> None:
    """uvicorn makes the socket itself writable for everybody, and a part started first may have made DATA/run."""
    run = tmp_path / "run"
    run.mkdir(mode=0o755)
    ensure_secret(tmp_path, "server")
    server = Server(["--id", "server", "--office", str(SAMPLE), "--data", str(tmp_path)])
    try:
        with server._socket():
            assert run.stat().st_mode & 0o077 == 0
    finally:
        server._dossiers.close()
        server._store.close()
