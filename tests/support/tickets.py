"""Tickets of nobody, and an ESC/POS reader written apart from ours."""

import dataclasses
import struct
from typing import Any

from PIL import Image

from kiosk.printing.content import TicketContent

FULL = TicketContent(
    number="A027",
    office_name="Trung tâm Phục vụ hành chính công xã Bình An (mẫu)",
    service_name="Hộ tịch – Chứng thực",
    issued_date="22/11/2026",
    issued_time="09:41",
    number_label="Số thứ tự của ông/bà",
    ahead_text="Còn 9 người trước ông/bà",
    wait_text="Khoảng 20–35 phút",
    priority_text="Ưu tiên – Người cao tuổi (từ 60)",
    qr_url="https://motcua.binhan.example.vn/t/k3v7q2mzp5xw4a6b",
    qr_caption="Theo dõi trên điện thoại",
    hotline_text="Đường dây nóng 0000 000 000",
    footer="Thân thiện – Đơn giản – Đúng hẹn",
)
LONG = TicketContent(
    number="H408",
    office_name="ỦY BAN NHÂN DÂN PHƯỜNG NGUYỄN THÁI HỌC – BỘ PHẬN TIẾP NHẬN VÀ TRẢ KẾT QUẢ (mẫu)",
    service_name="Cấp đổi Giấy chứng nhận quyền sử dụng đất, quyền sở hữu tài sản gắn liền với đất",
    issued_date="22/11/2026",
    issued_time="09:41",
    number_label="Số thứ tự",
    ahead_text="Ông/bà là người kế tiếp",
    footer="Llanfairpwllgwyngyllgogerychwyrndrobwllllantysiliogogoch",
)
ENGLISH = TicketContent(
    number="C100",
    office_name="Binh An Commune Public Service Centre (sample)",
    service_name="Certification",
    issued_date="22/11/2026",
    issued_time="09:41",
    number_label="Number",
    ahead_text="9 people before you",
    hotline_text="Hotline 0000 000 000",
    lang="en",
)
OFFLINE = TicketContent(
    number="A970",
    office_name="Trung tâm Phục vụ hành chính công xã Bình An (mẫu)",
    service_name="Hộ tịch",
    issued_date="22/11/2026",
    issued_time="09:41",
    number_label="Số thứ tự",
    notice_text="Cấp khi mất kết nối máy chủ",
    wait_text="Số vẫn có hiệu lực và sẽ được gọi. Chờ lâu chưa thấy gọi, xin đưa phiếu này cho nhân viên.",
    hotline_text="Đường dây nóng 0000 000 000",
)


def ticket(**changes: Any) -> TicketContent:
    """FULL with changes."""
    return dataclasses.replace(FULL, **changes)


def dots_of(job: bytes) -> tuple[Image.Image, list[bytes]]:
    """(picture, the other commands) of a raster job: a second reading of the ESC/POS manual, which
    knows only what a ticket may contain and fails on any other byte."""
    rows: list[bytes] = []
    others: list[bytes] = []
    at, width = 0, 0
    while at < len(job):
        if job[at : at + 4] == b"\x1dv0\x00":
            width, height = struct.unpack_from("<HH", job, at + 4)
            body = job[at + 8 : at + 8 + width * height]
            assert len(body) == width * height
            rows += [body[i : i + width] for i in range(0, len(body), width)]
            at += 8 + width * height
            continue
        for known, size in ((b"\x1b@", 2), (b"\x1bd", 3), (b"\x1dV", 3)):
            if job.startswith(known, at):
                others.append(job[at : at + size])
                at += size
                break
        else:
            raise AssertionError(f"unexpected byte {job[at]:#04x} at {at}")
    picture = Image.new("1", (width * 8, len(rows)), 1)
    picture.putdata([0 if row[x // 8] >> (7 - x % 8) & 1 else 255 for row in rows for x in range(width * 8)])
    return picture, others
