"""The office file: everything wrong is told at once, with the nearest valid name."""

import copy
import tomllib
from typing import Any

import pytest

from contracts.roles import OWN_USERS
from contracts.settings import office_from
from runtime.cli.up.plan import users_of
from tests.support.offices import SAMPLE

RAW: dict[str, Any] = tomllib.loads(SAMPLE.read_text())


def errors_of(change: Any) -> list[str]:
    raw = copy.deepcopy(RAW)
    change(raw)
    office, errors = office_from(raw)
    assert (office is None) == bool(errors)
    return [str(e) for e in errors]


def test_the_sample_office_is_sound() -> None:
    office, errors = office_from(RAW)
    assert errors == []
    assert office is not None
    assert len(office.counter) == 8
    assert office.service_by_code("S").role == "result"  # type: ignore[union-attr]


def test_all_errors_at_once() -> None:
    def change(raw: Any) -> None:
        raw["offise"] = {}
        raw["counter"][0]["skils"] = {}
        raw["counter"][1]["sign_bus"] = "sign-bus-9"
        raw["device"][0]["kind"] = "escpoz"
        raw["queue"]["stale_s"] = 1
        raw["priority"][0]["head_start_min"] = "ten"

    found = errors_of(change)
    assert any("offise: unknown key (did you mean 'office'?)" in e for e in found)
    assert any("counter[0].skils: unknown key (did you mean 'skills'?)" in e for e in found)
    assert any("device[0].kind" in e and "'escpos'" in e for e in found)
    assert any("queue.stale_s" in e for e in found)
    assert any("priority[0].head_start_min" in e for e in found)
    assert len(found) >= 5


@pytest.mark.parametrize(
    ("change", "part"),
    [
        (lambda r: r["counter"][0]["skills"].update({"Q": 1}), "no service 'Q'"),
        (lambda r: r["office"].update(timezone="Asia/Ho_Chi_Min"), "(did you mean 'Asia/Ho_Chi_Minh'?)"),
        (lambda r: r["office"].update(timezone=""), "office.timezone: no time zone ''"),
        (lambda r: r["office"].update(timezone="../../etc/passwd"), "office.timezone: no time zone"),
        (lambda r: r["board"][0].update(id="server"), "id: 'server' is a name of the office's own"),
        (lambda r: r["device"][-1].update(id="kiosk-1"), "id: 'kiosk-1' stands there twice"),
        (lambda r: r["counter"].append(copy.deepcopy(r["counter"][0])), "counter.n: '1' stands there twice"),
        (lambda r: r["result"].append(copy.deepcopy(r["result"][0])), "result.code: 'done' stands there twice"),
        (lambda r: r["result"][0].update(name={"en": "x"}), "result[0].name: needs a Vietnamese text"),
        (lambda r: r["priority"][0].update(code="normal"), 'priority[0].code: "normal" is everybody else'),
        (lambda r: r["queue"].update(policy="fastest_first"), "queue.policy"),
        (lambda r: r["queue"].update(overtaken_max=0), "queue.overtaken_max"),
        (lambda r: r["priority"][0].update(rate=0.5), "priority[0].rate"),
        (lambda r: r["service"].append({**r["service"][0], "code": "B"}), "no counter serves 'B'"),
        (lambda r: r["service"][0].update(code="K"), "the configured signs cannot show 'K'"),
        (lambda r: r["device"][0].update(at="kiosk-7"), "no kiosk or bridge 'kiosk-7' (did you mean 'kiosk-1'?)"),
        (lambda r: r["device"][-1].update(counters={"1": 44}), "no counter 44"),
        (lambda r: r["counter"][2].update(sign_bus="sign-bus-2"), "(did you mean 'sign-bus-1'?)"),
        (lambda r: r["hours"].update(sat=["11:30-07:30"]), "does not end after it starts"),
        (lambda r: r["hours"].update(mon_fri=["07:30-11:30", "11:00-12:00"]), "overlaps"),
        (lambda r: r["hours"]["exceptions"].update({"2026-13-01": []}), "is not a date"),
        (lambda r: r["service"][0].update(name={"en": "x"}), "needs a Vietnamese text"),
        (lambda r: r["office"].update(id="Mau 01"), "office.id"),
        (lambda r: r["office"].update(hotline="1900\x1b@\x1dV\x00"), "office.hotline: holds a control character"),
        (lambda r: r["office"].update(slogan={"vi": "a\nb"}), "office.slogan: holds a control character"),
        (lambda r: r["service"][0]["name"].update(en="a\u202eb"), "service[0].name: holds a control character"),
        (lambda r: r["office"].update(public_url="javascript:alert(1)//"), "office.public_url"),
        (lambda r: r["office"].update(public_url="http://user@office.example"), "office.public_url"),
        (lambda r: r["office"].update(languages=["en"]), "must contain vi"),
        (lambda r: r.pop("office"), "office: is missing"),
        (lambda r: r.update(service=[]), "at least 1"),
        (lambda r: r.update(service="A"), "service"),
        (lambda r: r["counter"][0].pop("n"), "counter[0].n: is missing"),
    ],
)
def test_each_mistake_is_named(change: Any, part: str) -> None:
    assert any(part in e for e in errors_of(change)), errors_of(change)


def test_the_names_of_the_offices_own_users_are_those_that_up_makes() -> None:
    office, _ = office_from(RAW)
    assert office is not None
    rows = {row["id"] for name in ("kiosk", "board", "signs", "bridge", "device") for row in RAW[name]}
    assert set(users_of(office)) - rows == set(OWN_USERS)
