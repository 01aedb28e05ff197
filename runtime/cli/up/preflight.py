"""What must hold before anything is started or written: each refusal is coded and changes nothing."""

import errno
import fcntl
import os
import socket
import tempfile
from contextlib import ExitStack
from pathlib import Path

from contracts.errors import Rejected
from runtime.address import Address
from runtime.secrets import private_dir

LOCK_NAME = "up.lock"
PRIVATE_DIRS = ("db", "secrets", "run", "spool")  # visitor data, keys, sockets
PUBLIC_DIRS = ("logs", "printed", "screens", "signs", "spoken", "voices", "run/dev")


def _bind(option: str, wanted: Address) -> socket.socket:
    try:
        family, kind, _, _, target = socket.getaddrinfo(wanted.host, wanted.port, type=socket.SOCK_STREAM)[0]
    except socket.gaierror as error:
        raise Rejected("usage", f"{option} {wanted}: {error.strerror}") from None
    listener = socket.socket(family, kind)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # ports that are only lingering are free
        listener.bind(target)
        listener.listen(1)  # two sockets may both bind with REUSEADDR; only one may listen
    except OSError as error:
        listener.close()
        if error.errno == errno.EADDRINUSE:
            raise Rejected("port_in_use", f"{option} {wanted} is used by another program") from None
        raise Rejected("usage", f"{option} {wanted}: {error.strerror}") from None
    return listener


def free_addresses(wanted: dict[str, Address]) -> dict[str, Address]:
    """option → address, each port 0 replaced by a free one. Raises `port_in_use` or `usage`.

    All are held at the same time, so that two zeros never get the same port, and let go before the children bind.
    """
    with ExitStack() as held:
        found = {}
        for option, address in wanted.items():
            listener = held.enter_context(_bind(option, address))
            found[option] = Address(address.host, listener.getsockname()[1])
        return found


def _refuse_second(lock: Path, descriptor: int) -> None:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        pid = lock.read_text().strip() or "unknown"
        raise Rejected("already_running", f"{lock.parent.parent} is run by process {pid}", pid=pid) from None


def refuse_second(data: Path) -> None:
    """Raise `already_running` when another `up` has this data; touch nothing."""
    lock = data / "run" / LOCK_NAME
    try:
        descriptor = os.open(lock, os.O_RDONLY | os.O_CLOEXEC)
    except FileNotFoundError:
        return
    except OSError as error:
        raise Rejected("data_unwritable", f"{lock}: {error.strerror}") from None
    try:
        _refuse_second(lock, descriptor)
    finally:
        os.close(descriptor)


def open_data(data: Path) -> None:
    """Make the data directory and its parts. Raises `data_unwritable`.

    One that is there already keeps the rights its owner gave it; the parts that matter have their own.
    """
    try:
        data.mkdir(mode=0o700, parents=True, exist_ok=True)
        for name in PRIVATE_DIRS:
            private_dir(data / name)
        for name in PUBLIC_DIRS:
            (data / name).mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=data) as probe:
            probe.write(b"x")
            probe.flush()
    except OSError as error:
        raise Rejected("data_unwritable", f"{data}: {error.strerror}") from None


def take_lock(data: Path) -> int:
    """Hold the data directory for as long as the descriptor is open. Raises `already_running`, `data_unwritable`."""
    lock = data / "run" / LOCK_NAME
    try:
        descriptor = os.open(lock, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError as error:
        raise Rejected("data_unwritable", f"{lock}: {error.strerror}") from None
    try:
        _refuse_second(lock, descriptor)
    except Rejected:
        os.close(descriptor)
        raise
    os.ftruncate(descriptor, 0)
    os.write(descriptor, f"{os.getpid()}\n".encode())
    return descriptor
