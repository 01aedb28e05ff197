"""Sorting what a printer sends: three kinds of byte, any chunking."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kiosk.printing.status import PrinterState
from kiosk.printing.talk import AnswerSorter, Talk


class ScriptedLink:
    """Answers each question from a table; fails on a byte it does not expect."""

    def __init__(self, answers: dict[bytes, bytes], *, readable: bool = True) -> None:
        self.readable = readable
        self.asked: list[bytes] = []
        self._answers = answers
        self._out = b""

    def write(self, data: bytes) -> None:
        assert data[:2] in (b"\x10\x04", b"\x1dr"), data
        assert len(data) == 3
        self.asked.append(data)
        self._out += self._answers.get(data, b"")

    def read(self, wait_s: float) -> bytes:
        out, self._out = self._out, b""
        return out


def answers(n1: bytes, n2: bytes, n3: bytes, n4: bytes) -> dict[bytes, bytes]:
    return {b"\x10\x04" + bytes([n]): value for n, value in enumerate((n1, n2, n3, n4), 1)}


def test_four_questions_in_order_of_importance() -> None:
    link = ScriptedLink(answers(b"\x12", b"\x12", b"\x12", b"\x12"))
    assert Talk(link, 0.0).status().state is PrinterState.OK
    assert link.asked == [b"\x10\x04\x01", b"\x10\x04\x04", b"\x10\x04\x02", b"\x10\x04\x03"]


def test_silence_ends_the_questions() -> None:
    link = ScriptedLink({})
    assert Talk(link, 0.0).status().state is PrinterState.UNKNOWN
    assert link.asked == [b"\x10\x04\x01"]


def test_a_write_only_link_is_never_asked() -> None:
    link = ScriptedLink({}, readable=False)
    assert Talk(link, 0.0).status().state is PrinterState.UNKNOWN
    assert link.asked == []


@pytest.mark.parametrize("reply", [b"\x12\x12", b"\x92", b"\xff", b"\x13"])
def test_an_answer_out_of_step_makes_the_look_unknown(reply: bytes) -> None:
    link = ScriptedLink(answers(reply, b"\x12", b"\x12", b"\x12"))
    assert Talk(link, 0.0).status().state is PrinterState.UNKNOWN


def test_automatic_status_between_the_answers_is_skipped() -> None:
    link = ScriptedLink(answers(b"\x14\x00\x0f\x0f\x12", b"\x16", b"\x12", b"\x12"))
    talk = Talk(link, 0.0)
    assert talk.status().state is PrinterState.COVER_OPEN
    assert not talk.proven


def test_proof_is_told_from_status() -> None:
    talk = Talk(ScriptedLink({b"\x1dr\x01": b"\x00"}), 0.0)
    talk.ask_proof()
    assert not talk.proven
    talk.listen()
    assert talk.proven


@given(st.lists(st.sampled_from([b"\x12", b"\x1a", b"\x10\x01\x02\x03", b"\x00", b"\x03"]), max_size=8), st.data())
def test_any_chunking_sorts_alike(parts: list[bytes], data: st.DataObject) -> None:
    stream = b"".join(parts)
    whole, pieces = AnswerSorter(), AnswerSorter()
    expected = whole.feed(stream)
    got: list[int] = []
    while stream:
        size = data.draw(st.integers(1, len(stream)))
        got += pieces.feed(stream[:size])
        stream = stream[size:]
    assert (got, pieces.proven) == (expected, whole.proven)
    assert expected == [part[0] for part in parts if part in (b"\x12", b"\x1a")]
