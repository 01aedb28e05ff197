"""Live events: full snapshots, each change once, places kept for staff, nothing left behind."""

import asyncio
import json
from collections.abc import Callable, Coroutine
from typing import Any

import msgspec
import pytest

from contracts.errors import Rejected
from contracts.messages.board import Call
from queue_server.web import hub as hub_module
from queue_server.web.board_feed import BoardFeed
from queue_server.web.hub import Hub
from tests.support.fake_queue import FakeQueue


def run(steps: Coroutine[Any, Any, None]) -> None:
    asyncio.run(asyncio.wait_for(steps, 10))


def events(chunk: bytes) -> list[tuple[str, Any]]:
    found = []
    for block in chunk.decode().split("\n\n"):
        lines = dict(line.split(": ", 1) for line in block.splitlines() if ": " in line and not line.startswith(":"))
        if "event" in lines:
            found.append((lines["event"], json.loads(lines["data"])))
    return found


@pytest.fixture(autouse=True)
def short(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hub_module, "GAP_S", 0.0)
    monkeypatch.setattr(hub_module, "KEEPALIVE_S", 0.02)


async def first_state(stream: Any) -> bytes:
    assert (await anext(stream)).startswith(b"retry: ")
    return await anext(stream)


def opened(queue: FakeQueue) -> Hub:
    hub = Hub(queue)
    hub.open()
    return hub


def test_everything_first_then_what_changed() -> None:
    async def steps() -> None:
        queue = FakeQueue()
        hub = opened(queue)
        stream = hub.stream(["board", "services", "counter/3"], staff=True)
        names = [name for name, _ in events(await first_state(stream))]
        assert names == ["board", "services", "counter"]
        queue.change("counter/3")
        queue.change("counter/4")  # somebody else's
        queue.change("board")
        found = events(await anext(stream))
        assert [name for name, _ in found] == ["board", "counter"]
        assert found[0][1]["version"] == {"epoch": 1, "seq": 4}
        await stream.aclose()
        assert hub.listeners == 0

    run(steps())


def test_calm_is_kept_alive() -> None:
    async def steps() -> None:
        stream = opened(FakeQueue()).stream(["board"], staff=False)
        await first_state(stream)
        assert await anext(stream) == b": alive\n\n"
        assert await anext(stream) == b": alive\n\n"

    run(steps())


def test_many_changes_reach_a_slow_listener_as_one() -> None:
    async def steps() -> None:
        queue = FakeQueue()
        stream = opened(queue).stream(["board"], staff=False)
        await first_state(stream)
        for _ in range(500):
            queue.change("board")
        found = events(await anext(stream))
        assert [body["version"]["seq"] for _, body in found] == [501]
        assert await anext(stream) == b": alive\n\n"

    run(steps())


def test_a_change_is_encoded_once_for_all(monkeypatch: pytest.MonkeyPatch) -> None:
    async def steps() -> None:
        queue = FakeQueue()
        hub = opened(queue)
        streams = [hub.stream(["board"], staff=False) for _ in range(20)]
        asked: list[int] = []
        original: Callable[[], Any] = queue.board
        monkeypatch.setattr(queue, "board", lambda: asked.append(1) or original())
        for stream in streams:
            await first_state(stream)
        assert len(asked) == 1

    run(steps())


def test_phones_do_not_crowd_out_staff(monkeypatch: pytest.MonkeyPatch) -> None:
    async def steps() -> None:
        monkeypatch.setattr(hub_module, "LISTENERS_MAX", 3)
        monkeypatch.setattr(hub_module, "STAFF_RESERVED", 1)
        hub = opened(FakeQueue())
        kept = [hub.stream(["board"], staff=False) for _ in range(2)]
        for stream in kept:
            await anext(stream)
        with pytest.raises(Rejected) as caught:
            hub.stream(["board"], staff=False)
        assert caught.value.code == "busy"
        staff = hub.stream(["board"], staff=True)
        await anext(staff)
        with pytest.raises(Rejected):
            hub.stream(["board"], staff=True)

    run(steps())


def test_closing_ends_the_streams_and_the_subscription() -> None:
    async def steps() -> None:
        queue = FakeQueue()
        hub = opened(queue)
        stream = hub.stream(["board"], staff=False)
        await first_state(stream)
        hub.close()
        assert [chunk async for chunk in stream] == []
        assert (hub.listeners, queue.callbacks) == (0, [])

    run(steps())


def test_a_stream_ends_after_its_time(monkeypatch: pytest.MonkeyPatch) -> None:
    async def steps() -> None:
        monkeypatch.setattr(hub_module, "STREAM_S_MAX", 0.05)
        stream = opened(FakeQueue()).stream(["board"], staff=False)
        assert len([chunk async for chunk in stream]) >= 2

    run(steps())


def test_the_board_feed_sends_a_frame_with_its_words() -> None:
    async def steps() -> None:
        queue = FakeQueue()
        feed = BoardFeed(queue)
        stream = feed.stream("vi")
        [(name, frame)] = events(await first_state(stream))
        assert name == "frame"
        assert frame["spotlight"]["number"] == "A014"
        assert frame["date"].startswith("Thứ ")
        assert frame["stale"] is None
        assert json.loads(feed.frame("en"))["rows"][3]["word"] == "On a break" or frame["rows"][3]["look"] == "paused"
        feed.close()
        assert [chunk async for chunk in stream] == []

    run(steps())


def test_a_board_that_nobody_saw_does_not_replay_old_calls() -> None:
    queue = FakeQueue()
    feed = BoardFeed(queue)
    assert json.loads(feed.frame("vi"))["spotlight"]["mood"] == "past"
    missed = [Call(f"call-{i}", f"A10{i}", "A", 3, queue.clock.now()) for i in range(5)]
    board = queue.board
    queue.board = lambda: msgspec.structs.replace(board(), calls=(*reversed(missed), *board().calls))  # type: ignore[method-assign]
    queue.seq += 1
    queue.time.now_ms += 60_000
    frame = json.loads(feed.frame("vi"))
    assert (frame["spotlight"]["number"], frame["spotlight"]["mood"]) == ("A104", "past")


def test_who_is_about_to_wait_too_long_is_a_list_that_replaces_the_one_before() -> None:
    async def steps() -> None:
        queue = FakeQueue()
        hub = opened(queue)
        stream = hub.stream(["alert"], staff=True)
        ((name, first),) = events(await first_state(stream))
        assert (name, [row["number"] for row in first["tickets"]]) == ("alert", ["A016"])
        queue.change("alert")
        assert [name for name, _ in events(await anext(stream))] == ["alert"]
        hub.close()

    run(steps())
