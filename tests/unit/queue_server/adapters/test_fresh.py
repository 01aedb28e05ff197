"""Ids that the office draws: random, and in the order of their time."""

import uuid

from queue_server.adapters.fresh import POOL_BYTES, SystemFresh

AT_MS = 1_795_403_600_123


def test_an_id_begins_with_its_time_and_is_a_uuid_of_version_7() -> None:
    drawn = uuid.UUID(SystemFresh(lambda: AT_MS).uuid())
    assert (drawn.version, drawn.variant) == (7, uuid.RFC_4122)
    assert drawn.int >> 80 == AT_MS


def test_no_id_and_no_token_comes_twice_also_over_many_pools() -> None:
    fresh = SystemFresh(lambda: AT_MS)
    count = 3 * POOL_BYTES // 10
    assert len({fresh.uuid() for _ in range(count)}) == count
    assert len({fresh.token() for _ in range(count)}) == count


def test_ids_sort_by_their_time() -> None:
    now = [AT_MS]
    fresh = SystemFresh(lambda: now[0])
    drawn = []
    for now[0] in range(AT_MS, AT_MS + 50):
        drawn.append(fresh.uuid())
    assert drawn == sorted(drawn)


def test_the_random_bits_are_all_used() -> None:
    fresh = SystemFresh(lambda: 0)
    drawn = [uuid.UUID(fresh.uuid()).int for _ in range(300)]
    ever, never = 0, -1
    for value in drawn:
        ever |= value
        never &= value
    fixed = 0xF << 76 | 0x3 << 62
    assert ever & ~fixed == (1 << 80) - 1 & ~fixed
    assert never & ~fixed == 0
