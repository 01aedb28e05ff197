"""Socket files below directories of any length."""

import socket
from pathlib import Path

import pytest

from runtime.unix_path import SUN_PATH_BYTES_MAX, short_path


def test_a_path_that_fits_stays() -> None:
    path = Path("/tmp") / ("x" * (SUN_PATH_BYTES_MAX - len("/tmp/")))
    with short_path(path) as text:
        assert text == str(path)


def test_bytes_count_not_letters(tmp_path: Path) -> None:
    folder = tmp_path / "ồ"
    folder.mkdir()
    path = folder / ("ế" * (SUN_PATH_BYTES_MAX // 3))
    with short_path(path) as text:
        assert text.startswith("/proc/self/fd/")


def test_server_and_client_meet_below_a_long_directory(tmp_path: Path) -> None:
    folder = tmp_path / ("d" * 100) / ("e" * 100)
    folder.mkdir(parents=True)
    path = folder / "server.sock"
    with socket.socket(socket.AF_UNIX) as server, socket.socket(socket.AF_UNIX) as client:
        with short_path(path) as text:
            server.bind(text)
        assert path.is_socket()
        server.listen(1)
        with short_path(path) as text:
            client.connect(text)


def test_no_directory_is_no_file(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError), short_path(tmp_path / ("x" * 200) / "server.sock"):
        pass
