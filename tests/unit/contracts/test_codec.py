"""Bytes → typed message or coded rejection, never anything else."""

import hypothesis.strategies as st
import pytest
from hypothesis import given

from contracts.codec import COMMAND_BYTES_MAX, decode, encode
from contracts.errors import Rejected
from contracts.messages.common import TicketState
from contracts.messages.counters import CallNext, Finish
from contracts.messages.tickets import IssueTicket
from contracts.verbs import VERBS


def test_round_trip() -> None:
    message = IssueTicket(id="11111111-aaaa", service="A", priority="elderly", lang="en")
    assert decode(encode(message), IssueTicket) == message


@pytest.mark.parametrize(
    ("payload", "code"),
    [
        (b"", "malformed"),
        (b"{", "malformed"),
        (b"null", "malformed"),
        (b"[]", "malformed"),
        (b'{"id":"11111111","service":7}', "malformed"),
        (b'{"id":"short","service":"A"}', "malformed"),
        (b'{"id":"11111111"}', "malformed"),
        (b'{"id":"11111111","service":"A","lang":"VI"}', "malformed"),
        (b'{"id":"11111111","service":"A","ttl_ms":0}', "malformed"),
        (b'{"id":"11111111","service":"A","ttl_ms":60001}', "malformed"),
        (b"\xff\xfe", "malformed"),
        (b"[" * 4000, "malformed"),
        (b'{"x":' * 700, "malformed"),
        (b'{"id":"11111111","service":"' + b"A" * 17_000 + b'"}', "too_large"),
    ],
)
def test_bad_payloads(payload: bytes, code: str) -> None:
    with pytest.raises(Rejected) as why:
        decode(payload, IssueTicket, bytes_max=COMMAND_BYTES_MAX)
    assert why.value.code == code


def test_unknown_fields_are_ignored_and_unknown_values_become_unknown() -> None:
    assert decode(b'{"id":"11111111","counter":1,"new":[1]}', CallNext).counter == 1
    assert decode(b'"teleported"', TicketState) is TicketState.UNKNOWN
    assert decode(b'"waiting"', TicketState) is TicketState.WAITING


@pytest.mark.parametrize("n", [0, -1, 100, "1", 1.5, None])
def test_counter_numbers_have_limits(n: object) -> None:
    with pytest.raises(Rejected):
        decode(encode({"id": "11111111", "counter": n}), CallNext)


@given(st.binary(max_size=300), st.sampled_from(sorted(VERBS)))
def test_any_bytes_are_a_message_or_a_rejection(payload: bytes, verb: str) -> None:
    try:
        decode(payload, VERBS[verb].payload)
    except Rejected as why:
        assert why.code == "malformed"


@pytest.mark.parametrize("sent_at", [b"-5", b"9" * 3000, b"1e400", b"1.5", b'"now"', b"NaN"])
def test_a_send_time_that_is_none_is_malformed(sent_at: bytes) -> None:
    payload = b'{"id":"touch-0001","service":"A","sent_at_ms":' + sent_at + b"}"
    with pytest.raises(Rejected) as why:
        decode(payload, IssueTicket)
    assert why.value.code == "malformed"


@pytest.mark.parametrize("text", ["Nguyễn Văn A", "A 0912345678", "-1", "1.001193\u0000", ""])
def test_what_goes_into_the_journal_as_a_code_cannot_be_a_persons_name(text: str) -> None:
    for type_, message in (
        (IssueTicket, {"id": "touch-0001", "service": "A", "procedure": text}),
        (Finish, {"id": "press-0001", "counter": 1, "result": text}),
    ):
        with pytest.raises(Rejected) as why:
            decode(encode(message), type_)
        assert why.value.code == "malformed"
    assert decode(b'{"id":"touch-0001","service":"A","procedure":"1.001193.000.00.00.H00"}', IssueTicket)
