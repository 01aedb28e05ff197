"""Every national state against every date: the promise kept or not, and what to do next."""

from datetime import UTC, datetime, timedelta

import pytest

from contracts.messages.dossiers import Timeliness
from queue_server.dossiers.records import STATES, DossierRecord
from queue_server.dossiers.secret import secret_matches
from queue_server.dossiers.status import Desk, NextStep, mask_name, mask_note, timeliness, view_of

NOW = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)
DAY = timedelta(days=1)
DESK = Desk({"Hộ tịch": "A", "Đất đai": "E"}, result="S", guide="U")
ENDED = (3, 7, 8, 9, 10)
AT_WORK = (1, 2, 4, 5, 6)


def record(state: int, **fields: object) -> DossierRecord:
    defaults: dict[str, object] = {
        "code": "H00.12-261101-0001",
        "procedure_code": "1.001193",
        "procedure_name": "Đăng ký khai sinh",
        "field_name": "Hộ tịch",
        "applicant": "NGUYỄN VĂN MẪU",
        "identity": "000190123456",
        "phone": "0000123456",
        "unit": "UBND xã Bình An (mẫu)",
    }
    return DossierRecord(**(defaults | {"state": state} | fields))  # type: ignore[arg-type]  # a row of a test table


@pytest.mark.parametrize("state", STATES)
def test_no_promise_no_verdict(state: int) -> None:
    assert timeliness(record(state), NOW) is Timeliness.NO_DUE


@pytest.mark.parametrize("state", AT_WORK)
@pytest.mark.parametrize(
    ("due", "wanted"),
    [
        (NOW + DAY, Timeliness.ON_TIME),
        (NOW, Timeliness.ON_TIME),
        (NOW - timedelta(seconds=1), Timeliness.LATE),
        (NOW - DAY, Timeliness.LATE),
    ],
)
def test_at_work(state: int, due: datetime, wanted: Timeliness) -> None:
    assert timeliness(record(state, due_at=due), NOW) is wanted


@pytest.mark.parametrize("state", ENDED)
@pytest.mark.parametrize(
    ("finished", "returned", "wanted"),
    [
        (NOW - DAY, None, Timeliness.DONE_ON_TIME),
        (NOW - DAY + timedelta(seconds=1), None, Timeliness.DONE_LATE),
        (NOW - 2 * DAY, NOW, Timeliness.DONE_ON_TIME),  # collected late is not the office's delay
        (None, NOW - 2 * DAY, Timeliness.DONE_ON_TIME),
        (None, NOW, Timeliness.DONE_LATE),
        (None, None, Timeliness.UNKNOWN),
    ],
)
def test_ended(state: int, finished: datetime | None, returned: datetime | None, wanted: Timeliness) -> None:
    assert timeliness(record(state, due_at=NOW - DAY, finished_at=finished, returned_at=returned), NOW) is wanted


def test_ended_at_an_unknown_moment_before_the_due_moment() -> None:
    assert timeliness(record(9, due_at=NOW + DAY), NOW) is Timeliness.DONE_ON_TIME


@pytest.mark.parametrize(
    ("state", "late", "step", "service"),
    [
        (1, False, NextStep.WAIT_ACCEPTANCE, "A"),
        (2, False, NextStep.WAIT_UNTIL_DUE, None),
        (2, True, NextStep.ASK_ABOUT_DELAY, "U"),
        (3, False, NextStep.ASK_WHY_REFUSED, "U"),
        (4, False, NextStep.WAIT_UNTIL_DUE, None),
        (4, True, NextStep.ASK_ABOUT_DELAY, "U"),
        (5, False, NextStep.BRING_PAPERS, "A"),
        (5, True, NextStep.BRING_PAPERS, "A"),
        (6, False, NextStep.PAY_FEE, "A"),
        (6, True, NextStep.PAY_FEE, "A"),
        (7, False, NextStep.TAKE_BACK_PAPERS, "S"),
        (8, False, NextStep.ASK_WHY_STOPPED, "U"),
        (9, False, NextStep.COLLECT_RESULT, "S"),
        (9, True, NextStep.COLLECT_RESULT, "S"),
        (10, False, NextStep.NOTHING, None),
    ],
)
def test_what_to_do_next(state: int, late: bool, step: NextStep, service: str | None) -> None:
    view = view_of(record(state, due_at=NOW - DAY if late else NOW + DAY), NOW, DESK)
    assert (view.next_step, view.service, view.state) == (step.value, service, state)


def test_a_field_without_a_service_goes_to_the_guide_desk() -> None:
    assert view_of(record(5, field_name="Thủy sản"), NOW, DESK).service == "U"
    assert view_of(record(5, field_name=" ĐẤT  ĐAI "), NOW, DESK).service == "E"
    assert view_of(record(9), NOW, Desk({}, None, None)).service is None


@pytest.mark.parametrize("state", STATES)
def test_a_view_never_holds_what_identifies_somebody(state: int) -> None:
    note = "Gọi NGUYỄN VĂN MẪU số 0000 123 456, CCCD 000190123456"
    text = str(view_of(record(state, note=note, secret="7K2F"), NOW, DESK))
    for secret in ("VĂN MẪU", "0000123456", "0000 123 456", "000190123456", "7K2F"):
        assert secret not in text


def test_finished_is_shown_only_of_a_dossier_that_ended() -> None:
    assert view_of(record(4, finished_at=NOW), NOW, DESK).finished_at is None
    assert view_of(record(10, returned_at=NOW), NOW, DESK).finished_at == NOW


@pytest.mark.parametrize(
    ("name", "masked"),
    [
        ("NGUYỄN VĂN AN", "NGUYỄN V** A*"),
        ("LÊ Ý", "LÊ Ý*"),
        ("MẪU", "M**"),
        ("HỘ KINH DOANH MẪU SỐ 1", "HỘ K*** D**** M** S* 1*"),
        ("Nguye\u0302\u0303n A\u0302n", "Nguyễn Â*"),
        ("", ""),
    ],
)
def test_mask_name(name: str, masked: str) -> None:
    assert mask_name(name) == masked


def test_mask_note_keeps_short_numbers() -> None:
    assert mask_note("Nộp 2 bản, phí 8.000 đ trước 25/11", "") == "Nộp 2 bản, phí 8.000 đ trước 25/11"
    assert mask_note("gọi 0000-123-456", "") == "gọi ***"


@pytest.mark.parametrize(
    ("fields", "given", "wanted"),
    [
        ({"secret": "7K2F"}, "7K2F", True),
        ({"secret": "7K2F"}, " 7k 2f ", True),
        ({"secret": "7K2F"}, "3456", False),  # the receipt has characters: the phone does not open it
        ({"secret": "7K2F"}, "", False),
        ({}, "3456", True),
        ({"phone": ""}, "3456", True),
        ({"phone": "", "identity": ""}, "", False),
        ({"phone": "12", "identity": ""}, "12", False),
        ({}, "0000123456", False),
        ({}, "", False),
    ],
)
def test_second_factor(fields: dict[str, object], given: str, wanted: bool) -> None:
    assert secret_matches(record(4, **fields), given) is wanted
