"""Logs: JSON lines on stderr, level from MOTCUA_LOG, never a visitor's data."""

import logging
import os
import sys
from collections.abc import MutableMapping
from typing import Any, TextIO

import structlog
from structlog.typing import EventDict, Processor

LEVELS = {"debug": logging.DEBUG, "info": logging.INFO, "warning": logging.WARNING, "error": logging.ERROR}
VALUE_CHARS_MAX = 2_000

FORBIDDEN_KEYS = frozenset(
    {
        # a visitor (design.md §4: no visitor data in logs)
        "name", "full_name", "owner", "phone", "email", "address", "birth_date", "identity_number", "cccd",
        "dossier", "dossier_code", "dossier_secret", "scan", "scanned", "text", "feedback",
        # keys to a door
        "secret", "password", "token", "authorization", "cookie",
        # may hold any of the above
        "payload", "body", "params",
    }
)  # fmt: skip
"""Keys that no log line has. A line that tried shows which in `dropped`, so that the mistake is seen."""


def drop_forbidden(_logger: object, _method: str, event: EventDict) -> EventDict:
    """Structlog processor: take the forbidden keys out, also from nested tables; say which."""
    dropped = sorted(_strip(event))
    if dropped:
        event["dropped"] = dropped
    return event


def _strip(table: MutableMapping[str, Any]) -> set[str]:
    found = set(FORBIDDEN_KEYS & table.keys())
    for key in found:
        del table[key]
    for key, value in list(table.items()):
        if isinstance(value, dict):
            copy = dict(value)
            found |= _strip(copy)
            table[key] = copy
    return found


def cut_long(_logger: object, _method: str, event: EventDict) -> EventDict:
    """Structlog processor: no text of a line is longer than VALUE_CHARS_MAX."""
    for key, value in event.items():
        if isinstance(value, str) and len(value) > VALUE_CHARS_MAX:
            event[key] = value[:VALUE_CHARS_MAX] + "…"
    return event


def level_from(text: str) -> int:
    """A level name → its number; `info` for an unknown one."""
    return LEVELS.get(text.strip().lower(), logging.INFO)


def configure(process: str, stream: TextIO | None = None) -> None:
    """Set up this process's logs, those of libraries (paho, uvicorn) too. `process` stands in every line."""

    def add_process(_logger: object, _method: str, event: EventDict) -> EventDict:
        return {"process": process, **event}

    shared: list[Processor] = [
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True, key="at"),
        structlog.processors.format_exc_info,
        add_process,
        drop_forbidden,
        cut_long,
    ]
    formatter = structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=shared,
        processors=[
            structlog.stdlib.ProcessorFormatter.remove_processors_meta,
            structlog.processors.JSONRenderer(ensure_ascii=False, default=str),
        ],
    )
    handler = logging.StreamHandler(stream or sys.stderr)
    handler.setFormatter(formatter)
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level_from(os.environ.get("MOTCUA_LOG", "info")))
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            *shared,
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=False,
    )


def get_logger(part: str) -> structlog.stdlib.BoundLogger:
    """A logger; `part` names the piece of the process in every line. Good before `configure` too: it binds late."""
    logger: structlog.stdlib.BoundLogger = structlog.get_logger(part, part=part)  # .bind() would fix the format now
    return logger
