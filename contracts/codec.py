"""Bytes ↔ messages. Whatever comes in becomes a typed message or a coded rejection, never a crash (design.md §3)."""

from collections.abc import Hashable
from functools import cache
from typing import Any, TypeVar, cast

import msgspec

from contracts.errors import Rejected

PAYLOAD_BYTES_MAX = 64 * 1024
COMMAND_BYTES_MAX = 16 * 1024  # the largest is a hand-over of HAND_OVER_TICKETS_MAX tickets

T = TypeVar("T")

_encoder = msgspec.json.Encoder()


@cache
def _decoder(type_: Hashable) -> msgspec.json.Decoder[Any]:
    return msgspec.json.Decoder(type_)


def encode(message: Any) -> bytes:
    """JSON of a Struct."""
    return _encoder.encode(message)


def decode(payload: bytes, type_: type[T], *, bytes_max: int = PAYLOAD_BYTES_MAX) -> T:
    """A typed message. Raises Rejected `too_large` or `malformed`; unknown fields are ignored (additive in v1)."""
    if len(payload) > bytes_max:
        raise Rejected("too_large", f"{len(payload)} bytes, at most {bytes_max}")
    try:
        if not payload.isascii():
            payload.decode()  # the decoder does not look at the bytes of keys that it skips
        return cast("T", _decoder(cast("Hashable", type_)).decode(payload))
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError, ValueError) as error:
        raise Rejected("malformed", str(error)[:200]) from None
