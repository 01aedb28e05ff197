"""Bodies of commands over HTTP: the message of the verb without what stands in the path. Both doors take the same."""

import functools
from typing import Any

import msgspec

from contracts.verbs import VERBS


@functools.cache
def body_of(verb: str, *in_path: str) -> type[msgspec.Struct]:
    """The message of `verb` without the fields that the path gives."""
    payload = VERBS[verb].payload
    kept = [f for f in msgspec.structs.fields(payload) if f.name not in in_path]
    fields: list[Any] = [(f.name, f.type) if f.required else (f.name, f.type, f.default) for f in kept]
    return msgspec.defstruct(f"{payload.__name__}Body", fields, frozen=True, kw_only=True, module=__name__)


def message_of(verb: str, body: Any, **from_path: Any) -> Any:
    """The whole message again."""
    return VERBS[verb].payload(**from_path, **msgspec.structs.asdict(body))
