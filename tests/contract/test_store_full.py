"""SQLite on a disk that is really full: the day can be brought to its end, and the server can start (design.md §4)."""

import os
from pathlib import Path

import pytest

from queue_server.adapters.store.reserve import NAME, RESERVE_BYTES, Reserve
from tests.support.full_disk import on_small_disk


def test_a_full_disk_takes_no_new_tickets_and_lets_the_day_end(tmp_path: Path) -> None:
    assert on_small_disk(tmp_path / "disk", "closes-its-day") == {
        "closing before": False, "reserve before": True, "refused": "storage_unavailable", "closing": True,
        "reserve": False, "all ended": True, "still closing": True, "as in the database": True,
        "closing after": False, "reserve after": True, "taken after": "ok",
    }  # fmt: skip


def test_a_server_starts_on_a_full_disk(tmp_path: Path) -> None:
    assert on_small_disk(tmp_path / "disk", "starts") == {
        "closing": True, "higher epoch": True, "tickets": 1, "called": "ok",
        "without a reserve": "storage_unavailable", "nothing lost": True,
    }  # fmt: skip


def test_an_office_that_never_had_room_for_a_reserve_only_closes(tmp_path: Path) -> None:
    assert on_small_disk(tmp_path / "disk", "never-had-room") == {"closing": True, "reserve": False}


def test_the_reserve_is_really_allocated(tmp_path: Path) -> None:
    assert Reserve(tmp_path).keep()
    found = (tmp_path / NAME).stat()
    assert found.st_size == RESERVE_BYTES
    assert found.st_blocks * 512 >= RESERVE_BYTES
    assert found.st_mode & 0o077 == 0


def test_a_reserve_needs_room_for_itself_and_as_much_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Else an office at the limit would open and close with every ticket."""
    real = os.statvfs(tmp_path)
    free = [2 * RESERVE_BYTES - real.f_frsize]

    class Found:
        f_frsize = real.f_frsize

        @property
        def f_bavail(self) -> int:
            return free[0] // real.f_frsize

    monkeypatch.setattr("queue_server.adapters.store.reserve.os.statvfs", lambda _path: Found())
    assert not Reserve(tmp_path).keep()
    free[0] += real.f_frsize
    assert Reserve(tmp_path).keep()
    free[0] = 0  # what is there is there
    assert Reserve(tmp_path).keep()
    assert Reserve(tmp_path).give_up()
    assert not Reserve(tmp_path).keep()
    assert not Reserve(tmp_path).give_up()


def test_a_reserve_cut_short_is_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def too_full(descriptor: int, _start: int, _length: int) -> None:
        os.write(descriptor, b"x" * 1000)
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr("queue_server.adapters.store.reserve.os.posix_fallocate", too_full)
        assert not Reserve(tmp_path).keep()
    assert not (tmp_path / NAME).exists()
