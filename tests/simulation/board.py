"""A TV board: the product's board state, fed as the TV feeds it."""

from contracts.settings import Office
from displays.board import BoardState, Moment, Tick, apply, frame, initial, known_calls
from displays.tv.feed import SUBSCRIPTIONS, event_of
from runtime.clock import utc
from runtime.mqtt import Inbound
from tests.simulation.clock import SimClock
from tests.simulation.network import Network, SimLink, address
from tests.simulation.world import Powered, World

BOOT_S = (0.5, 5.0)
TICK_S = 2.0


class SimBoard(Powered):
    """One board process. `state` None: it is off."""

    def __init__(self, world: World, office: Office, net: Network, clock: SimClock, user: str) -> None:
        self.world, self.office, self.net, self.clock, self.user = world, office, net, clock, user
        self.state: BoardState | None = None
        self.life = 0

    def boot(self) -> None:
        """Switches it on."""
        if self.state is not None:
            return
        self.life += 1
        self.world.note(f"{self.user} boots")
        clock = self.clock.clock()
        self.state = initial(self.office, [], clock.mono_s())
        SimLink(address(self.net, self.user), self.office.id, SUBSCRIPTIONS, self._arrived, clock=clock).start()
        self._tick(self.life)

    def cut(self) -> None:
        """Power cut; it comes back."""
        if self.state is None:
            return
        self.world.note(f"{self.user} loses power")
        self.life += 1
        self.state = None
        client = self.net.clients.get(self.user)
        if client is not None:
            client.kill()
        self.world.after(self.world.between(*BOOT_S), self.boot)

    def knows(self, call_id: str, repeat: int) -> bool:
        """True when this call, or a later repeat of it, stands on the board."""
        return self.state is not None and any(
            c.call_id == call_id and c.repeat >= repeat for c in known_calls(self.state)
        )

    def _arrived(self, inbound: Inbound) -> None:
        event = event_of(inbound)
        if event is not None and self.state is not None:
            self.state = apply(self.state, event, self.clock.mono_s())

    def _tick(self, life: int) -> None:
        if life != self.life or self.state is None:
            return
        mono_s = self.clock.mono_s()
        self.state = apply(self.state, Tick(), mono_s)
        frame(self.state, self.office, Moment(mono_s, utc(self.clock.wall_ms())), "vi")
        self.world.after(TICK_S, lambda: self._tick(life))
