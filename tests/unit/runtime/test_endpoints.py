"""Where a device is."""

from dataclasses import dataclass
from pathlib import Path

import pytest

from contracts.errors import Rejected
from runtime.endpoints import endpoints_path, read_endpoints, resolve, write_endpoints


@dataclass
class Row:
    id: str
    url: str | None = None


def test_the_office_file_comes_first(tmp_path: Path) -> None:
    write_endpoints(tmp_path, {"printer-1": "tcp://127.0.0.1:9"})
    assert resolve(Row("printer-1"), tmp_path) == "tcp://127.0.0.1:9"
    assert resolve(Row("printer-1", "usb://04b8:0e15"), tmp_path) == "usb://04b8:0e15"
    assert resolve(Row("printer-1", ""), tmp_path) == ""  # switched off


def test_a_device_that_nobody_simulates(tmp_path: Path) -> None:
    assert resolve(Row("printer-1"), tmp_path) == ""
    write_endpoints(tmp_path, {})
    assert resolve(Row("printer-1"), tmp_path) == ""


def test_written_whole(tmp_path: Path) -> None:
    write_endpoints(tmp_path, {"a": "tcp://h:1"})
    write_endpoints(tmp_path, {"b": "tcp://h:2"})
    assert read_endpoints(tmp_path) == {"b": "tcp://h:2"}
    assert [p.name for p in endpoints_path(tmp_path).parent.iterdir()] == ["endpoints.json"]


@pytest.mark.parametrize("content", [b"", b"[]", b'{"a": 1}', b"{", b"\xff", b"{" + b" " * 100_001 + b"}"])
def test_rubbish_is_refused(tmp_path: Path, content: bytes) -> None:
    endpoints_path(tmp_path).parent.mkdir()
    endpoints_path(tmp_path).write_bytes(content)
    with pytest.raises(Rejected) as refused:
        read_endpoints(tmp_path)
    assert refused.value.code == "config_invalid"
