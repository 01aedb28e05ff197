"""Log lines: JSON, bounded, and without a visitor in them."""

import io
import json
import logging
from collections.abc import Iterator

import pytest
import structlog

from runtime.log import FORBIDDEN_KEYS, VALUE_CHARS_MAX, configure, drop_forbidden, get_logger, level_from


@pytest.fixture
def lines() -> Iterator[io.StringIO]:
    root = logging.getLogger()
    before = root.handlers[:], root.level
    stream = io.StringIO()
    configure("kiosk-1", stream)
    yield stream
    root.handlers[:], level = before
    root.setLevel(level)
    structlog.reset_defaults()


def read(stream: io.StringIO) -> list[dict[str, object]]:
    return [json.loads(line) for line in stream.getvalue().splitlines()]


def test_a_line_says_who_when_and_what(lines: io.StringIO) -> None:
    get_logger("scanner").warning("port_lost", device="scanner-1", giờ="sáng")
    (line,) = read(lines)
    assert line.pop("at", "").endswith("Z")  # type: ignore[union-attr]
    assert line == {
        "process": "kiosk-1", "part": "scanner", "event": "port_lost", "level": "warning",
        "device": "scanner-1", "giờ": "sáng",
    }  # fmt: skip


@pytest.mark.parametrize("key", sorted(FORBIDDEN_KEYS))
def test_no_visitor_and_no_key_to_a_door(key: str, lines: io.StringIO) -> None:
    get_logger("x").info("e", **{key: "Nguyễn Văn A", "nested": {key: "Nguyễn Văn A", "n": 1}})
    assert "Nguyễn" not in lines.getvalue()
    (line,) = read(lines)
    assert (line["dropped"], line["nested"]) == ([key], {"n": 1})


def test_the_callers_own_table_is_left_alone() -> None:
    mine = {"phone": "0000 000 000"}
    drop_forbidden(None, "info", {"event": "e", "nested": mine})
    assert mine == {"phone": "0000 000 000"}


def test_long_texts_are_cut(lines: io.StringIO) -> None:
    get_logger("x").info("e", noise="x" * 100_000)
    assert len(str(read(lines)[0]["noise"])) == VALUE_CHARS_MAX + 1


def test_libraries_write_the_same_lines(lines: io.StringIO) -> None:
    logging.getLogger("uvicorn.error").warning("bound to %s", "here")
    try:
        raise ValueError("trouble")  # noqa: TRY301
    except ValueError:
        logging.getLogger("paho").exception("failed")
    first, second = read(lines)
    assert (first["process"], first["event"], first["level"]) == ("kiosk-1", "bound to here", "warning")
    assert "ValueError: trouble" in str(second["exception"])


def test_the_level_is_that_of_the_environment(monkeypatch: pytest.MonkeyPatch, lines: io.StringIO) -> None:
    get_logger("x").debug("unseen")
    assert read(lines) == []
    assert [level_from(text) for text in ("DEBUG", " warning ", "nonsense", "")] == [10, 30, 20, 20]
    monkeypatch.setenv("MOTCUA_LOG", "debug")
    configure("kiosk-1", lines)
    get_logger("x").debug("seen")
    assert [line["event"] for line in read(lines)] == ["seen"]
