"""Lending numbers: which, to whom, how many, and when not."""

from typing import Any

import pytest

from contracts.errors import Rejected
from contracts.messages.leases import LEASE_BLOCKS_MAX, LeaseBlocks
from contracts.messages.tickets import IssueTicket
from contracts.settings import Office
from queue_server.domain import leases
from queue_server.domain.apply import apply
from queue_server.domain.decide import day_change, decide
from queue_server.domain.decide_ticket import next_serial
from queue_server.domain.events import BlockGranted, BlockSpent
from queue_server.domain.model import Block
from tests.support.offices import DAY, MIN, Desk, office

NEXT = "2026-11-24"
KIOSK, EPOCH = "mqtt:kiosk-1", "epoch-0001"


class LendingDesk(Desk):
    """A desk that kiosks ask for numbers."""

    def lend(self, actor: str = KIOSK, epoch: str = EPOCH, spent: dict[str, int] | None = None) -> list[Any]:
        command = LeaseBlocks(id="lease-0001", epoch=epoch, spent=spent or {})
        events = decide(self.state, self.office, command, self.now_ms, self.fresh, actor)
        for event in events:
            apply(self.state, event)
        return events

    def blocks(self, service: str = "A", day: str = DAY, actor: str = KIOSK, epoch: str = EPOCH) -> list[Block]:
        mine = leases.live_blocks(self.state, actor, epoch)
        return [b for b in mine if (b.service, b.day) == (service, day)]

    def midnight(self, days: int = 1) -> None:
        self.now_ms += days * 24 * 60 * MIN
        for event in day_change(self.state, self.office, self.now_ms):
            apply(self.state, event)


def lending(lease_numbers: int = 30, **more: Any) -> Office:
    return office(queue={"lease_numbers": lease_numbers}, **more)


def spans(blocks: list[Block]) -> list[tuple[int, int]]:
    return [(b.first, b.last) for b in blocks]


@pytest.fixture
def desk() -> LendingDesk:
    return LendingDesk(lending())


def test_blocks_come_from_the_top_for_today_and_the_next_day(desk: LendingDesk) -> None:
    desk.lend()
    assert {(b.service, b.day, b.first, b.last) for b in desk.state.blocks.values()} == {
        ("A", DAY, 970, 999), ("A", NEXT, 940, 969), ("C", DAY, 970, 999), ("C", NEXT, 940, 969),
    }  # fmt: skip


def test_the_same_request_again_lends_nothing_new(desk: LendingDesk) -> None:
    assert len(desk.lend()) == 4
    assert desk.lend() == []


def test_another_block_when_fewer_than_half_are_left(desk: LendingDesk) -> None:
    desk.lend()
    [block] = desk.blocks()
    assert [type(e) for e in desk.lend(spent={block.id: block.first + 14})] == [BlockSpent]  # 15 of 30 are left
    spent, granted = desk.lend(spent={block.id: block.first + 15})
    assert (type(spent), type(granted)) == (BlockSpent, BlockGranted)
    assert spans(desk.blocks()) == [(970, 999), (910, 939)]
    assert desk.lend(spent={block.id: block.first + 15}) == []


def test_an_office_that_lends_more_than_before_fills_up(desk: LendingDesk) -> None:
    desk.lend()
    desk.office = lending(100)
    assert len(desk.lend()) == 4
    assert spans(desk.blocks()) == [(970, 999), (840, 939)]


def test_what_is_said_of_spent_numbers_counts_only_forward_and_only_of_own_blocks(desk: LendingDesk) -> None:
    desk.lend()
    desk.lend("mqtt:kiosk-2", "epoch-0002")
    [block] = desk.blocks()
    for outside in (block.first - 1, 1):
        assert desk.lend(spent={block.id: outside}) == []
    [block] = desk.blocks(day=NEXT)
    assert desk.lend(spent={block.id: block.last + 1}) == []
    [mine], [foreign] = desk.blocks(), desk.blocks(actor="mqtt:kiosk-2", epoch="epoch-0002")
    desk.lend(spent={mine.id: mine.first + 3})
    for said in ({mine.id: mine.first}, {mine.id: 1}, {mine.id: 500}, {foreign.id: foreign.first}, {"no-block": 5}):
        assert desk.lend(spent=said) == []
    assert desk.state.blocks[mine.id].spent == mine.first + 3


def test_a_kiosk_gets_only_the_services_it_offers() -> None:
    desk = LendingDesk(lending(kiosk=[{"id": "kiosk-1", "name": {"vi": "K"}, "services": ["C"]}]))
    desk.lend()
    desk.lend("http:1f2e", "epoch-0002")
    assert desk.blocks() == []
    assert spans(desk.blocks("C")) == [(970, 999)]
    assert spans(desk.blocks(actor="http:1f2e", epoch="epoch-0002")) == [(970, 999)]


def test_the_next_open_day_is_not_always_tomorrow() -> None:
    hours = {"mon_fri": ["07:30-17:00"], "exceptions": {NEXT: []}}
    desk = LendingDesk(lending(hours=hours))
    desk.lend()
    assert {b.day for b in desk.state.blocks.values()} == {DAY, "2026-11-25"}


def test_all_blocks_of_a_service_are_disjoint_whatever_their_kiosk_epoch_and_day(desk: LendingDesk) -> None:
    for day in range(3):
        for kiosk in range(3):
            for epoch in range(2):
                desk.lend(f"mqtt:kiosk-{kiosk}", f"epoch-{day}-{kiosk}-{epoch}")
        live = [b for b in desk.state.blocks.values() if b.day >= desk.state.day]
        for service in "AC":
            numbers = [n for b in live if b.service == service for n in range(b.first, b.last + 1)]
            assert len(numbers) == len(set(numbers))
        desk.midnight()


def test_numbers_of_a_day_that_is_over_are_lent_again(desk: LendingDesk) -> None:
    desk.lend()
    desk.midnight()
    desk.lend()
    assert spans(desk.blocks(day=NEXT)) == [(940, 969)]
    assert spans(desk.blocks(day="2026-11-25")) == [(970, 999)]


def test_our_own_sequence_goes_on_below_and_jumps_what_is_lent() -> None:
    desk = LendingDesk(lending(200, service=[{"code": "A", "name": {"vi": "A"}, "quota": 999}]
                               , counter=[{"n": 1, "name": {"vi": "1"}, "skills": {"A": 1}}]))  # fmt: skip
    desk.lend()
    assert [spans(desk.blocks(day=day)) for day in (DAY, NEXT)] == [[(800, 999)], [(600, 799)]]
    desk.lend("mqtt:kiosk-2", "epoch-0002")
    assert spans(desk.blocks(actor="mqtt:kiosk-2", epoch="epoch-0002")) == [(400, 599)]
    assert desk.blocks(day=NEXT, actor="mqtt:kiosk-2", epoch="epoch-0002") == []  # that would leave no reserve
    for _ in range(399):
        desk.do(IssueTicket(id="touch-0001", service="A"))
    assert max(desk.state.by_number) == "A399"
    with pytest.raises(Rejected) as why:
        desk.do(IssueTicket(id="touch-0001", service="A"))
    assert why.value.code == "numbers_exhausted"


def test_no_block_within_the_reserve_above_our_own_numbers() -> None:
    desk = LendingDesk(lending(100))
    desk.state.serials["A"] = 999 - 100 - leases.ONLINE_RESERVE
    desk.lend()
    assert spans(desk.blocks()) == [(900, 999)]
    assert desk.blocks(day=NEXT) == []
    desk.state.serials["C"] = 999 - 100 - leases.ONLINE_RESERVE + 1
    desk.lend("mqtt:kiosk-2", "epoch-0002")
    assert desk.blocks("C", actor="mqtt:kiosk-2", epoch="epoch-0002") == []


def test_a_gap_between_blocks_is_used_when_it_is_wide_enough(desk: LendingDesk) -> None:
    desk.state.blocks = {
        "x": Block("x", "mqtt:kiosk-9", "epoch-0009", "A", DAY, 990, 999),
        "y": Block("y", "mqtt:kiosk-9", "epoch-0009", "A", DAY, 930, 959),
        "z": Block("z", "mqtt:kiosk-9", "epoch-0009", "A", "2026-12-24", 900, 928),
    }
    desk.lend()
    assert spans(desk.blocks()) == [(960, 989)]
    assert spans(desk.blocks(day=NEXT)) == [(870, 899)]


def test_without_lease_numbers_nothing_is_lent() -> None:
    with pytest.raises(Rejected) as why:
        LendingDesk(lending(0)).lend()
    assert why.value.code == "lease_refused"


def test_a_kiosk_that_loses_its_spool_again_and_again_is_refused(desk: LendingDesk) -> None:
    for n in range(leases.EPOCHS_MAX):
        desk.lend(epoch=f"epoch-000{n}")
    with pytest.raises(Rejected) as why:
        desk.lend(epoch="epoch-000x")
    assert why.value.code == "lease_refused"
    assert desk.lend(epoch="epoch-0000") == []  # a known one goes on
    desk.lend("mqtt:kiosk-2", "epoch-000x")  # so does another kiosk
    desk.midnight(2)
    desk.lend(epoch="epoch-000x")


def test_a_kiosk_epoch_has_at_most_so_many_blocks() -> None:
    desk = LendingDesk(lending(1))
    spent: dict[str, int] = {}
    for _ in range(LEASE_BLOCKS_MAX):
        desk.lend(spent=spent)
        spent = {b.id: b.last for b in leases.live_blocks(desk.state, KIOSK, EPOCH)}
    assert len(spent) == LEASE_BLOCKS_MAX
    desk.lend("mqtt:kiosk-2", "epoch-0002")
    assert desk.blocks(actor="mqtt:kiosk-2", epoch="epoch-0002")


def test_the_office_lends_at_most_so_many_blocks(desk: LendingDesk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(leases, "BLOCKS_MAX", 3)
    assert len(desk.lend()) == 3
    assert desk.lend("mqtt:kiosk-2", "epoch-0002") == []


def test_what_is_lent_is_looked_up_anew_when_it_changed() -> None:
    """Of two offices in turn, after a grant, and after midnight: the look-up is remembered in between."""
    first, second = LendingDesk(lending()), LendingDesk(lending())
    for desk in (first, second):
        desk.state.serials["A"] = 969
    assert [next_serial(desk.state, "A") for desk in (first, second)] == [970, 970]
    first.state.blocks = {"x": Block("x", KIOSK, EPOCH, "A", DAY, 970, 979)}
    assert [next_serial(desk.state, "A") for desk in (first, second)] == [980, 970]
    first.midnight()
    first.state.serials["A"] = 969
    assert next_serial(first.state, "A") == 970


def test_no_kiosk_of_many_is_left_without_numbers() -> None:
    kiosks = [{"id": f"kiosk-{n}", "name": {"vi": "Máy"}, "services": ["A"]} for n in range(1, 21)]
    desk = LendingDesk(lending(kiosk=kiosks))
    for n in range(1, 21):
        desk.lend(f"mqtt:kiosk-{n}", f"epoch-{n:04d}")
    had = [desk.blocks("A", day, f"mqtt:kiosk-{n}", f"epoch-{n:04d}") for n in range(1, 21) for day in (DAY, NEXT)]
    assert {b.last - b.first + 1 for (b,) in had} == {13}
    desk.lend("mqtt:kiosk-1", "epoch-new1")
    assert desk.blocks("A", DAY, "mqtt:kiosk-1", "epoch-new1")
    assert leases.block_numbers(desk.office, "C") == 30
