"""The state table of docs/hardware/escpos.md, positive and negative."""

import pytest

from kiosk.printing.status import PrinterState, decode, is_status_byte

OK = 0x12


@pytest.mark.parametrize(
    ("n1", "n2", "n3", "n4", "state"),
    [
        (0x12, 0x12, 0x12, 0x12, PrinterState.OK),
        (0x12, 0x12, 0x12, 0x1E, PrinterState.PAPER_LOW),
        (0x1A, 0x32, 0x12, 0x7E, PrinterState.PAPER_OUT),
        (0x1A, 0x16, 0x12, 0x12, PrinterState.COVER_OPEN),
        (0x1A, 0x16, 0x12, 0x7E, PrinterState.COVER_OPEN),
        (0x1A, 0x52, 0x1A, 0x12, PrinterState.FAULT),
        (0x1A, 0x52, 0x32, 0x12, PrinterState.FAULT),
        (0x1A, 0x12, 0x12, 0x12, PrinterState.OFFLINE),
        (0x16, 0x12, 0x12, 0x12, PrinterState.OK),  # drawer pin high is no printer trouble
    ],
)
def test_state_table(n1: int, n2: int, n3: int, n4: int, state: PrinterState) -> None:
    assert decode({1: n1, 2: n2, 3: n3, 4: n4}).state is state


@pytest.mark.parametrize("query", [1, 2, 3, 4])
@pytest.mark.parametrize("value", [0x00, 0x10, 0x13, 0x92, 0xFF])
def test_a_byte_without_the_fixed_bits_makes_the_look_unknown(query: int, value: int) -> None:
    answers = {1: OK, 2: OK, 3: OK, 4: OK} | {query: value}
    status = decode(answers)
    assert status.state is PrinterState.UNKNOWN
    assert not status.prints
    assert status.fault_code is None


def test_silence_is_unknown_and_never_adequate_paper() -> None:
    assert decode({}).state is PrinterState.UNKNOWN
    assert not decode({}).prints


def test_a_cheap_printer_that_answers_only_the_first_question() -> None:
    assert decode({1: 0x12}).state is PrinterState.OK
    assert decode({1: 0x1A}).state is PrinterState.OFFLINE


def test_paper_answer_alone_does_not_prove_readiness() -> None:
    assert decode({4: 0x12}).state is PrinterState.UNKNOWN
    assert decode({4: 0x7E}).state is PrinterState.PAPER_OUT


@pytest.mark.parametrize(
    ("answers", "code"),
    [
        ({1: 0x1A, 2: 0x32, 3: 0x12, 4: 0x7E}, "paper_out"),
        ({1: 0x1A, 2: 0x16}, "cover_open"),
        ({1: 0x1A, 2: 0x52, 3: 0x1A}, "printer_fault"),
        ({1: 0x1A}, "printer_offline"),
        ({1: 0x12, 2: 0x12, 3: 0x12, 4: 0x1E}, None),
    ],
)
def test_fault_codes(answers: dict[int, int], code: str | None) -> None:
    assert decode(answers).fault_code == code


def test_every_byte_value_is_either_valid_or_not() -> None:
    valid = [b for b in range(256) if is_status_byte(b)]
    assert len(valid) == 16
    assert all(b & 0x12 == 0x12 and not b & 0x81 for b in valid)
