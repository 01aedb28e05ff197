"""An office on a disk that is really full: a small tmpfs in a mount namespace of its own, which needs no root.

`python -m tests.support.full_disk MOUNT SCENARIO` runs inside; `on_small_disk()` starts it and gives what it found out.
"""

import errno
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from contracts.errors import Rejected
from contracts.messages import counters as c
from queue_server.adapters.store import OfficeStore
from queue_server.adapters.store.reserve import NAME
from tests.support.environment import clean
from tests.support.offices import ROOT
from tests.support.stores import NUMBERS, Day, everything

DISK_MB = 40
TICKETS = 250
LIMIT_S = 100


WAYS = (
    ["unshare", "--mount"],  # as root
    ["unshare", "--user", "--map-root-user", "--mount"],  # as anybody else
    ["unshare", "--mount", "--propagation", "unchanged"],  # as root in a chroot, whose root is no mount point
)


def namespace(mount: Path) -> list[str]:
    """The words that give a command a mount namespace of its own, in which a disk can lie at `mount`. Skips, with the
    kernel's own words, where none is allowed (a locked container)."""
    said = ""
    for way in WAYS:
        probe = 'mount -t tmpfs none "$1" && umount "$1"'
        tried = subprocess.run(
            [*way, "sh", "-c", probe, "sh", str(mount)], env=clean(), capture_output=True, text=True, timeout=LIMIT_S
        )  # fmt: skip
        if tried.returncode == 0:
            return way
        said = tried.stderr.strip()
    pytest.skip(f"no small disk can be mounted here ({said}); tests/chaos has the same trouble by a shim")


def on_small_disk(mount: Path, scenario: str) -> dict[str, Any]:
    """What a scenario found out on a disk of DISK_MB. It is taken away again: where the namespace shares its mounts
    nothing shall stay."""
    mount.mkdir()
    inside = (
        f'mount -t tmpfs -o size={DISK_MB}m none "$1" || exit; "$2" -m tests.support.full_disk "$1" "$3"; code=$?; '
        'umount "$1"; exit $code'
    )
    command = [*namespace(mount), "sh", "-c", inside, "sh", str(mount), sys.executable, scenario]
    ended = subprocess.run(command, cwd=ROOT, env=clean(), capture_output=True, text=True, timeout=LIMIT_S)
    assert ended.returncode == 0, ended.stderr[-2000:]
    found: dict[str, Any] = json.loads(ended.stdout)
    return found


def fill(folder: Path) -> None:
    """Not one byte is left."""
    with (folder / "ballast").open("ab", buffering=0) as ballast:
        for size in (1 << 20, 1 << 12, 1):
            try:
                while True:
                    ballast.write(b"x" * size)
            except OSError as error:
                assert error.errno == errno.ENOSPC, error


def code_of(action: Callable[[], object]) -> str:
    """The code of its refusal, or ok."""
    try:
        action()
    except Rejected as why:
        return why.code
    return "ok"


def take_until_refused(day: Day) -> str:
    """The code of the first refusal."""
    for _ in range(1_000):
        code = code_of(lambda: day.run(day.take()))
        if code != "ok":
            return code
    return "never"


def end_all(day: Day) -> int:
    """Every waiting ticket is called, served and finished; how many."""
    ended = 0
    while any(day.state.lanes.values()):
        for n in NUMBERS:
            day.run(c.CallNext(id=day.id(), counter=n))
            if day.state.current(n) is not None:
                day.run(c.Start(id=day.id(), counter=n))
                day.run(c.Finish(id=day.id(), counter=n))
                ended += 1
    return ended


def closes_its_day(folder: Path) -> dict[str, Any]:
    """Full in the middle of the day; everybody who waits is served; room again; the next ticket."""
    path = folder / "db" / "office.sqlite"
    day = Day(path)
    for n in range(TICKETS):
        day.run(day.take("AC"[n % 2]))
    found: dict[str, Any] = {"closing before": day.store.closing, "reserve before": (path.parent / NAME).exists()}
    fill(folder)
    found["refused"] = take_until_refused(day)
    day.state = day.store.load(NUMBERS)
    found |= {"closing": day.store.closing, "reserve": (path.parent / NAME).exists()}
    waiting = sum(map(len, day.state.lanes.values()))
    found["all ended"] = end_all(day) == waiting >= TICKETS
    day.store.check()
    found["still closing"] = day.store.closing
    found["as in the database"] = day.store.load(NUMBERS) == day.state
    (folder / "ballast").unlink()
    day.store.check()
    found |= {"closing after": day.store.closing, "reserve after": (path.parent / NAME).exists()}
    found["taken after"] = code_of(lambda: day.run(day.take()))
    day.store.close()
    return found


def starts(folder: Path) -> dict[str, Any]:
    """The server is started on a disk without one free byte, with the reserve and then without."""
    path = folder / "db" / "office.sqlite"
    day = Day(path)
    day.run(day.take())
    epoch = day.store.epoch
    day.store.close()
    fill(folder)
    day = Day(path)
    found: dict[str, Any] = {"closing": day.store.closing, "higher epoch": day.store.epoch > epoch}
    found["tickets"] = len(day.state.tickets)
    found["called"] = code_of(lambda: day.run(c.CallNext(id=day.id(), counter=1)))
    before = everything(path)
    day.store.close()
    fill(folder)
    found["without a reserve"] = code_of(lambda: OfficeStore(path, day.now_ms).close())
    (folder / "ballast").unlink()
    found["nothing lost"] = everything(path) == before
    return found


def never_had_room(folder: Path) -> dict[str, Any]:
    """A disk that has room for a database, but for no reserve."""
    os.posix_fallocate(os.open(folder / "ballast", os.O_CREAT | os.O_WRONLY), 0, (DISK_MB - 10) << 20)
    with Day(folder / "db" / "office.sqlite").store as store:
        found = {"closing": store.closing, "reserve": (folder / "db" / NAME).exists()}
    shutil.rmtree(folder / "db")
    return found


SCENARIOS = {"closes-its-day": closes_its_day, "starts": starts, "never-had-room": never_had_room}

if __name__ == "__main__":
    sys.stdout.write(json.dumps(SCENARIOS[sys.argv[2]](Path(sys.argv[1]))))
