"""What `up` refuses, before it has changed anything."""

import fcntl
import os
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from contracts.errors import Rejected
from runtime.address import Address
from runtime.cli.up.preflight import free_addresses, open_data, refuse_second, take_lock


@pytest.fixture
def taken() -> Iterator[Address]:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        yield Address(*listener.getsockname())


def test_a_port_in_use_is_refused_with_its_option(taken: Address) -> None:
    with pytest.raises(Rejected, match=f"--mqtt {taken} is used") as refused:
        free_addresses({"--http": Address("127.0.0.1", 0), "--mqtt": taken})
    assert refused.value.code == "port_in_use"


def test_two_zeros_become_two_ports() -> None:
    found = free_addresses({"a": Address("127.0.0.1", 0), "b": Address("127.0.0.1", 0)})
    assert 0 not in {a.port for a in found.values()}
    assert found["a"].port != found["b"].port


@pytest.mark.parametrize("host", ["no.such.host.invalid", "192.0.2.1"])  # RFC 6761, RFC 5737: never ours
def test_a_host_that_is_not_here(host: str) -> None:
    with pytest.raises(Rejected) as refused:
        free_addresses({"--http": Address(host, 0)})
    assert refused.value.code == "usage"


def test_the_data_directory_is_made_with_private_parts(tmp_path: Path) -> None:
    data = tmp_path / "deep" / "data"
    open_data(data)
    open_data(data)
    for name in ("db", "secrets", "run", "spool"):
        assert (data / name).stat().st_mode & 0o777 == 0o700
    assert (data / "run" / "dev").is_dir()
    assert data.stat().st_mode & 0o777 == 0o700


def test_a_data_directory_that_is_there_keeps_its_rights(tmp_path: Path) -> None:
    data = tmp_path / "data"
    data.mkdir(mode=0o750)
    open_data(data)
    assert data.stat().st_mode & 0o777 == 0o750


def test_a_data_directory_that_is_a_file(tmp_path: Path) -> None:
    (tmp_path / "data").touch()
    with pytest.raises(Rejected) as refused:
        open_data(tmp_path / "data")
    assert refused.value.code == "data_unwritable"
    assert (tmp_path / "data").is_file()


def test_a_data_directory_where_nobody_may_write() -> None:
    with pytest.raises(Rejected) as refused:
        open_data(Path("/proc/motcua-data"))
    assert refused.value.code == "data_unwritable"


def test_the_second_holder_is_told_who_the_first_is(tmp_path: Path) -> None:
    open_data(tmp_path)
    refuse_second(tmp_path)
    lock = take_lock(tmp_path)
    for attempt in (refuse_second, take_lock):
        with pytest.raises(Rejected, match=f"process {os.getpid()}") as refused:
            attempt(tmp_path)
        assert refused.value.code == "already_running"
    os.close(lock)
    refuse_second(tmp_path)
    os.close(take_lock(tmp_path))


def test_looking_for_a_first_one_makes_nothing(tmp_path: Path) -> None:
    refuse_second(tmp_path / "data")
    assert list(tmp_path.iterdir()) == []


def test_the_lock_is_not_for_children(tmp_path: Path) -> None:
    open_data(tmp_path)
    lock = take_lock(tmp_path)
    assert not os.get_inheritable(lock)
    assert fcntl.fcntl(lock, fcntl.F_GETFD) & fcntl.FD_CLOEXEC
    os.close(lock)
