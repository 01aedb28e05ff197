"""News between threads: bounded, in order, the newest state only, and the loop is woken."""

from kiosk.adapters.news import WAITING_MAX, NewsInbox
from kiosk.flow.events import PrinterSeen, ServerSeen, Unanswered


def test_what_was_asked_for_comes_first_and_in_order() -> None:
    inbox = NewsInbox()
    woken: list[int] = []
    inbox.wake = lambda: woken.append(1)
    for news in (ServerSeen(True), Unanswered("a"), Unanswered("b")):
        inbox.put(news)
    assert inbox.take(10) == [Unanswered("a"), Unanswered("b"), ServerSeen(True)]
    assert len(woken) == 3
    assert inbox.take(10) == []


def test_only_the_newest_of_a_state_waits() -> None:
    inbox = NewsInbox()
    for code in ("paper_out", None, "cover_open"):
        inbox.put(PrinterSeen(code))
    assert inbox.take(10) == [PrinterSeen("cover_open")]


def test_at_most_so_many_a_frame() -> None:
    inbox = NewsInbox()
    for number in range(5):
        inbox.put(Unanswered(str(number)))
    inbox.put(ServerSeen(False))
    assert [len(inbox.take(2)) for _ in range(4)] == [2, 2, 2, 0]


def test_over_the_limit_the_oldest_goes_counted() -> None:
    inbox = NewsInbox()
    for number in range(WAITING_MAX + 3):
        inbox.put(Unanswered(str(number)))
    assert inbox.dropped == 3
    assert len(inbox) == WAITING_MAX
    assert inbox.take(1) == [Unanswered("3")]
