"""Tokens, one-time codes, the key file and the command line."""

import base64
import json
import os
import stat
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from contracts.errors import Rejected
from contracts.roles import Role
from queue_server.access import Access
from queue_server.access import codes as codes_module
from queue_server.access.cli import main
from queue_server.access.codes import UsedCodes
from queue_server.access.keys import ensure_key, key_path
from queue_server.access.office_access import BEARERS_KEPT, CODE_S, DAY_S, SESSION_S
from queue_server.access.tokens import TOKEN_CHARS_MAX, Claims, Kind, sign, verify
from runtime.clock import Clock

KEY = bytes(range(32))


@dataclass
class Time:
    now_ms: int = 1_795_000_000_000

    def clock(self) -> Clock:
        return Clock(wall_ms=lambda: self.now_ms, mono_s=lambda: self.now_ms / 1000)


@pytest.fixture
def time() -> Time:
    return Time()


@pytest.fixture
def access(tmp_path: Path, time: Time) -> Access:
    return Access(KEY, UsedCodes(tmp_path / "used"), time.clock())


def code_of(call, *args: object) -> str:
    with pytest.raises(Rejected) as caught:
        call(*args)
    return caught.value.code


@pytest.mark.parametrize("role", [r for r in Role if r is not Role.ANONYMOUS])
def test_a_bearer_token_says_who_it_is(access: Access, role: Role) -> None:
    counter = 3 if role is Role.CLERK else None
    principal = access.of_bearer(access.bearer(role, counter, 1))
    assert (principal.role, principal.counter) == (role, counter)
    assert len(principal.subject) >= 8


def test_each_token_has_its_own_subject(access: Access) -> None:
    one, two = (access.of_bearer(access.bearer(Role.CLERK, 1, 1)).subject for _ in range(2))
    assert one != two


def test_a_bearer_token_ends_on_its_day(access: Access, time: Time) -> None:
    token = access.bearer(Role.CLERK, None, 2)
    time.now_ms += 2 * DAY_S * 1000 - 1000
    access.of_bearer(token)
    time.now_ms += 1000
    assert code_of(access.of_bearer, token) == "unauthorised"


def test_kinds_do_not_open_each_others_doors(access: Access) -> None:
    bearer, code = access.bearer(Role.ADMIN, None, 1), access.code(Role.ADMIN, None)
    assert code_of(access.of_session, bearer) == "unauthorised"
    assert code_of(access.of_bearer, code) == "unauthorised"
    assert code_of(access.of_session, code) == "unauthorised"
    assert code_of(access.redeem, bearer) == "unauthorised"
    session, _ = access.redeem(code)
    assert code_of(access.of_bearer, session) == "unauthorised"


def test_every_changed_character_is_noticed(access: Access) -> None:
    token = access.bearer(Role.CLERK, 1, 1)
    dot = token.index(".")
    for at in [*range(0, len(token), 7), dot - 1, dot, dot + 1]:
        forged = token[:at] + ("A" if token[at] != "A" else "B") + token[at + 1 :]
        assert code_of(access.of_bearer, forged) == "unauthorised", at


def test_a_raised_role_under_the_old_signature_is_refused(access: Access) -> None:
    body, _, mac = access.bearer(Role.CLERK, 1, 1).partition(".")
    claims = json.loads(base64.urlsafe_b64decode(body + "=="))
    claims |= {"role": "admin", "counter": None}
    forged = base64.urlsafe_b64encode(json.dumps(claims).encode()).decode().rstrip("=")
    assert code_of(access.of_bearer, f"{forged}.{mac}") == "unauthorised"


@pytest.mark.parametrize("text", ["", ".", "a.b", "é.é", "a" * (TOKEN_CHARS_MAX + 1), "....", "null.null"])
def test_rubbish_is_refused(access: Access, text: str) -> None:
    assert code_of(access.of_bearer, text) == "unauthorised"


def test_another_offices_key_is_worthless(access: Access, time: Time) -> None:
    claims = Claims(Kind.BEARER, Role.ADMIN, "subject", time.now_ms // 1000 + 60)
    assert code_of(access.of_bearer, sign(claims, bytes(32))) == "unauthorised"
    assert verify(sign(claims, KEY), Kind.BEARER, KEY, time.now_ms / 1000) == claims


def test_signed_rubbish_is_no_crash(access: Access) -> None:
    from queue_server.access import tokens

    for body in ("e30", "bnVsbA", "!!", "eyJraW5kIjoxfQ"):
        mac = tokens._text(tokens._mac(body, KEY))
        assert code_of(access.of_bearer, f"{body}.{mac}") == "unauthorised"


def test_a_code_opens_one_session(access: Access, time: Time) -> None:
    code = access.code(Role.CLERK, 4)
    session, principal = access.redeem(code)
    assert (principal.role, principal.counter) == (Role.CLERK, 4)
    assert access.of_session(session) == principal
    assert code_of(access.redeem, code) == "unauthorised"
    time.now_ms += SESSION_S * 1000
    assert code_of(access.of_session, session) == "unauthorised"


def test_a_code_is_good_for_a_quarter_of_an_hour(access: Access, time: Time) -> None:
    code = access.code(Role.MANAGER, None)
    time.now_ms += CODE_S * 1000
    assert code_of(access.redeem, code) == "unauthorised"


def test_a_used_code_stays_used_after_a_restart(tmp_path: Path, time: Time) -> None:
    code = Access.open(tmp_path, time.clock()).code(Role.ADMIN, None)
    Access.open(tmp_path, time.clock()).redeem(code)
    assert code_of(Access.open(tmp_path, time.clock()).redeem, code) == "unauthorised"


def test_used_codes_are_forgotten_after_they_expired(tmp_path: Path) -> None:
    used = UsedCodes(tmp_path)
    used.use("one", 100, 50)
    used.use("two", 200, 150)
    assert [p.name for p in tmp_path.iterdir()] == ["200-two"]


def test_remembered_codes_have_a_limit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(codes_module, "USED_MAX", 2)
    used = UsedCodes(tmp_path)
    used.use("one", 100, 50)
    used.use("two", 100, 50)
    assert code_of(used.use, "three", 100, 50) == "busy"


def test_the_key_is_private_and_stays(tmp_path: Path) -> None:
    key = ensure_key(tmp_path / "secrets")
    path = key_path(tmp_path / "secrets")
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    path.chmod(0o644)
    assert ensure_key(tmp_path / "secrets") == key
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert [p.name for p in path.parent.iterdir()] == ["access.key"]


def test_two_makers_agree_on_one_key(tmp_path: Path) -> None:
    folder = tmp_path / "secrets"

    def draw_while_another_wins(count: int) -> bytes:
        ensure_key(folder, lambda n: b"\x01" * n)
        return b"\x02" * count

    assert ensure_key(folder, draw_while_another_wins) == b"\x01" * 32


@pytest.mark.parametrize("text", ["", "zz", "00" * 31])
def test_a_damaged_key_is_said(tmp_path: Path, text: str) -> None:
    key_path(tmp_path).write_text(text)
    assert code_of(ensure_key, tmp_path) == "unauthorised"


def test_no_rights_to_write_the_key(tmp_path: Path) -> None:
    (tmp_path / "secrets").write_text("a file, not a folder")
    assert code_of(ensure_key, tmp_path / "secrets") == "data_unwritable"


def test_the_command_prints_a_link_and_a_token(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["token", "clerk", "--counter", "2", "--data", str(tmp_path), "--http", "10.0.0.5:8080"]) == 0
    first, last = capsys.readouterr().out.splitlines()
    access = Access.open(tmp_path)
    assert access.of_bearer(last).counter == 2
    link = first.split()[-1]
    assert link.startswith("http://10.0.0.5:8080/sign-in#")
    _, principal = access.redeem(link.partition("#")[2])
    assert (principal.role, principal.counter) == (Role.CLERK, 2)


@pytest.mark.parametrize(
    "words",
    [
        ["manager", "--counter", "1"],
        ["clerk", "--counter", "0"],
        ["clerk", "--counter", "100"],
        ["clerk", "--days", "0"],
    ],
)
def test_the_command_refuses(tmp_path: Path, words: list[str]) -> None:
    assert code_of(main, [*words, "--data", str(tmp_path)]) == "usage"


def test_a_wrong_role_is_a_coded_line(tmp_path: Path) -> None:
    line = [sys.executable, "-m", "queue_server.access", "token", "king", "--data", str(tmp_path)]
    done = subprocess.run(line, capture_output=True, text=True, env={**os.environ, "PYTHONPATH": "."}, timeout=30)
    assert done.returncode == 2
    assert done.stderr.startswith("motcua: error[usage]:")


def test_a_token_that_was_good_before_is_looked_at_again_when_its_time_is_over(access: Access, time: Time) -> None:
    token = access.bearer(Role.DEVICE, None, 1)
    first = access.of_bearer(token)
    assert access.of_bearer(token) == first
    time.now_ms += DAY_S * 1000
    assert code_of(access.of_bearer, token) == "unauthorised"
    assert code_of(access.of_bearer, token) == "unauthorised"


def test_only_so_many_good_tokens_are_kept_and_no_bad_one(access: Access) -> None:
    tokens = [access.bearer(Role.DEVICE, None, 1) for _ in range(BEARERS_KEPT + 2)]
    subjects = {access.of_bearer(token).subject for token in tokens}
    assert len(subjects) == len(tokens)
    assert len(access._bearers) <= BEARERS_KEPT
    assert access.of_bearer(tokens[0]).subject in subjects  # one that was forgotten is as good as before
    before = dict(access._bearers)
    body, _, mac = tokens[0].partition(".")
    for forged in (f"{body}.{mac[::-1]}", f"{body}x.{mac}", body, ""):
        assert code_of(access.of_bearer, forged) == "unauthorised"
    assert access._bearers == before
