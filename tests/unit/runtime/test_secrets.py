"""Secrets: made once, private, whole or not at all."""

from pathlib import Path

import pytest

from contracts.errors import Rejected
from runtime.secrets import ensure_secret, read_secret, secret_path


def test_a_secret_is_made_once(tmp_path: Path) -> None:
    first = ensure_secret(tmp_path, "kiosk-1")
    assert ensure_secret(tmp_path, "kiosk-1") == first == read_secret(tmp_path, "kiosk-1")
    assert ensure_secret(tmp_path, "kiosk-2") != first
    assert len(first) >= 32


def test_only_the_owner_may_look(tmp_path: Path) -> None:
    ensure_secret(tmp_path, "server")
    path = secret_path(tmp_path, "server")
    for directory in (path.parent, path.parent.parent):
        assert directory.stat().st_mode & 0o777 == 0o700
    path.chmod(0o644)
    ensure_secret(tmp_path, "server")
    assert path.stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("name", ["../server", "", "a/b", "Server", "x" * 33, "a\n"])
def test_a_name_that_is_no_user_name(tmp_path: Path, name: str) -> None:
    with pytest.raises(Rejected):
        ensure_secret(tmp_path, name)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("content", [None, "", " \n", "x" * 300])
def test_no_secret_to_read(tmp_path: Path, content: str | None) -> None:
    path = secret_path(tmp_path, "server")
    path.parent.mkdir(parents=True)
    if content is not None:
        path.write_text(content)
    with pytest.raises(Rejected) as refused:
        read_secret(tmp_path, "server")
    assert refused.value.code == "unauthorised"


def test_a_half_written_one_is_no_obstacle(tmp_path: Path) -> None:
    path = secret_path(tmp_path, "server")
    path.parent.mkdir(parents=True)
    path.with_name("server.new").write_text("ha")
    assert ensure_secret(tmp_path, "server", lambda _n: "whole") == "whole"
    assert [p.name for p in path.parent.iterdir()] == ["server"]
