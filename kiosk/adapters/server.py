"""The queue server as the kiosk reaches it: commands out, replies and snapshots in, and whether it is there at all."""

from collections.abc import Callable

from contracts.messages.board import ServicesSnapshot
from contracts.messages.devices import DeviceHealth, HealthState
from contracts.messages.replies import Reply
from kiosk.flow.effects import SendCommand
from kiosk.flow.events import News, Replied, ServerSeen, ServicesArrived, Unanswered
from runtime.clock import Clock
from runtime.commands import SERVER_SILENT_S, Commander
from runtime.mqtt import Broker, Inbound, Link, Subscription

COMMAND_S_MAX = 5.0
"""A visitor looks at "getting your number" no longer than this."""
QUIET_COMMAND_S_MAX = 20.0
"""For what no visitor waits for."""
QUIET = frozenset({"lease", "hand-over"})


class Server:
    """start() → send() and tick() from the screen loop … → stop(). News go to `put`, from any thread."""

    def __init__(self, broker: Broker, office: str, put: Callable[[News], None], clock: Clock) -> None:
        self._user, self._put, self._clock = broker.username, put, clock
        subscriptions = [
            Subscription("reply", {"user": broker.username}),
            Subscription("services"),
            Subscription("heartbeat"),
        ]
        self.link = Link(broker, office, subscriptions, self._arrived, clock=clock)
        self._commander = Commander(self.link, broker.username, clock)
        self._told: bool | None = None
        self._began_s = clock.mono_s()

    def start(self) -> None:
        """Connect, and stay connected."""
        self.link.start()

    def stop(self) -> None:
        """Say goodbye."""
        self.link.stop()

    def send(self, effect: SendCommand) -> None:
        """Send a command; its outcome comes as news."""
        command_id = effect.message.id

        def done(reply: Reply | None) -> None:
            self._put(Unanswered(command_id) if reply is None else Replied(reply))

        limit_s = QUIET_COMMAND_S_MAX if effect.verb in QUIET else COMMAND_S_MAX
        if not self._commander.send(effect.verb, effect.message, done, ttl_s=limit_s):
            self._put(Unanswered(command_id))

    def tick(self) -> None:
        """Resend what is unanswered; notice that the server came or went."""
        self._commander.tick()
        time = self._commander.server_time
        alive = self.link.connected and time.alive()
        starting = self._told is None and self._clock.mono_s() - self._began_s < SERVER_SILENT_S
        if alive != self._told and (alive or not starting):
            self._told = alive
            self._put(ServerSeen(alive, time.now_ms()))

    @property
    def heard(self) -> bool:
        """True once the glass has been told that the server is there."""
        return bool(self._told)

    def health(self, device: str, state: HealthState, code: str | None = None, detail: str = "") -> None:
        """Publish how a device of this kiosk is; sent again on every connect."""
        message = DeviceHealth(device, state, self._clock.now(), code, detail)
        self.link.own("health", message, user=self._user, device=device)

    def _arrived(self, inbound: Inbound) -> None:
        if self._commander.arrived(inbound):
            return
        if isinstance(inbound.message, ServicesSnapshot):
            self._put(ServicesArrived(inbound.message))
