"""Every key that the flow can name stands in the catalogs, and every error a visitor can meet has words."""

import re
from pathlib import Path

import pytest

from contracts.errors import ERRORS
from kiosk.flow.dossier import NEXT_STEPS
from kiosk.flow.events import ScanTrouble
from kiosk.flow.notice import CODES
from kiosk.flow.state import Paper
from kiosk.flow.verdict import _LATE, _NO_DUE, _ON_TIME, UNKNOWN
from runtime.i18n import Catalog, languages

FLOW = Path(__file__).resolve().parents[4] / "kiosk" / "flow"
OWN_CODES = {"server_away", "no_answer", "how_to_scan", "identity_card", "social_insurance", "ticket_scanned",
             "checking_in", "check_in_away", "lookup_away"}  # fmt: skip


def keys() -> set[str]:
    found = set()
    for path in FLOW.glob("*.py"):
        found |= set(re.findall(r'Text\("([a-z_.]+)"', path.read_text()))
    found |= {f"kiosk.error.{code}.{part}" for code in CODES for part in ("title", "body", "help")}
    found |= {f"dossier.next.{step}" for step in NEXT_STEPS}
    found |= {f"dossier.verdict.{v.key}" for t in (_ON_TIME, _LATE, _NO_DUE) for v in t.values()}
    found |= {f"dossier.verdict.{UNKNOWN.key}", "kiosk.error.service_closed.reopens"}
    found |= {f"kiosk.paper.{paper}.{part}" for paper in Paper for part in ("title", "hint")}
    found |= {f"kiosk.weekday.{day}" for day in range(7)}
    return found


@pytest.mark.parametrize("lang", languages())
def test_every_key_has_a_text(lang: str) -> None:
    missing = keys() - Catalog.load(lang).keys
    assert not missing


def test_every_key_of_the_catalog_is_used() -> None:
    source = "".join(path.read_text() for path in FLOW.parent.rglob("*.py"))
    mine = {k for k in Catalog.load("vi").keys if k.startswith(("kiosk.", "dossier.", "ticket."))}
    unused = {k for k in mine - keys() if f'"{k}"' not in source}
    built = {k for k in unused if re.match(r"dossier\.(time|step)\.|kiosk\.(starting|away|priority)\.", k)}
    assert unused - built == set()


def test_a_notice_is_about_an_error_of_the_table_or_one_of_our_own() -> None:
    assert ERRORS.keys() >= CODES - OWN_CODES
    assert {why.value for why in ScanTrouble} <= CODES
