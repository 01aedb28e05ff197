"""What is told to event loops: gathered, in order, and only what the one thread says."""

import asyncio
import contextlib
import threading
from typing import Any

from queue_server.application.listeners import Mail


class Loop:
    """Counts how often it is woken; runs at once."""

    def __init__(self) -> None:
        self.woken = 0

    def call_soon_threadsafe(self, callback: Any, *arguments: Any) -> None:
        self.woken += 1
        callback(*arguments)


def test_what_a_thread_says_while_it_gathers_wakes_each_loop_once() -> None:
    mail, said = Mail(), []
    one: Any = Loop()
    two: Any = Loop()
    with mail.gathered():
        for n in range(5):
            mail.send(one, said.append, n)
        mail.send(two, said.append, "two")
        assert said == []
    assert said == [0, 1, 2, 3, 4, "two"]
    assert (one.woken, two.woken) == (1, 1)
    mail.send(one, said.append, "later")
    assert (said[-1], one.woken) == ("later", 2)


def test_another_thread_does_not_wait_for_it() -> None:
    mail, said = Mail(), []
    loop: Any = Loop()
    with mail.gathered():
        other = threading.Thread(target=mail.send, args=(loop, said.append, "now"))
        other.start()
        other.join()
        assert said == ["now"]


def test_what_was_said_goes_out_although_the_work_failed_and_a_loop_has_ended() -> None:
    mail, said = Mail(), []
    gone = asyncio.new_event_loop()
    gone.close()
    loop: Any = Loop()
    with contextlib.suppress(ZeroDivisionError), mail.gathered():
        mail.send(gone, said.append, "nobody")
        mail.send(loop, said.append, "all the same")
        _ = 1 / 0
    assert said == ["all the same"]
