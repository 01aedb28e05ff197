"""The command line of `up` and of the parts."""

from pathlib import Path

import pytest

from contracts.errors import ERRORS, Rejected
from runtime.address import Address
from runtime.cli.up.options import parse_options
from runtime.cli_options import ENVIRONMENT_CODES, SAMPLE_OFFICE, part_parser, run_command


def test_defaults() -> None:
    options = parse_options([])
    assert options.data == Path.cwd() / "data"
    assert options.office == SAMPLE_OFFICE
    assert (str(options.http), str(options.mqtt)) == ("127.0.0.1:8080", "127.0.0.1:1883")
    assert (options.headless, options.demo) == (False, False)


def test_everything_given() -> None:
    line = "--data d --office o.toml --http [::1]:0 --mqtt 0.0.0.0:1884 --headless --demo --yes"
    options = parse_options(line.split())
    assert (options.data.name, options.office.name) == ("d", "o.toml")
    assert (options.http, options.mqtt) == (Address("::1", 0), Address("0.0.0.0", 1884))
    assert (options.headless, options.demo) == (True, True)


@pytest.mark.parametrize(
    "line",
    [
        "--http 8080",
        "--http :8080",
        "--mqtt h:",
        "--mqtt h:65536",
        "--mqtt h:-1",
        "--http ::1:80",
        "--deta x",
        "--head",
    ],
)
def test_a_bad_option_is_a_usage_error(line: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as left:
        parse_options(line.split())
    assert left.value.code == 2
    assert capsys.readouterr().err.startswith("motcua: error[usage]: ")


@pytest.mark.parametrize("text", ["127.0.0.1:8080", "[::1]:80", "office.local:0"])
def test_addresses_read_as_they_are_written(text: str) -> None:
    assert str(Address.parse(text)) == text


@pytest.mark.parametrize(
    ("text", "reach"), [("0.0.0.0:1", "127.0.0.1:1"), ("[::]:1", "[::1]:1"), ("10.0.0.5:1", "10.0.0.5:1")]
)
def test_a_wildcard_is_reached_by_loopback(text: str, reach: str) -> None:
    assert str(Address.parse(text).reachable) == reach


def test_part_options() -> None:
    found = part_parser("kiosk").parse_args(["--id", "kiosk-1", "--headless"])
    assert (found.id, found.broker, found.headless) == ("kiosk-1", "mqtt://127.0.0.1:1883", True)
    with pytest.raises(SystemExit):
        part_parser("kiosk").parse_args([])


@pytest.mark.parametrize(("code", "exit_code"), [("port_in_use", 1), ("config_invalid", 2)])
def test_a_rejection_becomes_a_coded_line(code: str, exit_code: int, capsys: pytest.CaptureFixture[str]) -> None:
    def main(_argv: object) -> int:
        raise Rejected(code, "the reason")

    with pytest.raises(SystemExit) as left:
        run_command(main, [])
    assert left.value.code == exit_code
    assert capsys.readouterr().err == f"motcua: error[{code}]: the reason\n"


def test_environment_codes_exist() -> None:
    assert set(ERRORS) >= ENVIRONMENT_CODES


def test_a_database_url_holds_no_password(capsys: pytest.CaptureFixture[str]) -> None:
    assert parse_options([]).database is None
    url = "postgresql://queue@db.example/queue?passfile=/etc/motcua/pgpass"
    assert parse_options(["--database", url]).database == url
    with pytest.raises(SystemExit):
        parse_options(["--database", "postgresql://queue:geheim@db.example/queue"])
    assert "geheim" not in capsys.readouterr().err
