"""`motcua token`: the link leads to the running server, the token is the last line."""

from pathlib import Path

import pytest

from contracts.errors import Rejected
from queue_server.access.cli import main
from runtime.paths import DataDir


def lines(capsys: pytest.CaptureFixture[str]) -> list[str]:
    return capsys.readouterr().out.splitlines()


def test_the_link_leads_to_the_running_server(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    main(["clerk", "--counter", "1", "--data", str(tmp_path)])
    assert "http://127.0.0.1:8080/sign-in#" in lines(capsys)[0]
    DataDir(tmp_path).run.mkdir()
    DataDir(tmp_path).http_address.write_text("10.0.0.5:9000\n")
    main(["clerk", "--counter", "1", "--data", str(tmp_path)])
    first, last = lines(capsys)
    assert "http://10.0.0.5:9000/sign-in#" in first
    assert "http" not in last
    main(["manager", "--data", str(tmp_path), "--http", "office.example:80"])
    assert "http://office.example:80/sign-in#" in lines(capsys)[0]


@pytest.mark.parametrize(
    "argv",
    [
        ["manager", "--counter", "1"],
        ["clerk", "--counter", "0"],
        ["clerk", "--counter", "100"],
        ["clerk", "--days", "0"],
    ],
)
def test_wrong_usage_makes_no_key(argv: list[str], tmp_path: Path) -> None:
    with pytest.raises(Rejected) as why:
        main([*argv, "--data", str(tmp_path)])
    assert why.value.code == "usage"
    assert not (tmp_path / "secrets").exists()


def test_a_mistyped_data_directory_gets_no_key(tmp_path: Path) -> None:
    with pytest.raises(Rejected) as why:
        main(["clerk", "--data", str(tmp_path / "dta")])
    assert why.value.code == "file_unreadable"
    assert not (tmp_path / "dta").exists()
