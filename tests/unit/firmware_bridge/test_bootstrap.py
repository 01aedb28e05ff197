"""A bug ends the bridge, but for the voice."""

import threading

import pytest

from firmware_bridge import bootstrap


def told(name: str) -> threading.ExceptHookArgs:
    bug = ValueError("bug")
    return threading.ExceptHookArgs((ValueError, bug, None, threading.Thread(name=name)))


@pytest.mark.parametrize(
    ("thread", "ends"),
    [("presses", True), ("signs-bus-1", True), ("port-x", True), ("speech", False), ("speech-player", False)],
)
def test_a_bug_ends_the_process(thread: str, ends: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    ended: list[int] = []
    monkeypatch.setattr(bootstrap.os, "_exit", ended.append)
    bootstrap.end_on_bug(told(thread))
    assert ended == ([bootstrap.EXIT_BUG] if ends else [])
