"""A damaged database: found at the start or in the middle of the day, never worked on, never changed (design.md §4)."""

import hashlib
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from random import Random
from typing import Any

import pytest

from contracts.errors import Rejected
from queue_server.adapters.store import OfficeStore
from queue_server.adapters.store.database import Where
from runtime.paths import DataDir
from runtime.secrets import ensure_secret
from tests.support.environment import clean
from tests.support.offices import ROOT, SAMPLE, T0
from tests.support.stores import ENGINES, NUMBERS, Day, database, everything, meddling

PAGE = 4096


@pytest.fixture(params=ENGINES)
def where(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Where]:
    with database(request.param, tmp_path) as found:
        yield found


def hashes(folder: Path) -> dict[str, str]:
    """Of the database and its log; the log's index is rebuilt by every reader."""
    files = [path for path in sorted(folder.iterdir()) if path.suffix in (".sqlite", ".sqlite-wal")]
    files = [path for path in files if path.stat().st_size]  # a reader leaves an empty log
    return {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


def damage(path: Path, seed: int, share: float = 0.3) -> None:
    """Overwrites pages in the middle of the file."""
    random, pages = Random(seed), path.stat().st_size // PAGE
    with path.open("r+b") as file:
        for page in random.sample(range(1, pages), int(pages * share)):
            file.seek(page * PAGE)
            file.write(random.randbytes(PAGE))


def filled(path: Path) -> Day:
    day = Day(path)
    for _ in range(20):
        day.run(*(day.take("AC"[n % 2]) for n in range(10)))
    return day


@pytest.mark.parametrize("seed", range(5))
def test_overwritten_pages_are_found_at_the_start_and_the_file_is_left_as_it_is(tmp_path: Path, seed: int) -> None:
    path = tmp_path / "db" / "office.sqlite"
    filled(path).store.close()
    damage(path, seed)
    before = hashes(path.parent)
    with pytest.raises(Rejected) as why:
        OfficeStore(path, T0)
    assert why.value.code == "database_corrupt"
    assert hashes(path.parent) == before


def test_a_log_of_a_killed_server_stays_beside_the_damaged_file(tmp_path: Path) -> None:
    """It holds committed tickets, which can be saved from there as long as nobody copies it into the file."""
    path, kept = tmp_path / "db" / "office.sqlite", tmp_path / "kept"
    day = filled(path)
    driver: Any = day.store._session._live().connection.driver_connection
    driver.execute("PRAGMA wal_checkpoint(TRUNCATE)").close()
    day.run(day.take())
    shutil.copytree(path.parent, kept)  # as a kill leaves it
    day.store.close()
    damage(kept / path.name, 4, 0.9)
    before = hashes(kept)
    assert len(before) == 2
    with pytest.raises(Rejected) as why:
        OfficeStore(kept / path.name, T0)
    assert why.value.code == "database_corrupt"
    assert hashes(kept) == before


def test_damage_in_the_middle_of_the_day_ends_it_and_nothing_is_copied_over_it(tmp_path: Path) -> None:
    path = tmp_path / "db" / "office.sqlite"
    day = filled(path)
    driver: Any = day.store._session._live().connection.driver_connection
    driver.execute("PRAGMA wal_checkpoint(TRUNCATE)").close()
    day.run(day.take())  # in the log
    damage(path, 3, 0.9)
    driver.execute("PRAGMA shrink_memory").close()
    before = hashes(path.parent)
    codes = []
    while not codes:
        try:
            day.run(day.take("C"))
            before = hashes(path.parent)
        except Rejected as why:
            codes.append(why.code)
    assert codes == ["database_corrupt"]
    day.store.close()
    assert hashes(path.parent) == before


@pytest.mark.parametrize(
    "statement",
    [
        "DELETE FROM journal WHERE seq = (SELECT max(seq) - 3 FROM journal)",
        "DELETE FROM journal WHERE seq = 1",
        'UPDATE journal SET data = \'{"kind":"ticket_issued"}\' WHERE seq = 2',
        "UPDATE journal SET data = 'x' WHERE kind = 'ticket_called'",
        "UPDATE journal SET kind = 'ticket_called', data = '{\"kind\":\"unheard_of\"}' WHERE seq = 3",
        "UPDATE tickets SET state = 'flying'",
        "UPDATE tickets SET number = 'x' WHERE number = 'A001'",
        "UPDATE counters SET status = 'flying'",
        "DELETE FROM tickets WHERE number = 'A001'",
    ],
)
def test_rows_that_we_cannot_have_written_are_corruption_too(where: Where, statement: str) -> None:
    day = Day(where)
    day.busy_morning()
    day.store.close()
    with meddling(where, statement):
        pass
    before = everything(where)
    with pytest.raises(Rejected) as why:
        OfficeStore(where, T0).load(NUMBERS)
    assert why.value.code == "database_corrupt"
    if isinstance(where, Path):  # PostgreSQL's start has taken the epoch by then
        assert everything(where) == before


def not_a_database(path: Path) -> None:
    path.write_bytes(b"this is not a database" * 500)


def overwritten(path: Path) -> None:
    damage(path, 1)


@pytest.mark.parametrize("spoil", [not_a_database, overwritten])
def test_the_server_says_so_and_ends_with_1(tmp_path: Path, spoil: Callable[[Path], None]) -> None:
    path = DataDir(tmp_path).database
    filled(path).store.close()
    spoil(path)
    before = hashes(path.parent)
    ensure_secret(tmp_path, "server")
    command = [sys.executable, "-m", "queue_server", "--id", "server", "--office", str(SAMPLE), "--data", str(tmp_path)]
    command += ["--broker", "mqtt://127.0.0.1:1", "--http", "127.0.0.1:0"]
    ended = subprocess.run(command, cwd=ROOT, env=clean(), capture_output=True, text=True, timeout=60)
    assert ended.returncode == 1
    assert "motcua: error[database_corrupt]" in ended.stderr
    assert "Traceback" not in ended.stderr
    assert hashes(path.parent) == before
