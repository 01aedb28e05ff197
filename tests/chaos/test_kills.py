"""kill -9 of the queue server under load, again and again: design.md §4 in one test."""

import os
import time
from pathlib import Path
from random import Random

import pytest

from tests.support.load_check import Records, board_differs, judge_crowd, tables_differ
from tests.support.load_crowd import crowd, issued
from tests.support.load_office import loaded_office, seconds_since

KILLS = int(os.environ.get("MOTCUA_KILLS", "20"))
KILLS_LONG = 15  # times KILLS
ANSWERS_MIN, ANSWERS_MAX = 20, 250  # between two kills
REST_S = 20.0

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(600)]


def kill_again_and_again(folder: Path, seed: int, kills: int) -> str:
    """One office, one load; the figures."""
    rng, start_s = Random(seed), time.monotonic()
    with loaded_office(folder) as (office, monitor):
        office.start()
        epoch = monitor.await_epoch_after(0)
        people = crowd(office.broker, seed)
        for _ in range(kills):
            people.await_more(rng.randint(ANSWERS_MIN, ANSWERS_MAX))
            office.kill()
            office.start()
            epoch = monitor.await_epoch_after(epoch)
        people.await_more(ANSWERS_MAX)
        people.stop()
        monitor.settle(REST_S)
        assert office.stop() == 0, office.log.read_text()[-3000:]
        board = monitor.board
        acks, records = people.acks(), Records.read(office.data.database)
        wrong = judge_crowd(records, people)
        assert not wrong, f"seed {seed}: {len(wrong)} findings, first {wrong[:5]}"
        unseen = records.calls() - monitor.calls
        assert not unseen, f"seed {seed}: {len(unseen)} committed calls were never published"
        assert monitor.calls <= records.calls(), "a call was announced that never happened"
        late = records.calls() - monitor.events
        assert not late, f"seed {seed}: {len(late)} committed calls had no event of their own"
        assert board is not None
        assert board_differs(board, office.data.database) == []
        assert tables_differ(office.data.database) == []
    return (
        f"seed {seed}: {kills} kills, {len(issued(acks))} tickets, {len(records.calls())} calls, "
        f"{len(acks)} answers, {people.resends()} resends, refused {dict(people.refused())}, {seconds_since(start_s)} s"
    )


def test_twenty_kills_under_load_lose_and_double_nothing(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    said = kill_again_and_again(tmp_path, 1, KILLS)
    with capsys.disabled():
        print(f"\n  {said}")


@pytest.mark.long
@pytest.mark.parametrize("seed", range(2, 2 + KILLS_LONG))
def test_hundreds_of_kills(tmp_path: Path, seed: int, capsys: pytest.CaptureFixture[str]) -> None:
    said = kill_again_and_again(tmp_path, seed, KILLS)
    with capsys.disabled():
        print(f"\n  {said}")
