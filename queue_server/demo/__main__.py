"""`python -m queue_server.demo`: plays the lobby against a running office."""

import os
import random
import threading
from collections.abc import Sequence

import msgspec
import structlog

from contracts.ids import uuid_from
from contracts.messages.board import ServicesSnapshot
from contracts.messages.replies import Reply
from contracts.verbs import VERBS
from queue_server.demo.lobby import Act, Lobby
from runtime import lifecycle, log
from runtime.cli_options import part_parser, run_command
from runtime.clock import Clock
from runtime.commands import Commander
from runtime.config import load_office
from runtime.mqtt import Broker, Inbound, Link, Subscription
from runtime.paths import DataDir

STEP_S = 0.2


class Player:
    """Carries the script out."""

    def __init__(self, argv: Sequence[str]) -> None:
        parser = part_parser("demo", "the played lobby")
        parser.add_argument("--seed", type=int, default=None, help="repeat the same lobby")
        options = parser.parse_args(argv)
        office = load_office(options.office)
        self._clock, self._waiting = Clock(), 0
        self._lobby = Lobby(office, random.Random(options.seed))  # noqa: S311 - a played lobby, nothing secret
        broker = Broker.from_url(options.broker, options.id, DataDir(options.data).mqtt_password(options.id))
        wanted = [Subscription("reply", {"user": options.id}), Subscription("heartbeat"), Subscription("services")]
        self._link = Link(broker, office.id, wanted, self._arrived, clock=self._clock)
        self._commander = Commander(self._link, options.id, self._clock)

    def run(self) -> int:
        """Until told to stop."""
        stop = threading.Event()
        lifecycle.on_stop_signal(stop.set)
        self._link.start()
        lifecycle.notify_ready()
        while not stop.wait(STEP_S):
            self._commander.tick()
            if self._commander.server_time.alive():
                for act in self._lobby.step(self._clock.mono_s(), self._waiting):
                    self._send(act)
        self._link.stop()
        return 0

    def _arrived(self, inbound: Inbound) -> None:
        if isinstance(inbound.message, ServicesSnapshot):
            self._waiting = sum(service.waiting for service in inbound.message.services)
        else:
            self._commander.arrived(inbound)

    def _send(self, act: Act) -> None:
        fields = {"id": uuid_from(os.urandom(16)), **act.fields}
        message = msgspec.convert(fields, VERBS[act.verb].payload)
        self._commander.send(act.verb, message, lambda reply: self._answered(act, reply))

    def _answered(self, act: Act, reply: Reply | None) -> None:
        if reply is None or reply.error is not None:
            code = reply.error.code if reply and reply.error else "no reply"
            structlog.get_logger("demo").info("refused", verb=act.verb, code=code)
        if act.verb == "call-next":
            number = reply.ticket.number if reply and reply.ticket else None
            counter = act.fields["counter"]
            assert isinstance(counter, int)
            self._lobby.called(counter, number, self._clock.mono_s())


def main(argv: Sequence[str]) -> int:
    """Entry."""
    log.configure("demo")
    return Player(argv).run()


if __name__ == "__main__":
    run_command(main)
