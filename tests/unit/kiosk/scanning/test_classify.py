"""What a scan means, and that nothing of an identity card is kept."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.dossier_code import Reason
from contracts.scan import BadScan, BadScanReason, Scan, Symbology
from kiosk.scanning.classify import ScanKind, classify

CODE = "000.00.01.H00-261118-0001"
TOKEN = "abcdefghij234567"
CARD = "000190123456|012345678|NGUYỄN VĂN MẪU|01011990|Nam|Thôn Mẫu, xã Bình An|15042021"

MEANINGS = [
    (CODE, ScanKind.DOSSIER, CODE),
    (CODE.lower() + "\r", ScanKind.DOSSIER, CODE),
    ("h00.12-261118-0001", ScanKind.DOSSIER, "H00.12-261118-0001"),
    (f"https://dvc.example/tra-cuu?mahoso={CODE}", ScanKind.DOSSIER, CODE),
    (f"http://10.0.0.2:8080/t/{TOKEN}", ScanKind.TICKET_TOKEN, TOKEN),
    (f"https://mau.example/phieu/t/{TOKEN}/", ScanKind.TICKET_TOKEN, TOKEN),
    (TOKEN, ScanKind.TICKET_TOKEN, TOKEN),
    (f"motcua:appt:{TOKEN}", ScanKind.APPOINTMENT, TOKEN),
    (f"http://10.0.0.2:8080/book#{TOKEN}", ScanKind.APPOINTMENT, TOKEN),
    (f"https://mau.example/phieu/book?lang=en#{TOKEN}", ScanKind.APPOINTMENT, TOKEN),
    ("A015", ScanKind.TICKET_NUMBER, "A015"),
    (" a015 ", ScanKind.TICKET_NUMBER, "A015"),
    ("03706/2026/07906", ScanKind.SOCIAL_INSURANCE, ""),
    (CARD, ScanKind.IDENTITY_CARD, ""),
    (CARD.replace("012345678", ""), ScanKind.IDENTITY_CARD, ""),
    (CARD.replace("|012345678", ""), ScanKind.IDENTITY_CARD, ""),
    (CARD + "||NGUYỄN VĂN A|NGUYỄN THỊ B", ScanKind.IDENTITY_CARD, ""),
]

UNKNOWN = [
    ("4006381333931", Reason.PATTERN),
    ("https://example.com/", Reason.PATTERN),
    (f"ftp://mau.example/t/{TOKEN}", Reason.PATTERN),
    (f"https://mau.example/x/{TOKEN}", Reason.PATTERN),
    (f"https://mau.example/t/{TOKEN}x", Reason.PATTERN),
    (f"javascript:/t/{TOKEN}", Reason.PATTERN),
    ("motcua:appt:", Reason.PATTERN),
    (f"motcua:appt:{TOKEN}x", Reason.PATTERN),
    (f"motcua:appt:{TOKEN.upper()}", Reason.PATTERN),
    (f"https://mau.example/x#{TOKEN}", Reason.PATTERN),
    (f"ftp://mau.example/book#{TOKEN}", Reason.PATTERN),
    ("000.00.01.H00-261318-0001", Reason.DATE),
    ("Đăng ký", Reason.CHARACTERS),
    ("http://[", Reason.PATTERN),
]


@pytest.mark.parametrize(("text", "kind", "kept"), MEANINGS)
def test_meanings(text: str, kind: ScanKind, kept: str) -> None:
    code = classify(Scan(text, Symbology.QR))
    assert (code.kind, code.text, code.symbology, code.reason) == (kind, kept, Symbology.QR, None)


@pytest.mark.parametrize(("text", "reason"), UNKNOWN)
def test_unknown_says_why_and_keeps_nothing(text: str, reason: Reason) -> None:
    code = classify(Scan(text))
    assert (code.kind, code.text, code.reason) == (ScanKind.UNKNOWN, "", reason)


@pytest.mark.parametrize("reason", BadScanReason)
def test_a_bad_scan_has_a_meaning_too(reason: BadScanReason) -> None:
    wanted = ScanKind.TOO_LONG if reason is BadScanReason.TOO_LONG else ScanKind.UNREADABLE
    assert classify(BadScan(reason)).kind is wanted


@given(st.text(max_size=60))
def test_any_text_has_a_meaning(text: str) -> None:
    assert classify(Scan(text)).kind in ScanKind
