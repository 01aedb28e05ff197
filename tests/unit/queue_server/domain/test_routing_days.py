"""What a policy costs whom: the same days of a made-up office under each. The long run prints the table of the docs."""

import pytest

from queue_server.domain.policies import POLICIES
from tests.support.routing_days import Figures, compare, table


def test_who_has_priority_waits_less_and_the_office_as_long_as_before() -> None:
    found = compare(2, ("fifo", *POLICIES))
    regular, elderly, everybody = zip(*(found[p].means() for p in ("fifo", "strict")), strict=True)
    assert elderly[1] < elderly[0] / 2
    assert regular[0] < regular[1] < regular[0] * 1.4
    assert abs(everybody[1] - everybody[0]) < everybody[0] * 0.15
    for policy in POLICIES:
        assert found[policy].means()[1] < elderly[0], policy
        assert 0 < found[policy].overtaken_most <= 20, policy
    assert found["fifo"].overtaken_most == 0  # first come, first called, also over services and levels


def test_a_low_bound_takes_from_a_strict_policy_what_it_gives() -> None:
    often, seldom = (compare(2, ("strict",), most)["strict"] for most in (20, 1))
    assert seldom.overtaken_most == 1 < often.overtaken_most
    assert seldom.means()[1] > often.means()[1]
    assert max(seldom.regular) <= max(often.regular) * 1.2


@pytest.mark.long
@pytest.mark.timeout(900)
def test_sixty_days(capsys: pytest.CaptureFixture[str]) -> None:
    found: dict[str, Figures] = compare(60, ("fifo", *POLICIES))
    with capsys.disabled():
        print("\n" + table(found))
    waits = {policy: figures.means()[1] for policy, figures in found.items()}
    assert waits["strict"] < waits["interleaved"] < min(waits["head_start"], waits["accumulating"]) < waits["fifo"]
    assert max(figures.overtaken_most for figures in found.values()) <= 20
