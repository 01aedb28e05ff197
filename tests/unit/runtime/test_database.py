"""Where an office keeps its database: the option, what DATA remembers, what is refused."""

from argparse import ArgumentTypeError
from pathlib import Path

import pytest

from contracts.errors import Rejected
from runtime.database import URL_CHARS_MAX, database_of, database_option, remember_database
from runtime.paths import DataDir

URL = "postgresql://office@db.example/queue?sslmode=verify-full&passfile=/etc/motcua/pgpass"


@pytest.mark.parametrize("text", ["sqlite", URL, "postgres://db/queue", "postgresql:///queue?host=%2Frun%2Fpg"])
def test_good_options(text: str) -> None:
    assert database_option(text) == text


@pytest.mark.parametrize(
    "text",
    ["", "SQLITE", "mysql://db/queue", "/var/lib/queue.sqlite", "postgresql://a b/queue", "postgresql:/" + "x" * 999,
     "postgresql://db/" + "x" * URL_CHARS_MAX],
)  # fmt: skip
def test_bad_options(text: str) -> None:
    with pytest.raises(ArgumentTypeError):
        database_option(text)


@pytest.mark.parametrize(
    "text", ["postgresql://office:geheim@db/queue", "postgresql://office@db/queue?password=geheim"]
)
def test_a_password_is_refused_and_not_repeated(text: str) -> None:
    with pytest.raises(ArgumentTypeError) as why:
        database_option(text)
    assert "geheim" not in str(why.value)


def test_an_office_stays_where_it_was(tmp_path: Path) -> None:
    data = DataDir(tmp_path)
    assert database_of(data) == data.database
    assert database_of(data, URL) == URL
    remember_database(data, URL)
    assert database_of(data) == URL
    assert (data.database.parent / "url").stat().st_mode & 0o077 == 0
    assert database_of(data, "sqlite") == data.database
    remember_database(data, data.database)
    assert database_of(data) == data.database


def test_an_office_with_a_sqlite_database_does_not_begin_anew_by_mistake(tmp_path: Path) -> None:
    data = DataDir(tmp_path)
    data.database.parent.mkdir()
    data.database.touch()
    with pytest.raises(Rejected) as why:
        database_of(data, URL)
    assert why.value.code == "usage"
    assert database_of(data, "sqlite") == data.database
