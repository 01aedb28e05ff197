"""The office file as bytes on a disk: whatever it holds, the answer is an office or a code, soon."""

from pathlib import Path

import pytest

from contracts.errors import Rejected
from runtime.config import LINE_BYTES_MAX, OFFICE_FILE_BYTES_MAX, load_office
from tests.support.offices import SAMPLE

NESTED = "\n".join(["a = ", *["["] * 5_000, *["]"] * 5_000])


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"\xff\xfe", "config_invalid"),
        (b"[office", "config_invalid"),
        (NESTED.encode(), "config_invalid"),
        (b"a = " + b"{a=" * 900 + b"1" + b"}" * 900, "config_invalid"),
        (b"a = 0x" + b"9" * 3_000 + b"\nb = 1\n", "config_invalid"),
        (b"a = 1e9" + b"9" * 3_000, "config_invalid"),
        (b"#" + b"x" * OFFICE_FILE_BYTES_MAX, "too_large"),
        (b".".join([b"a"] * 50_000) + b" = 1", "too_large"),
        (b"a = " + b"9" * 5_000, "too_large"),
    ],
)
def test_a_hostile_office_file_is_refused(tmp_path: Path, content: bytes, code: str) -> None:
    path = tmp_path / "office.toml"
    path.write_bytes(content)
    with pytest.raises(Rejected) as why:
        load_office(path)
    assert why.value.code == code


def test_no_such_file_and_a_folder(tmp_path: Path) -> None:
    for path in (tmp_path / "none.toml", tmp_path):
        with pytest.raises(Rejected) as why:
            load_office(path)
        assert why.value.code == "file_unreadable"


def test_the_sample_stays_well_within_the_limits() -> None:
    assert max(map(len, SAMPLE.read_bytes().splitlines())) < LINE_BYTES_MAX / 4
    assert load_office(SAMPLE).office.id == "mau-01"


def test_a_line_may_be_long(tmp_path: Path) -> None:
    path = tmp_path / "office.toml"
    path.write_bytes(SAMPLE.read_bytes() + b"\n# " + b"x" * (LINE_BYTES_MAX - 10))
    assert load_office(path).office.id == "mau-01"
