"""The sample data: made again byte for byte, well-formed, and telling only what is known."""

import json
import re
import subprocess
import sys
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path

from contracts.messages.dossiers import Timeliness
from queue_server.dossiers.importing import read_file
from queue_server.dossiers.status import fold, timeliness
from runtime.config import load_office

SAMPLES = Path("assets/samples")
MADE_AT = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)
DOCUMENT = json.loads((SAMPLES / "procedures.json").read_text(encoding="utf-8"))
PROCEDURES = DOCUMENT["procedures"]


def test_the_generator_makes_the_same_file_again(tmp_path: Path) -> None:
    out = tmp_path / "d.csv"
    subprocess.run([sys.executable, "provisioning/make_samples.py", "--out", str(out)], check=True, timeout=60)
    assert out.read_bytes() == (SAMPLES / "dossiers.csv").read_bytes()


def test_every_state_twenty_times_and_of_those_at_work_half_are_late() -> None:
    records = read_file(SAMPLES / "dossiers.csv").records
    assert Counter(r.state for r in records) == dict.fromkeys(range(1, 11), 20)
    for state in (2, 4, 5, 6):
        when = Counter(timeliness(r, MADE_AT) for r in records if r.state == state)
        assert when == {Timeliness.ON_TIME: 10, Timeliness.LATE: 10}
    for state in (9, 10):
        assert {timeliness(r, MADE_AT) for r in records if r.state == state} == {
            Timeliness.DONE_ON_TIME,
            Timeliness.DONE_LATE,
        }


def test_both_styles_of_codes_are_there() -> None:
    codes = [r.code for r in read_file(SAMPLES / "dossiers.csv").records]
    assert any(code.startswith("000.00.") for code in codes)
    assert any(code.startswith("H00.12-") for code in codes)


def test_every_field_has_a_service_of_the_sample_office() -> None:
    office = load_office(SAMPLES / "office.toml")
    by_field = {fold(field): s.code for s in office.service for field in s.fields}
    assert all(by_field[fold(p["field"])] == p["service"] for p in PROCEDURES)
    assert all(fold(r.field_name) in by_field for r in read_file(SAMPLES / "dossiers.csv").records)


def test_procedures_are_well_formed() -> None:
    codes = [p["code"] for p in PROCEDURES if p["code"]]
    assert len(codes) == len(set(codes))
    assert all(re.fullmatch(r"[0-9]\.[0-9]{6}", code) for code in codes)
    for p in PROCEDURES:
        assert p["name"]
        assert p["limit"] is None or p["limit"]["kind"] in ("same_day", "working_days", "days")
        assert p["limit"] is None or p["limit_note"]
        assert all(isinstance(fee["vnd"], int) and fee["vnd"] >= 0 for fee in p["fees"])


def test_what_is_not_known_is_blank() -> None:
    by_code = {p["code"]: p for p in PROCEDURES}
    assert by_code["1.004194"]["limit"] is None  # only remembered, never found
    assert by_code["2.001019"]["fees"] == []
    assert by_code["1.012783"]["fees"] == []  # provincial
    assert [p["code"] for p in PROCEDURES if p["name"].startswith("Cấp giấy phép xây dựng")] == [None]
