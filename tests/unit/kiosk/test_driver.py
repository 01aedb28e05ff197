"""The crank: events in order, effects performed, one picture at the end, no recursion."""

from datetime import UTC, datetime

from contracts.messages.replies import Reply
from kiosk.driver import Driver
from kiosk.flow import events as e
from kiosk.flow.effects import Effect, Print, SendCommand
from kiosk.flow.kiosk import Picture
from kiosk.flow.state import Screen
from runtime.clock import Clock
from tests.support.kiosk_pictures import issued, sample_setup, services

AT = datetime(2026, 11, 23, 2, 41, tzinfo=UTC)


class World:
    """Answers every command at once, from inside the effect: the hardest case of order."""

    def __init__(self) -> None:
        self.time_s = 10.0
        clock = Clock(wall_ms=lambda: int(AT.timestamp() * 1000), mono_s=lambda: self.time_s)
        self.done: list[Effect] = []
        self.shown: list[Picture] = []
        self.driver = Driver(sample_setup(), clock, self.perform, self.shown.append)

    def perform(self, effect: Effect) -> None:
        self.done.append(effect)
        if isinstance(effect, SendCommand):
            reply = Reply(id=effect.message.id, verb="issue", ok=True, at=AT, issued=issued())
            self.driver.handle(e.Replied(reply))
        else:
            self.driver.handle(e.PrintEnded(effect.job_id, e.PaperResult.PRINTED))


def test_effects_that_answer_at_once_are_taken_in_order_and_shown_once() -> None:
    world = World()
    world.driver.handle(e.ServerSeen(True), e.ServicesArrived(services()))
    world.time_s += 1
    before = len(world.shown)
    world.driver.handle(e.ServiceTouched("A", "touch-0001"))
    assert [type(effect) for effect in world.done] == [SendCommand, Print]
    assert world.driver.state.screen is Screen.TICKET
    assert world.driver.state.visit.paper == "take"
    assert len(world.shown) == before + 1


def test_nothing_to_handle_still_shows_the_time() -> None:
    world = World()
    world.driver.handle()
    assert world.shown[-1].screen is Screen.AWAY
