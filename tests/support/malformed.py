"""Messages that no door may take: made from the contracts themselves, seeded, each with why it is wrong.

A payload that the contract would accept is never in the list: what is wrong about those stands in test_malformed.py.
"""

import json
from collections.abc import Iterator
from random import Random
from typing import Any

import msgspec

from contracts import codec
from contracts.errors import Rejected
from contracts.verbs import VERBS

VALID: dict[str, Any] = {
    "id": "f0000000-0000-4000-8000-000000000001", "service": "A", "counter": 1, "number": "A001", "priority": "normal",
    "lang": "vi", "token": "abcdefghijklmnop", "code": "H00.12-261122-9001", "epoch": "epoch-0001", "spent": {},
    "date": "2026-12-01", "start": "08:00", "person": "0900000000", "sent_at_ms": 1_795_403_600_000, "ttl_ms": 60_000,
    "to_service": "C", "to_counter": 2, "result": "done", "reason": "lunch", "procedure": "1.004873",
    "dossier": "H00.12-261122-9001", "secret": "1234", "next_service": "C", "day": "2026-11-23",
    "tickets": [{"id": "f0000000-0000-4000-8000-000000000002", "block": "b1", "number": "A990", "taken_ms": 1}],
}  # fmt: skip
"""A good value for each field of each command."""

WRONG: tuple[Any, ...] = (
    None, True, False, 0, -1, 7, 10**6, 2**63, 10**40, 0.5, 1e308, "", " ", "x", "x" * 65, "x" * 5000, "A0", "A-01",
    "\u0000", "ngày mai", "../../etc/passwd", "#", "+/#", "' OR 1=1 --", "<script>", "💥" * 40, [], [[]], ["A"], {},
    {"a": 1}, [None] * 300, {"x" * 70: 1}, "2026-02-30T00:00:00Z", "NaN", [{}], [{"id": 1}],
)  # fmt: skip


def good(verb: str, **fields: Any) -> dict[str, Any]:
    """A payload of `verb` that its contract accepts; only the required fields, and `fields`."""
    required = [f.name for f in msgspec.structs.fields(VERBS[verb].payload) if f.required]
    return {name: VALID[name] for name in required} | fields


def malformed(verb: str, random: Random) -> Iterator[tuple[str, bytes]]:
    """(what is wrong, payload) without end."""
    kinds = (_wrong_value, _wrong_value, _wrong_value, _missing, _cut, _noise, _nested, _huge, _other_type, _doubled)
    while True:
        kind = random.choice(kinds)
        payload = kind(verb, random)
        if _refused(verb, payload):
            yield kind.__name__.strip("_"), payload


def _refused(verb: str, payload: bytes) -> bool:
    try:
        codec.decode(payload, VERBS[verb].payload, bytes_max=codec.COMMAND_BYTES_MAX)
    except Rejected:
        return True
    return False


def _json(value: Any) -> bytes:
    return json.dumps(value, ensure_ascii=False).encode("utf-8", "surrogatepass")


def _fields(verb: str) -> list[str]:
    return [f.name for f in msgspec.structs.fields(VERBS[verb].payload)]


def _wrong_value(verb: str, random: Random) -> bytes:
    names = random.sample(_fields(verb), k=min(len(_fields(verb)), random.choice((1, 1, 2))))
    return _json(good(verb) | {name: random.choice(WRONG) for name in names})


def _missing(verb: str, random: Random) -> bytes:
    fields = good(verb)
    del fields[random.choice(sorted(fields))]
    return _json(fields)


def _cut(verb: str, random: Random) -> bytes:
    whole = _json(good(verb))
    return whole[: random.randrange(1, len(whole))]


def _noise(verb: str, random: Random) -> bytes:
    whole = bytearray(_json(good(verb)))
    for _ in range(random.randrange(1, 6)):
        whole[random.randrange(len(whole))] = random.randrange(256)
    return bytes(whole)


def _nested(verb: str, random: Random) -> bytes:
    opener, closer = random.choice(((b"[", b"]"), (b'{"id":', b"}")))
    depth = random.choice((50, 900, 2500))
    return (opener * depth + b"1" + closer * depth)[: codec.COMMAND_BYTES_MAX + 100]


def _huge(verb: str, random: Random) -> bytes:
    name = random.choice(_fields(verb))
    return _json(good(verb) | {name: "x" * random.choice((200, 4_000, 17_000, 60_000))})


def _other_type(verb: str, random: Random) -> bytes:
    return random.choice((b"", b"null", b"[]", b"7", b'"A"', b"true", b"\xff\xfe", b"\xef\xbb\xbf{}", b"NaN", b"{}"))


def _doubled(verb: str, random: Random) -> bytes:
    whole = _json(good(verb))
    return whole + random.choice((whole, b"}", b",", b"x", b"\x00"))
