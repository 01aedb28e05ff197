"""Dossiers on both engines: imported in bulk, replaced by code, looked up."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from contracts.errors import Rejected
from queue_server.adapters.store import OfficeStore, SqlDossiers
from queue_server.adapters.store.database import Where
from queue_server.dossiers.ports import BATCH_MAX, UpsertCounts
from queue_server.dossiers.records import DossierRecord
from tests.support.offices import T0
from tests.support.stores import ENGINES, database, meddling, query

CODE = "H00.12-261118-0001"


@pytest.fixture(params=ENGINES)
def where(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Where]:
    with database(request.param, tmp_path) as found:
        OfficeStore(found, T0).close()
        yield found


def record(code: str = CODE, **more: Any) -> DossierRecord:
    return DossierRecord(code=code, procedure_name="Đăng ký khai sinh", state=4, applicant="Nguyễn Thị Ánh 🙂", **more)


def test_new_dossiers_and_those_that_replace_one(where: Where) -> None:
    dossiers = SqlDossiers(where)
    assert dossiers.empty()
    assert dossiers.get(CODE) is None
    assert dossiers.upsert_many([record(), record("H00.12-261118-0002")]) == UpsertCounts(2, 0)
    changed = record(note="\\x00 is no end of it: \x00")
    assert dossiers.upsert_many([changed, record("H00.12-261118-0003")]) == UpsertCounts(1, 1)
    assert dossiers.get(CODE) == changed
    assert not dossiers.empty()
    dossiers.close()


def test_a_batch_of_its_largest_size_and_a_code_twice_in_it(where: Where) -> None:
    dossiers = SqlDossiers(where)
    many = [record(f"H00.12-261118-{n:04d}") for n in range(BATCH_MAX)]
    assert dossiers.upsert_many([*many, record("H00.12-261118-0007", note="newer")]) == UpsertCounts(BATCH_MAX, 0)
    found = dossiers.get("H00.12-261118-0007")
    assert found is not None
    assert found.note == "newer"
    assert dossiers.upsert_many([]) == UpsertCounts(0, 0)
    dossiers.close()


def test_the_time_of_an_import_is_its_own(where: Where) -> None:
    now_ms = [T0]
    dossiers = SqlDossiers(where, lambda: now_ms[0])
    dossiers.upsert_many([record()])
    now_ms[0] += 5_000
    dossiers.upsert_many([record("H00.12-261118-0002")])
    assert query(where, "SELECT code, updated_ms FROM dossiers ORDER BY code") == [
        (CODE, T0), ("H00.12-261118-0002", T0 + 5_000),
    ]  # fmt: skip
    dossiers.close()


def test_all_of_a_batch_or_nothing(where: Where, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("queue_server.adapters.store.engine.BUSY_MS", 50)
    monkeypatch.setattr("queue_server.adapters.store.postgres.BUSY_MS", 50)
    dossiers = SqlDossiers(where)
    dossiers.upsert_many([record("H00.12-261118-0002")])
    with meddling(where, "UPDATE dossiers SET updated_ms = 1"):
        with pytest.raises(Rejected) as why:
            dossiers.upsert_many([record(), record("H00.12-261118-0002", note="newer")])
        assert why.value.code == "storage_unavailable"
    assert dossiers.get(CODE) is None
    dossiers.close()
