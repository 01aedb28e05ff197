"""Every field of what a hand-over writes, and the edges of lending."""

from typing import Any

from contracts.messages import counters as c
from contracts.messages.common import TicketState
from contracts.messages.leases import HandOver, LeaseBlocks, OfflineTicket
from contracts.messages.tickets import IssueTicket
from queue_server.domain import events as ev
from queue_server.domain import leases
from queue_server.domain.apply import apply
from queue_server.domain.decide import day_change, decide
from queue_server.domain.hand_over import CLAIM_EARLY_MS_MAX, hand_over, online_attempt, taken_times
from queue_server.domain.routing import head_ms
from tests.support.offices import DAY, MIN, T0, Desk, fresh_state, office

ID, KIOSK, EPOCH = "command-0001", "mqtt:kiosk-1", "epoch-0001"
NEXT = "2026-11-24"
DAY_MS = 24 * 60 * MIN
MIDNIGHT = T0 - (10 * 60 + 13) * MIN - 20_000
NOW = T0 + 60 * MIN


def granted(block: str = "b1", day: str = DAY, epoch: str = EPOCH, first: int = 970) -> ev.BlockGranted:
    return ev.BlockGranted(
        at_ms=T0, block=block, kiosk=KIOSK, epoch=epoch, service="A", day=day, first=first, last=first + 29
    )


def lending() -> Desk:
    desk = Desk(office(office={"id": "t", "name": {"vi": "t"}, "languages": ["vi", "en"]}))
    apply(desk.state, granted())
    desk.now_ms = NOW
    return desk


def paper(number: str = "A975", taken_ms: int = T0, **more: Any) -> OfflineTicket:
    return OfflineTicket(id="touch-0001", **{"block": "b1", "number": number, "taken_ms": taken_ms, **more})


def give(desk: Desk, ticket: OfflineTicket, known: str | None = None, taken_ms: int = T0) -> list[ev.AnyEvent]:
    events = hand_over(desk.state, desk.office, KIOSK, ticket, known, taken_ms, desk.now_ms, desk.fresh)
    for event in events:
        apply(desk.state, event)
    return events


def uuid(n: int) -> str:
    return f"00000000-0000-4000-8000-{n:012d}"


def handed(n: int, number: str, order_ms: int, **more: Any) -> ev.TicketHandedOver:
    fields = {"priority": "normal", "lang": "vi", "taken_ms": T0, **more}
    return ev.TicketHandedOver(
        at_ms=NOW, ticket=uuid(n), number=number, service="A", token=f"token{n + 1:011d}", order_ms=order_ms,
        block="b1", **fields,
    )  # fmt: skip


def test_what_a_paper_becomes() -> None:
    desk = lending()
    assert give(desk, paper("a975", priority="elderly", lang="en", procedure="1.000001"), None, T0) == [
        handed(1, "A975", T0, priority="elderly", lang="en", procedure="1.000001")
    ]
    assert give(desk, paper("A976", priority="gone", lang="fr"), None, T0 + 5) == [
        handed(3, "A976", T0 + 5, taken_ms=T0 + 5)
    ]
    assert give(desk, paper("A977"), None, NOW + 2) == [handed(5, "A977", NOW + 2, taken_ms=NOW)]


def test_a_twin_that_waits_or_is_held_is_voided_and_gives_its_place() -> None:
    desk = lending()
    for number in ("A001", "A002"):
        desk.do(IssueTicket(id=ID, service="A"), 1)
        twin = desk.state.tickets[desk.state.by_number[number]]
        if number == "A002":
            desk.do(c.CallNumber(id=ID, counter=1, number=number))
            desk.do(c.Hold(id=ID, counter=1))
        desk.now_ms = NOW
        n = desk.fresh.n + 1
        printed = "A975" if number == "A001" else "A976"
        assert give(desk, paper(printed), twin.id) == [
            ev.TicketVoided(at_ms=NOW, ticket=twin.id, by=uuid(n)),
            handed(n, printed, twin.order_ms),
        ]
        assert desk.state.tickets[twin.id].state is TicketState.VOID
    assert (desk.state.taken, desk.state.held) == ({"A": 2}, {})


def test_a_twin_that_was_called_keeps_its_call() -> None:
    desk = lending()
    desk.do(IssueTicket(id=ID, service="A"))
    desk.do(c.CallNext(id=ID, counter=1))
    twin = desk.state.by_number["A001"]
    n = desk.fresh.n + 1
    assert give(desk, paper(), twin) == [handed(n, "A975", head_ms(NOW))]


def claimed(called_ms: int) -> tuple[Desk, str]:
    desk = lending()
    desk.now_ms = called_ms
    desk.do(c.CallNumber(id=ID, counter=1, number="A975"))
    desk.now_ms = NOW
    return desk, desk.state.by_number["A975"]


def test_a_claimed_number_merges_with_whom_was_called_or_with_the_next() -> None:
    called_ms = T0 + 10 * MIN
    details: dict[str, Any] = {"priority": "elderly", "lang": "en", "procedure": "1.000001"}
    for taken_ms, again in ((called_ms + CLAIM_EARLY_MS_MAX, False), (called_ms + CLAIM_EARLY_MS_MAX + 1, True)):
        desk, ticket = claimed(called_ms)
        assert give(desk, paper(**details), None, taken_ms) == [
            ev.TicketMerged(
                at_ms=NOW, ticket=ticket, taken_ms=taken_ms if again else called_ms, order_ms=taken_ms, again=again,
                **details,
            )
        ]  # fmt: skip
    desk, ticket = claimed(called_ms)
    (event,) = give(desk, paper(), None, T0)
    assert event == ev.TicketMerged(at_ms=NOW, ticket=ticket, priority="normal", lang="vi", taken_ms=T0, order_ms=T0)


def test_a_paper_of_an_earlier_day() -> None:
    desk = lending()
    desk.do(IssueTicket(id=ID, service="A"))
    for event in day_change(desk.state, desk.office, T0 + DAY_MS):
        apply(desk.state, event)
    desk.now_ms = T0 + DAY_MS
    n = desk.fresh.n + 1
    late = ev.LateTicketRecorded(
        at_ms=desk.now_ms, late=uuid(n), number="A975", service="A", priority="elderly", lang="en",
        token=f"token{n + 1:011d}", of_day=DAY, taken_ms=T0, procedure="1.000001",
    )  # fmt: skip
    known = paper("a975", priority="elderly", lang="en", procedure="1.000001")
    assert give(desk, known) == [late]
    assert give(desk, known) == []
    for number, said_ms, kept_ms in (("A976", 0, MIDNIGHT), ("A977", T0 + 3 * DAY_MS, MIDNIGHT + DAY_MS - 1)):
        (event,) = give(desk, paper(number, said_ms))
        assert isinstance(event, ev.LateTicketRecorded)
        assert event.taken_ms == kept_ms
    desk.do(IssueTicket(id=ID, service="A"))  # the touch of that day arrives today
    twin, n = desk.state.by_number["A001"], desk.fresh.n + 1
    voided, event = give(desk, paper("A978"), twin)
    assert voided == ev.TicketVoided(at_ms=desk.now_ms, ticket=twin, by=uuid(n))
    assert isinstance(event, ev.LateTicketRecorded)


def test_times_are_within_today_and_in_order_of_issue() -> None:
    desk = lending()
    apply(desk.state, granted("b2", epoch="epoch-0002", first=940))

    def times(*said: tuple[str, str, int]) -> list[int]:
        tickets = tuple(paper(number, taken_ms, block=block) for block, number, taken_ms in said)
        command = HandOver(id=ID, epoch=EPOCH, tickets=tickets)
        return taken_times(desk.state, desk.office, KIOSK, command, NOW)

    asked = [("b1", "A970", 0), ("b1", "A971", T0), ("b2", "A940", T0 - 1), ("b1", "A972", T0), ("b1", "A973", NOW + 9)]
    assert times(*asked) == [MIDNIGHT, T0, T0 - 1, T0 + 1, NOW]
    assert times(("gone", "A970", T0), ("gone", "A971", T0), ("b1", "A972", T0)) == [T0, T0 + 1, T0]
    for number, place_ms in (("A970", T0 + 7), ("A999", T0 + 9)):  # the first and the last number of the block
        give(desk, paper(number), None, place_ms)
        assert times(("b1", "A971", T0)) == [place_ms + 1]


def test_the_attempt_behind_a_paper() -> None:
    desk = lending()
    details: dict[str, Any] = {"priority": "elderly", "lang": "en", "procedure": "1.000001", "dossier": "H00.1"}
    assert online_attempt(desk.state, paper(**details)) == IssueTicket(id="touch-0001", service="A", **details)
    assert online_attempt(desk.state, paper(block="gone")) is None


# ---- lending ----


def lend(desk: Desk, spent: dict[str, int] | None = None) -> list[Any]:
    command = LeaseBlocks(id=ID, epoch=EPOCH, spent=spent or {})
    events = decide(desk.state, desk.office, command, desk.now_ms, desk.fresh, KIOSK)
    for event in events:
        apply(desk.state, event)
    return events


def of(lease_numbers: int) -> Any:
    return office(queue={"lease_numbers": lease_numbers})


def test_a_service_that_needs_nothing_or_has_no_room_does_not_stand_before_others() -> None:
    desk = Desk(of(30))
    lend(desk)
    block = next(b for b in desk.state.blocks.values() if (b.service, b.day) == ("C", DAY))
    assert [(e.block, getattr(e, "service", None)) for e in lend(desk, {block.id: block.last})][1:] == [
        (uuid(desk.fresh.n), "C")
    ]
    crowded = Desk(of(30))
    crowded.state.serials["A"] = leases.SERIAL_MAX - leases.ONLINE_RESERVE
    assert [e.service for e in lend(crowded)] == ["C", "C"]


def test_half_of_what_an_office_lends_is_enough() -> None:
    for now, more in ((60, 0), (61, 4)):  # 30 are left of each
        desk = Desk(of(30))
        lend(desk)
        desk.office = of(now)
        assert len(lend(desk)) == more


def test_the_lowest_number_that_is_lent() -> None:
    state = fresh_state(of(30))
    low = leases.ONLINE_RESERVE + 1
    assert leases._room([], state, "A", leases.SERIAL_MAX - low + 1) == (low, leases.SERIAL_MAX)
    assert leases._room([], state, "A", leases.SERIAL_MAX - low + 2) is None
    state.serials["A"] = 5
    assert leases._room([], state, "A", leases.SERIAL_MAX - low - 4) == (low + 5, leases.SERIAL_MAX)
