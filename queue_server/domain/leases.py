"""Lending numbers to kiosks for the time when we are away (design.md §4, Offline leases).

Blocks are taken from the top of a service's range, 999 downwards: our own sequence stays A001, A002, … A block is
reserved to the end of its day whatever becomes of its kiosk, and no other block of its service, for whatever day, has
one of its numbers: a kiosk with a wrong clock may give out tomorrow's numbers today.
"""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

from contracts.errors import Rejected
from contracts.messages.leases import LEASE_BLOCKS_MAX, LeaseBlocks
from contracts.settings import Office
from queue_server.domain import events as ev
from queue_server.domain.calendar import next_open_day
from queue_server.domain.model import Block, OfficeState

if TYPE_CHECKING:
    from queue_server.domain.decide import Fresh

SERIAL_MAX = 999
ONLINE_RESERVE = 200
"""So many numbers above our own last one are never lent: the office goes on counting whatever the kiosks do."""
EPOCHS_MAX = 6
"""So often may a kiosk lose its spool while blocks of today or later are out; then a person must look at it."""
BLOCKS_MAX = 2_000
"""Blocks of today and later of all kiosks together; beyond it nothing more is lent."""

SHARES = 3
"""Of the numbers that may be lent of a service, each kiosk of the office file has so many blocks' worth: today's, the
next open day's, and one for a spent block or a lost spool. With few kiosks there is more than enough for all."""

Events = list[ev.AnyEvent]


def kiosk_id(actor: str) -> str:
    """The name of an actor without its door: "mqtt:kiosk-1" → "kiosk-1"."""
    return actor.partition(":")[2]


def live_blocks(state: OfficeState, kiosk: str, epoch: str) -> list[Block]:
    """What a kiosk epoch may give out from today on: by day, service, then from the top downwards."""
    mine = [b for b in state.blocks.values() if (b.kiosk, b.epoch) == (kiosk, epoch) and b.day >= state.day]
    return sorted(mine, key=lambda b: (b.day, b.service, -b.first))


def block_of(state: OfficeState, service: str, serial: int, day: str) -> Block | None:
    """The block of `day` or later that has this number: without the time a kiosk gives tomorrow's."""
    found = (b for b in state.blocks.values() if b.service == service and b.day >= day and b.has(serial))
    return next(found, None)


def grant(state: OfficeState, office: Office, actor: str, command: LeaseBlocks, now_ms: int, fresh: "Fresh") -> Events:
    """What the kiosk has used, then a block wherever fewer than half of `lease_numbers` are left and there is room.

    Rejects lease_refused: lending is off, or this kiosk came with too many epochs.
    """
    if not office.queue.lease_numbers:
        raise Rejected("lease_refused", "[queue] lease_numbers is 0")
    live = {i: b for i, b in state.blocks.items() if b.day >= state.day}
    epochs = {b.epoch for b in live.values() if b.kiosk == actor}
    if command.epoch not in epochs and len(epochs) >= EPOCHS_MAX:
        raise Rejected("lease_refused", f"{EPOCHS_MAX} epochs of {actor} already have blocks")
    events: Events = []
    for spent in _spent(live, actor, command.spent, now_ms):
        live[spent.block] = replace(live[spent.block], spent=spent.spent)
        events.append(spent)
    for day in (state.day, next_open_day(office, state.day)):
        for service in _services(office, actor):
            if not _needs(live.values(), office, actor, command.epoch, service, day):
                continue
            room = _room(live.values(), state, service, block_numbers(office, service))
            if room is None:
                continue
            block = Block(fresh.uuid(), actor, command.epoch, service, day, *room)
            live[block.id] = block
            events.append(_granted(block, now_ms))
    return events


def block_numbers(office: Office, service: str) -> int:
    """How many numbers a block has: `lease_numbers`, but of many kiosks none takes what another needs."""
    kiosks = sum(not kiosk.services or service in kiosk.services for kiosk in office.kiosk)
    fair = (SERIAL_MAX - ONLINE_RESERVE) // (SHARES * max(1, kiosks))
    return max(1, min(office.queue.lease_numbers, fair))


def _spent(live: Mapping[str, Block], actor: str, said: Mapping[str, int], now_ms: int) -> list[ev.BlockSpent]:
    """What is news of it; unknown and foreign blocks and numbers outside are not."""
    return [
        ev.BlockSpent(at_ms=now_ms, block=block.id, spent=serial)
        for block_id, serial in said.items()
        if (block := live.get(block_id)) is not None
        and block.kiosk == actor
        and block.has(serial)
        and serial > block.spent
    ]


def _services(office: Office, actor: str) -> list[str]:
    """The services of this kiosk; all of them for one that the office file does not name."""
    row = next((k for k in office.kiosk if k.id == kiosk_id(actor)), None)
    wanted = row.services if row is not None else []
    return [s.code for s in office.service if not wanted or s.code in wanted]


def _needs(
    live: Iterable[Block], office: Office, actor: str, epoch: str, service: str, day: str
) -> bool:  # fmt: skip
    mine = [b for b in live if (b.kiosk, b.epoch) == (actor, epoch)]
    if len(mine) >= LEASE_BLOCKS_MAX:
        return False
    left = sum(b.last - max(b.spent, b.first - 1) for b in mine if (b.service, b.day) == (service, day))
    return 2 * left < block_numbers(office, service)


def _room(live: Iterable[Block], state: OfficeState, service: str, count: int) -> tuple[int, int] | None:
    """The highest free run of `count` numbers above our own sequence and its reserve."""
    every = list(live)
    if len(every) >= BLOCKS_MAX:
        return None
    lowest = state.serials.get(service, 0) + ONLINE_RESERVE + 1
    last = SERIAL_MAX
    for block in sorted((b for b in every if b.service == service), key=lambda b: -b.last):
        if last - block.last >= count:
            break
        last = block.first - 1
    return (last - count + 1, last) if last - count + 1 >= lowest else None


def _granted(block: Block, now_ms: int) -> ev.BlockGranted:
    return ev.BlockGranted(
        at_ms=now_ms, block=block.id, kiosk=block.kiosk, epoch=block.epoch, service=block.service, day=block.day,
        first=block.first, last=block.last,
    )  # fmt: skip
