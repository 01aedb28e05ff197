"""Scanner framing: every chunking, every suffix, and everything a scanner should not send."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.errors import Rejected
from contracts.scan import (
    FRAGMENT_MS,
    GAP_MS,
    SCAN_CHARS_MAX,
    BadScan,
    BadScanReason,
    Framing,
    Scan,
    ScanFramer,
    Symbology,
    encode,
    framing_from,
    read_scan,
)

CODE = "000.00.01.H00-261118-0001"


def feed_all(framer: ScanFramer, chunks: list[bytes]) -> list[Scan | BadScan]:
    return [scan for n, chunk in enumerate(chunks) for scan in framer.feed(chunk, n)]


@pytest.mark.parametrize("suffix", ["CR", "LF", "CRLF", "ETX", "TAB", "ANY"])
def test_every_suffix_ends_a_scan_once(suffix: str) -> None:
    framing = framing_from(suffix=suffix)
    assert ScanFramer(framing).feed(encode(CODE, framing) * 2, 0) == [Scan(CODE), Scan(CODE)]


@pytest.mark.parametrize(("raw", "end"), [("CR", b"\r"), ("LF", b"\n"), ("CRLF", b"\r\n"), ("ETX", b"\x03")])
def test_encode_is_what_a_scanner_sends(raw: str, end: bytes) -> None:
    assert encode("A1", framing_from(suffix=raw), "]C0") == b"]C0A1" + end


def test_cr_setting_takes_a_scanner_that_sends_cr_lf() -> None:
    framer = ScanFramer(framing_from(suffix="CR"))
    assert framer.feed(b"A1\r\n", 0) == [Scan("A1")]
    assert framer.feed(b"B2\r\n", 5000) == [Scan("B2")]


def test_no_suffix_ends_by_silence_and_not_before() -> None:
    framer = ScanFramer(framing_from(suffix=""))
    assert framer.feed(CODE[:10].encode(), 1000) == []
    assert framer.tick(1000 + GAP_MS - 1) == []
    assert framer.feed(CODE[10:].encode(), 1000 + GAP_MS - 1) == []
    assert framer.tick(1000 + 2 * GAP_MS) == [Scan(CODE)]
    assert framer.tick(5000) == []


def test_a_new_scan_after_silence_ends_the_one_before() -> None:
    framer = ScanFramer(framing_from(suffix=""))
    framer.feed(b"A1", 0)
    assert framer.feed(b"B2", GAP_MS) == [Scan("A1")]


def test_a_lost_suffix_never_glues_two_scans() -> None:
    framer = ScanFramer(framing_from())
    framer.feed(b"000.00.01.H", 0)
    assert framer.feed(CODE.encode() + b"\r", FRAGMENT_MS) == [BadScan(BadScanReason.NO_SUFFIX), Scan(CODE)]


@pytest.mark.parametrize(
    ("aim", "symbology"),
    [
        ("]C0", Symbology.CODE128),
        ("]C1", Symbology.CODE128),
        ("]A0", Symbology.CODE39),
        ("]Q1", Symbology.QR),
        ("]E0", Symbology.OTHER),
        ("]I0", Symbology.OTHER),
        ("]d2", Symbology.OTHER),
        ("", Symbology.UNKNOWN),
    ],
)
def test_aim_identifier_becomes_the_symbology(aim: str, symbology: Symbology) -> None:
    assert read_scan((aim + CODE).encode()) == Scan(CODE, symbology)


def test_a_bracket_that_is_no_aim_identifier_stays() -> None:
    assert read_scan(b"]x0A") == Scan("]x0A")


def test_prefix() -> None:
    framer = ScanFramer(framing_from(prefix="STX", suffix="ETX"))
    assert framer.feed(b"\x02A1\x03B2\x03", 0) == [Scan("A1"), BadScan(BadScanReason.NO_PREFIX)]


@pytest.mark.parametrize(
    ("raw", "reason"),
    [
        (b"\xff\xfe", BadScanReason.CHARACTERS),
        (b"A\x00B", BadScanReason.CHARACTERS),
        (b"A\x1dB", BadScanReason.CHARACTERS),
        ("A\u202eB".encode(), BadScanReason.CHARACTERS),
        (b"]C0", BadScanReason.CHARACTERS),
        (b"A" * (SCAN_CHARS_MAX + 1), BadScanReason.TOO_LONG),
        (b"A" * 100_000, BadScanReason.TOO_LONG),
    ],
)
def test_untrusted_bytes(raw: bytes, reason: BadScanReason) -> None:
    framer = ScanFramer(framing_from())
    assert framer.feed(raw + b"\r" + CODE.encode() + b"\r", 0) == [BadScan(reason), Scan(CODE)]


def test_limit_is_inclusive_and_the_buffer_is_bounded() -> None:
    framer = ScanFramer(framing_from())
    assert framer.feed(b"A" * SCAN_CHARS_MAX + b"\r", 0) == [Scan("A" * SCAN_CHARS_MAX)]
    framer.feed(b"A" * 1_000_000, 1)
    assert len(framer._held) <= SCAN_CHARS_MAX * 4 + 3


def test_vietnamese_comes_out_composed() -> None:
    assert read_scan("Nguye\u0302\u0303n".encode()) == Scan("Nguyễn")


def test_bad_scan_has_a_stable_code() -> None:
    assert BadScan(BadScanReason.TOO_LONG).code == "scan_too_long"
    assert BadScan(BadScanReason.NO_PREFIX).code == "bad_frame"


@pytest.mark.parametrize("row", [{"suffix": "ENTER"}, {"prefix": "123456789"}, {"prefix": "Ế"}])
def test_a_bad_setting_is_refused(row: dict[str, str]) -> None:
    with pytest.raises(Rejected) as refusal:
        framing_from(**row)
    assert refusal.value.code == "config_invalid"


@given(st.lists(st.sampled_from([CODE, "A015", "Hồ sơ", "x" * 40]), max_size=5), st.data())
def test_any_chunking_gives_the_same_scans(texts: list[str], data: st.DataObject) -> None:
    framing = Framing(b"", b"\r\n")
    wire = b"".join(encode(text, framing) for text in texts)
    cuts = sorted(data.draw(st.lists(st.integers(0, len(wire)), max_size=6)))
    chunks = [wire[a:b] for a, b in zip([0, *cuts], [*cuts, len(wire)], strict=True)]
    assert feed_all(ScanFramer(framing), chunks) == [Scan(text) for text in texts]


@given(st.binary(max_size=300))
def test_noise_is_answered_and_the_next_scan_is_whole(noise: bytes) -> None:
    framer = ScanFramer(framing_from())
    framer.feed(noise + b"\r", 0)
    assert framer.feed(CODE.encode() + b"\r", 1) == [Scan(CODE)]
