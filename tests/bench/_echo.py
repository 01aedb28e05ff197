"""An empty server in the queue server's place at the broker: python -m tests.bench._echo BROKER_URL DATA."""

import sys
from pathlib import Path

from contracts.messages.replies import Reply
from runtime import lifecycle
from runtime.clock import Clock
from runtime.mqtt import Broker, Inbound, Link, Subscription
from runtime.secrets import read_secret
from tests.bench._rig import OFFICE_ID


def main(url: str, data: Path) -> int:
    """Echoes until told to stop."""
    clock = Clock()

    def arrived(inbound: Inbound) -> None:
        reply = Reply(id=inbound.message.id, verb="issue", ok=True, at=clock.now())
        link.publish("reply", reply, user=inbound.params["user"])

    link = Link(
        Broker.from_url(url, "server", read_secret(data, "server")), OFFICE_ID, [Subscription("cmd.issue")], arrived,
        on_connected=lambda up: (data / "run" / "echo.ready").touch() if up else None,
    )  # fmt: skip
    return lifecycle.run_until_signal(link.start, link.stop)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], Path(sys.argv[2])))
