"""The stable error codes: one row a code, whatever the door (MQTT, HTTP, serial, barcode, CSV, config, command line).

`docs/errors.md` is generated from this table. A code is never renamed or reused (design.md §3).
"""

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class ErrorSpec:
    """One error: `http` is its status on the HTTP door, `vi`/`en` what a person reads, `doc` when it happens."""

    code: str
    http: int
    vi: str
    en: str
    doc: str


# fmt: off
_ROWS = (
    # --- any door ---
    ErrorSpec("malformed", 400, "Dữ liệu gửi đến không đúng dạng", "The data sent is malformed", "not JSON, wrong type, missing field, nested too deep"),
    ErrorSpec("too_large", 413, "Dữ liệu quá lớn", "The data is too large", "a payload, file or field over its limit"),
    ErrorSpec("unauthorised", 401, "Cần đăng nhập", "Sign in first", "no or wrong credentials"),
    ErrorSpec("forbidden", 403, "Không có quyền thực hiện", "This role may not do that", "the role or the counter of the actor does not allow it"),
    ErrorSpec("not_found", 404, "Không tìm thấy", "Not found", "no such path, ticket or page"),
    ErrorSpec("method_not_allowed", 405, "Thao tác không được hỗ trợ", "Method not allowed", "a path asked with another method"),
    ErrorSpec("id_reused", 409, "Mã lệnh đã dùng cho nội dung khác", "This command id was used with other content", "same actor and id, other payload"),
    ErrorSpec("expired", 409, "Lệnh đến quá muộn", "The command came too late", "a command older than its time to live"),
    ErrorSpec("busy", 503, "Máy chủ đang bận, xin thử lại", "The server is busy, try again", "the command queue is full"),
    ErrorSpec("storage_unavailable", 503, "Không ghi được dữ liệu", "The database cannot be written", "disk full, database locked or read-only"),
    ErrorSpec("rate_limited", 429, "Thao tác quá nhanh, xin chờ một lát", "Too many tries, wait a little", "more attempts than the limit of the door"),
    ErrorSpec("internal", 500, "Lỗi hệ thống", "Internal error", "a bug; logged with its trace"),
    ErrorSpec("clock_jumped", 409, "Đồng hồ máy chủ nhảy quá một ngày, cần người quản lý xác nhận", "The server's clock jumped by more than a day, a manager must confirm it", "with tickets waiting; the day goes on by the machine's running time until then"),
    ErrorSpec("wrong_day", 409, "Đây không phải ngày trên đồng hồ máy chủ", "This is not the day that the server's clock shows", "a confirmation of another day"),
    # --- tickets ---
    ErrorSpec("unknown_service", 404, "Không có lĩnh vực này", "No such service", "a service code the office file does not have"),
    ErrorSpec("unknown_priority", 422, "Không có diện ưu tiên này", "No such priority class", "a priority the office file does not have"),
    ErrorSpec("service_closed", 409, "Lĩnh vực này đang tạm đóng", "This service is closed now", "closed by staff or outside ticket hours"),
    ErrorSpec("quota_reached", 409, "Đã hết số trong ngày của lĩnh vực này", "No more tickets for this service today", "the daily quota is used up"),
    ErrorSpec("numbers_exhausted", 409, "Đã hết dãy số trong ngày", "The number range of the day is used up", "serial over 999 would not fit the signs"),
    ErrorSpec("unknown_ticket", 404, "Không có phiếu này", "No such ticket", "a number or token that is not of this day"),
    ErrorSpec("wrong_state", 409, "Phiếu không ở trạng thái phù hợp", "The ticket is not in a state for that", "a move that the ticket life does not have"),
    ErrorSpec("bad_number", 422, "Số thứ tự không hợp lệ", "Not a ticket number", "a text that is not a prefix and three digits"),
    # --- counters ---
    ErrorSpec("unknown_counter", 404, "Không có quầy này", "No such counter", "a counter number the office file does not have"),
    ErrorSpec("counter_closed", 409, "Quầy đang đóng", "The counter is closed", "a call from a counter that is closed or paused"),
    ErrorSpec("counter_busy", 409, "Quầy đang phục vụ phiếu khác", "The counter is serving another ticket", "call of a number while a ticket is called or served"),
    ErrorSpec("no_current_ticket", 409, "Quầy chưa gọi phiếu nào", "The counter has no ticket", "recall, start, finish or no-show without a called ticket"),
    ErrorSpec("skill_missing", 409, "Quầy không phục vụ lĩnh vực này", "The counter does not serve this service", "a transfer or call that no skill covers"),
    ErrorSpec("unknown_result", 422, "Không có mã kết quả này", "No such result code", "a result the office file does not have"),
    # --- offline numbers ---
    ErrorSpec("lease_refused", 409, "Không cấp dãy số dự phòng", "No numbers are lent to this kiosk", "lending is off, or too many kiosk epochs in a day"),
    ErrorSpec("lease_unknown", 409, "Số này không thuộc dãy đã cấp", "This number was not lent to this kiosk", "a hand-over of a number outside the kiosk's blocks"),
    ErrorSpec("lease_spent", 409, "Đã hết dãy số dự phòng, xin gặp nhân viên", "The lent numbers are used up, see staff", "a kiosk without the server whose block is spent, or a number handed over for two touches"),
    ErrorSpec("spool_lost", 503, "Sổ số dự phòng của máy lấy số bị hỏng, đã lập sổ mới", "The kiosk's record of lent numbers was damaged; a new one was begun", "numbers it gave without the server and had not handed over are only on paper"),
    # --- appointments ---
    ErrorSpec("slot_unknown", 404, "Không có khung giờ này", "No such slot", "a date or time without a slot, or too far ahead"),
    ErrorSpec("slot_full", 409, "Khung giờ đã đủ người", "This slot is full", "the capacity of the slot is booked"),
    ErrorSpec("already_booked", 409, "Đã có một lịch hẹn khác", "There is an active booking already", "one active booking a person"),
    ErrorSpec("unknown_appointment", 404, "Không có lịch hẹn này", "No such appointment", "a token that no booking has"),
    ErrorSpec("check_in_early", 409, "Chưa đến giờ nhận phiếu hẹn", "Too early to check in", "before the grace window of the slot"),
    ErrorSpec("check_in_late", 409, "Đã quá giờ hẹn, xin lấy phiếu thường", "Too late to check in, take a normal ticket", "after the grace window of the slot"),
    # --- dossiers and barcodes ---
    ErrorSpec("bad_dossier_code", 422, "Mã này không phải mã hồ sơ", "Not a dossier code", "a text that no dossier code pattern matches"),
    ErrorSpec("dossier_unknown", 404, "Không tìm thấy hồ sơ có mã này", "No dossier with this code", "a well-formed code that was never imported"),
    ErrorSpec("secret_wrong", 403, "Mã tra cứu không đúng", "The look-up code is wrong", "second factor does not match"),
    ErrorSpec("barcode_unreadable", 422, "Không đọc được mã vạch", "The barcode cannot be read", "a picture without a readable code"),
    ErrorSpec("scan_too_long", 422, "Mã vạch quá dài", "The scan is too long", "more characters than a scan may have"),
    ErrorSpec("file_unreadable", 422, "Không đọc được tệp", "The file cannot be read", "missing, no rights, or not of the stated kind"),
    ErrorSpec("csv_missing_column", 422, "Thiếu cột bắt buộc", "A required column is missing", "import file without a needed header"),
    ErrorSpec("csv_bad_row", 422, "Dòng dữ liệu không hợp lệ", "A bad row", "a row with a bad value: row number, column and reason follow"),
    # --- devices ---
    ErrorSpec("bad_glyph", 422, "Bảng không hiện được ký tự này", "The sign cannot show this character", "a text with a character outside the sign's set"),
    ErrorSpec("text_too_long", 422, "Chữ dài hơn bảng", "The text is longer than the sign", "more characters than cells"),
    ErrorSpec("bad_frame", 422, "Khung dữ liệu lỗi", "A damaged frame", "noise or a broken frame on a serial line"),
    ErrorSpec("unknown_device", 404, "Không có thiết bị này", "No such device", "a device id the office file does not have"),
    ErrorSpec("unmapped_button", 409, "Nút bấm chưa được gán quầy", "The button is not mapped to a counter", "a press of a device without a row"),
    ErrorSpec("device_unreachable", 503, "Không kết nối được thiết bị", "The device cannot be reached", "a port that does not open or went away"),
    ErrorSpec("printer_offline", 503, "Máy in không trả lời", "The printer does not answer", "no connection, or offline bit set"),
    ErrorSpec("printer_timeout", 503, "Máy in phản hồi quá lâu", "The printer took too long", "a write over its time-out"),
    ErrorSpec("paper_out", 503, "Máy in hết giấy", "The printer is out of paper", "DLE EOT 4 paper end"),
    ErrorSpec("cover_open", 503, "Nắp máy in đang mở", "The printer's cover is open", "DLE EOT 2 cover bit"),
    ErrorSpec("printer_fault", 503, "Máy in báo lỗi", "The printer reports an error", "cutter, head or unrecoverable error"),
    ErrorSpec("no_sound_card", 503, "Không có loa", "No sound card", "no playback device; announcements go to wav files"),
    ErrorSpec("voice_missing", 503, "Thiếu mẫu giọng đọc", "A voice clip is missing", "a clip of the announcement does not exist"),
    ErrorSpec("engine_failed", 503, "Bộ đọc không chạy được", "The speech engine failed", "espeak-ng or gTTS error or time-out"),
    # --- start-up and configuration ---
    ErrorSpec("config_invalid", 422, "Tệp cấu hình có lỗi", "The office file has errors", "every error is listed, with the nearest valid name"),
    ErrorSpec("port_in_use", 409, "Cổng đang được dùng", "The port is in use", "--http or --mqtt address taken"),
    ErrorSpec("data_unwritable", 403, "Không ghi được thư mục dữ liệu", "The data directory cannot be written", "--data without rights or on a read-only disk"),
    ErrorSpec("already_running", 409, "Văn phòng này đang chạy", "This office is already running", "a second up, or a second server, on the same data"),
    ErrorSpec("install_failed", 503, "Không cài đặt được", "The installation failed", "apt or pip failed; their output is above"),
    ErrorSpec("apt_failed", 503, "Không cài được gói Debian", "Debian packages could not be installed", "apt-get failed; its output is above"),
    ErrorSpec("offline", 503, "Không có kết nối mạng", "No network", "no package server could be reached during the installation"),
    ErrorSpec("no_root", 403, "Cần quyền root hoặc sudo", "Root or sudo is needed", "packages are missing and may not be installed"),
    ErrorSpec("not_debian", 422, "Máy này không dùng Debian", "This is no Debian", "the launcher installs Debian packages only"),
    ErrorSpec("python_too_old", 422, "Phiên bản Python quá cũ", "Python is too old", "Python 3.11 or newer is needed"),
    ErrorSpec("install_declined", 403, "Không đồng ý cài đặt", "The installation was declined", "the person answered no"),
    ErrorSpec("start_failed", 503, "Không khởi động được", "A part did not start", "a process did not report ready in time"),
    ErrorSpec("usage", 422, "Sai cách dùng lệnh", "Wrong usage", "unknown verb or option"),
    ErrorSpec("database_newer", 409, "Cơ sở dữ liệu của phiên bản mới hơn", "The database is of a newer version", "an old program on new data"),
    ErrorSpec("database_corrupt", 500, "Cơ sở dữ liệu hỏng", "The database is corrupt", "SQLite says so; the server stops loudly"),
    ErrorSpec("fenced", 409, "Máy chủ khác đã nhận quyền ghi", "Another server took over the database", "a commit with an old epoch"),
)
# fmt: on

ERRORS: dict[str, ErrorSpec] = {row.code: row for row in _ROWS}


class Rejected(Exception):  # noqa: N818 - a rejection is an expected outcome, not a program error
    """An expected refusal with a stable code. `detail` is for staff and logs (English); `params` fill it."""

    def __init__(self, code: str, detail: str = "", **params: Any) -> None:
        if code not in ERRORS:
            raise KeyError(f"error code {code!r} has no row in contracts/errors.py")
        super().__init__(detail or ERRORS[code].en)
        self.code = code
        self.detail = detail or ERRORS[code].en
        self.params = params

    @property
    def spec(self) -> ErrorSpec:
        """The row of this code."""
        return ERRORS[self.code]
