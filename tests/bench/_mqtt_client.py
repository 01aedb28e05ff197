"""A kiosk that takes tickets as fast as it can, or at a steady rate. One JSON argument, one JSON line out.

Both the empty echo and the queue server are measured with exactly this client.
"""

import json
import sys
import threading
import time
import uuid
from pathlib import Path
from string import ascii_uppercase
from typing import Any

from contracts.messages.tickets import IssueTicket
from runtime.mqtt import Broker, Inbound, Link, Subscription
from runtime.secrets import read_secret
from tests.bench._figures import NS_MS
from tests.bench._rig import OFFICE_ID

USER = "kiosk-1"
CONNECT_S_MAX = 15.0
SILENCE_S_MAX = 30.0


class Kiosk:
    """Sends `count` commands; keeps `inflight` of them open, or with `rate` sends them on their own schedule."""

    def __init__(self, broker: Broker, count: int, inflight: int) -> None:
        self._left, self._inflight = count, inflight
        self._sent_ns: dict[str, int] = {}
        self._ids = [uuid.uuid4().hex for _ in range(count)]
        self.latencies_ms: list[float] = []
        self.numbers: set[str] = set()
        self.refused: dict[str, int] = {}
        self.end_ns = 0
        self._count, self._paced = count, False
        self._done, self._up = threading.Event(), threading.Event()
        self._link = Link(
            broker, OFFICE_ID, [Subscription("reply", {"user": USER})], self._arrived,
            on_connected=lambda up: self._up.set() if up else None,
        )  # fmt: skip

    def run(self, rate: float) -> float:
        """Seconds from the first command to the last reply."""
        self._link.start()
        if not self._up.wait(CONNECT_S_MAX):
            raise SystemExit("no broker")
        time.sleep(0.2)  # the subscription is on its way
        begin_ns = time.monotonic_ns()
        self._paced = rate > 0
        if self._paced:
            self._pace(rate, begin_ns)
        else:
            for _ in range(min(self._inflight, self._count)):
                self._send(time.monotonic_ns())
        self._wait()
        self._link.stop()
        return (self.end_ns - begin_ns) / 1e9

    def _pace(self, rate: float, begin_ns: int) -> None:
        """Each command counts from the moment it was due: a stall is not hidden by sending less."""
        for n in range(self._count):
            due_ns = begin_ns + int(n * 1e9 / rate)
            delay_s = (due_ns - time.monotonic_ns()) / 1e9
            if delay_s > 0:
                time.sleep(delay_s)
            self._send(due_ns)

    def _send(self, from_ns: int) -> None:
        self._left -= 1
        command_id = self._ids[self._left]
        self._sent_ns[command_id] = from_ns
        service = ascii_uppercase[self._left % len(ascii_uppercase)]
        self._link.publish("cmd.issue", IssueTicket(id=command_id, service=service), user=USER)

    def _arrived(self, inbound: Inbound) -> None:
        now_ns, reply = time.monotonic_ns(), inbound.message
        sent_ns = self._sent_ns.pop(reply.id, None)
        if sent_ns is None:
            return
        self.latencies_ms.append((now_ns - sent_ns) / NS_MS)
        if reply.issued is not None:
            self.numbers.add(reply.issued.number)
        elif reply.error is not None:
            self.refused[reply.error.code] = self.refused.get(reply.error.code, 0) + 1
        if not self._paced and self._left > 0:
            self._send(time.monotonic_ns())
        if len(self.latencies_ms) == self._count:
            self.end_ns = now_ns
            self._done.set()

    def _wait(self) -> None:
        before = -1
        while not self._done.wait(SILENCE_S_MAX):
            if len(self.latencies_ms) == before:
                raise SystemExit(f"only {before} of {self._count} replies came")
            before = len(self.latencies_ms)


def main(options: dict[str, Any]) -> int:
    """Options: url, data, count, inflight, rate (0: as fast as replies come)."""
    broker = Broker.from_url(options["url"], USER, read_secret(Path(options["data"]), USER))
    kiosk = Kiosk(broker, options["count"], options.get("inflight", 32))
    seconds = kiosk.run(options.get("rate", 0))
    found = {
        "seconds": seconds, "latencies_ms": kiosk.latencies_ms, "numbers": len(kiosk.numbers), "refused": kiosk.refused,
    }  # fmt: skip
    sys.stdout.write(json.dumps(found) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(json.loads(sys.argv[1])))
