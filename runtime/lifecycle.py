"""A process's life: it dies with its parent, says when it is ready, and stops when told. The same under systemd."""

import asyncio
import ctypes
import os
import signal
import socket
import threading
from collections.abc import Callable, Sequence

PR_SET_PDEATHSIG = 1  # prctl(2)
PR_SET_CHILD_SUBREAPER = 36
STOP_SIGNALS = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)

_libc = ctypes.CDLL(None, use_errno=True)


def _prctl(option: int, value: int) -> None:
    if _libc.prctl(option, value, 0, 0, 0) != 0:
        errno = ctypes.get_errno()
        raise OSError(errno, f"prctl({option}, {value}): {os.strerror(errno)}")


def die_with_parent(parent_pid: int | None = None, sig: int = signal.SIGKILL) -> None:
    """Ask the kernel to send `sig` to this process when the THREAD that forked it ends (prctl(2), PR_SET_PDEATHSIG).

    For use right after a fork: as initializer of a worker process. Survives exec, but not a change of user.
    `parent_pid`: who the parent should be; when it is already gone, this process ends at once.
    """
    _prctl(PR_SET_PDEATHSIG, sig)
    if parent_pid is not None and os.getppid() != parent_pid:
        os._exit(128 + sig)


def adopt_orphans() -> None:
    """Orphaned grandchildren become children of this process, not of init, so that it can wait for them."""
    _prctl(PR_SET_CHILD_SUBREAPER, 1)


def bound_command(command: Sequence[str]) -> list[str]:
    """`command`, but dying with the thread that starts it. Where there are threads, a preexec_fn may deadlock."""
    return ["/usr/bin/setpriv", "--pdeathsig", "KILL", "--", *command]


def notify(state: str) -> bool:
    """Send a datagram as sd_notify(3) does; False when nobody asked for one (no NOTIFY_SOCKET) or nobody listens."""
    address = os.environ.get("NOTIFY_SOCKET", "")
    if not address:
        return False
    if address.startswith("@"):  # abstract socket
        address = "\0" + address[1:]
    try:
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC) as sender:
            sender.connect(address)
            sender.send(state.encode())
    except OSError:
        return False  # whoever started us is ending; that is not our failure
    return True


def notify_ready(status: str = "") -> bool:
    """Say that this process does its job now. Calling it again is harmless."""
    return notify("READY=1" + (f"\nSTATUS={status}" if status else ""))


def notify_stopping() -> bool:
    """Say that this process is on its way out."""
    return notify("STOPPING=1")


def on_stop_signal(callback: Callable[[], None]) -> None:
    """Call `callback` in the main thread on each SIGTERM, SIGINT or SIGHUP. Only from the main thread.

    Not on a SIGHUP that whoever started us wants ignored (nohup).
    """
    for number in STOP_SIGNALS:
        if number == signal.SIGHUP and signal.getsignal(number) == signal.SIG_IGN:
            continue
        signal.signal(number, lambda _signum, _frame: callback())


def stop_event() -> threading.Event:
    """An event that is set when this process is told to stop."""
    event = threading.Event()
    on_stop_signal(event.set)
    return event


def run_until_signal(start: Callable[[], None], stop: Callable[[], None]) -> int:
    """start(), say ready, wait to be told to stop, stop(); the exit code. For processes without an event loop."""
    event = stop_event()
    start()
    try:
        notify_ready()
        event.wait()
        notify_stopping()
    finally:
        stop()
    return 0


async def wait_for_stop_signal() -> None:
    """Return when this process is told to stop. For asyncio processes; later signals are ignored."""
    loop = asyncio.get_running_loop()
    event = asyncio.Event()
    for number in STOP_SIGNALS:
        loop.add_signal_handler(number, event.set)
    await event.wait()
    notify_stopping()
