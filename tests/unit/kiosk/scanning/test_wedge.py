"""A scanner's typing is a scan, a person's is not."""

import pytest

from contracts.scan import SCAN_CHARS_MAX, BadScan, BadScanReason, Scan
from kiosk.scanning.wedge import CHARS_MIN, GAP_MS_MAX, WedgeFramer

CODE = "000.00.01.H00-261118-0001"


def type_in(framer: WedgeFramer, text: str, step_ms: int, start_ms: int = 0) -> list[Scan | BadScan]:
    results = [framer.feed(char, start_ms + n * step_ms) for n, char in enumerate(text)]
    return [result for result in results if result]


@pytest.mark.parametrize("end", ["\r", "\n", "\t"])
@pytest.mark.parametrize("step_ms", [0, 1, 12, 30])
def test_a_scanner(step_ms: int, end: str) -> None:
    assert type_in(WedgeFramer(), CODE + end, step_ms) == [Scan(CODE)]


@pytest.mark.parametrize("step_ms", [80, 110, 150, 400])
def test_a_person(step_ms: int) -> None:
    assert type_in(WedgeFramer(), CODE + "\r", step_ms) == []


def test_a_person_who_types_fast_at_the_end() -> None:
    framer = WedgeFramer()
    assert type_in(framer, "H00.12-2611", 200) == []
    assert type_in(framer, "18\r", 40, 2300) == []


def test_a_scan_after_a_persons_typing_is_whole() -> None:
    framer = WedgeFramer()
    type_in(framer, "abc", 150)
    assert type_in(framer, CODE + "\r", 5, 2000) == [Scan(CODE)]


def test_a_busy_window_hands_keys_over_in_clumps() -> None:
    framer = WedgeFramer()
    assert framer.feed(CODE[:10], 0) is None
    assert framer.feed(CODE[10:] + "\r", 100) == Scan(CODE)


def test_a_pause_in_the_middle_drops_the_first_half() -> None:
    framer = WedgeFramer()
    framer.feed(CODE[:10], 0)
    assert framer.feed(CODE[10:] + "\r", GAP_MS_MAX + 1) == Scan(CODE[10:])


def test_two_scans_in_a_row_and_cr_lf() -> None:
    assert type_in(WedgeFramer(), f"{CODE}\r\nA015\r\n", 2) == [Scan(CODE), Scan("A015")]


@pytest.mark.parametrize("text", ["\r", "\t\t", "abc\r", "a" * (CHARS_MIN - 1) + "\r"])
def test_too_short(text: str) -> None:
    assert type_in(WedgeFramer(), text, 1) == []


def test_too_long_is_refused_and_the_next_is_read() -> None:
    framer = WedgeFramer()
    assert type_in(framer, "A" * (SCAN_CHARS_MAX + 500) + "\r", 1) == [BadScan(BadScanReason.TOO_LONG)]
    assert type_in(framer, CODE + "\r", 1, 5000) == [Scan(CODE)]
    framer.feed("A" * 100_000, 9000)
    assert len(framer._held) <= SCAN_CHARS_MAX + 1


def test_reset_forgets() -> None:
    framer = WedgeFramer()
    framer.feed(CODE, 0)
    framer.reset()
    assert framer.feed("\r", 1) is None


def test_busy_while_a_scanner_types() -> None:
    framer = WedgeFramer()
    assert not framer.busy
    type_in(framer, CODE, 5)
    assert framer.busy
    framer.feed("\r", 130)
    assert not framer.busy
    type_in(framer, "abcdef", 90, 5000)
    assert not framer.busy
