"""What stands on the paper."""

from dataclasses import replace

from kiosk.adapters.ticket_text import content_of
from tests.support.kiosk_pictures import issued, sample_setup


def test_a_ticket_in_vietnamese() -> None:
    content = content_of(sample_setup(), issued(priority="disabled"))
    assert content.number == "A015"
    assert content.service_name == "Hộ tịch"
    assert (content.issued_date, content.issued_time) == ("23/11/2026", "09:41")
    assert content.ahead_text == "Còn 9 người trước ông/bà"
    assert content.wait_text == "Khoảng 20–35 phút"
    assert content.priority_text == "Ưu tiên", "the paper does not say which class: a lost ticket tells nobody"
    assert content.qr_url is None
    assert content.hotline_text == "Đường dây nóng 0000 000 000"


def test_a_ticket_in_english_without_an_estimate_for_a_phone() -> None:
    setup = replace(sample_setup(), public_url="https://binhan.example/", hotline="", slogan=None)
    content = content_of(setup, issued(lang="en", position=1, estimate=None, estimate_reason="no_counter"))
    assert content.service_name == "Civil status"
    assert content.ahead_text == "1 person before you"
    assert content.wait_text == "No counter open yet"
    assert content.priority_text is None
    assert content.qr_url == "https://binhan.example/t/abcdefghijklmnop"
    assert content.hotline_text is None
    assert content.footer is None


def test_a_ticket_given_without_the_server_says_so_and_promises_nothing() -> None:
    setup = replace(sample_setup(), public_url="https://binhan.example/")
    content = content_of(setup, issued(number="A970", position=0, estimate=None, token=""), offline=True)
    assert content.number == "A970"
    assert content.notice_text == "Cấp khi mất kết nối máy chủ"
    assert content.wait_text is not None
    assert "vẫn có hiệu lực" in content.wait_text
    assert (content.ahead_text, content.qr_url) == (None, None)
    assert content_of(setup, issued()).notice_text is None
