"""A wire between a client and its broker that can be cut, and that can lose messages without losing the connection.

A lost PUBLISH is acknowledged to its sender, as a broker acknowledges what its ACL drops (MQTT 5, 3.4): so nobody
sends it again, and the sender may believe that it arrived.
"""

import socket
import threading
from collections import Counter
from collections.abc import Callable
from contextlib import suppress

from tests.support.broker import free_port

PUBLISH, PUBACK = 3, 0x40
CHUNK_BYTES = 65_536


class MqttProxy:
    """One client's wire. `loses(topic)`: asked for every message in either direction, on the wire's threads."""

    def __init__(self, target: int) -> None:
        self.port = free_port()
        self.loses: Callable[[str], bool] = lambda _topic: False
        self.passed = 0  # packets, to see that a wire is quiet
        self.lost: Counter[str] = Counter()  # messages, by the last words of their topic
        self._target, self._up, self._lock = target, True, threading.Lock()
        self._open: set[socket.socket] = set()
        self._door = socket.create_server(("127.0.0.1", self.port), reuse_port=False)
        self._thread = threading.Thread(target=self._accept, name="proxy", daemon=True)
        self._thread.start()

    def cut(self) -> None:
        """Nothing passes any more, and both ends notice."""
        with self._lock:
            self._up = False
            for end in self._open:
                with suppress(OSError):
                    end.shutdown(socket.SHUT_RDWR)

    def heal(self) -> None:
        """New connections pass."""
        with self._lock:
            self._up = True

    def close(self) -> None:
        """The end."""
        self.cut()
        with suppress(OSError):
            self._door.shutdown(socket.SHUT_RDWR)
        self._door.close()

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self._door.accept()
            except OSError:
                return
            with self._lock:
                if not self._up:
                    client.close()
                    continue
                broker = socket.create_connection(("127.0.0.1", self._target))
                self._open |= {client, broker}
            sending = {client: threading.Lock(), broker: threading.Lock()}
            for source, sink in ((client, broker), (broker, client)):
                source.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                threading.Thread(target=self._pump, args=(source, sink, sending), daemon=True).start()

    def _pump(self, source: socket.socket, sink: socket.socket, sending: dict[socket.socket, threading.Lock]) -> None:
        waiting = b""
        with suppress(OSError):
            while chunk := source.recv(CHUNK_BYTES):
                waiting += chunk
                while (end := _packet_end(waiting)) is not None:
                    packet, waiting = waiting[:end], waiting[end:]
                    self._pass(packet, source, sink, sending)
        with self._lock:
            self._open -= {source, sink}
        for side in (source, sink):
            with suppress(OSError):
                side.shutdown(socket.SHUT_RDWR)
            side.close()

    def _pass(
        self, packet: bytes, source: socket.socket, sink: socket.socket, sending: dict[socket.socket, threading.Lock]
    ) -> None:
        self.passed += 1
        if packet[0] >> 4 == PUBLISH:
            topic, ident = _topic_of(packet)
            if self.loses(topic):
                self.lost["/".join(topic.split("/")[3:])] += 1
                if ident:
                    with sending[source]:
                        source.sendall(bytes((PUBACK, 2)) + ident)
                return
        with sending[sink]:
            sink.sendall(packet)


def _packet_end(data: bytes) -> int | None:
    """Where the first packet ends; None while it is not all there."""
    length, shift = 0, 0
    for index, byte in enumerate(data[1:5], 2):
        length |= (byte & 0x7F) << shift
        shift += 7
        if not byte & 0x80:
            return index + length if len(data) >= index + length else None
    return None


def _topic_of(packet: bytes) -> tuple[str, bytes]:
    """(topic, packet identifier; b"" with QoS 0)."""
    at = next(i for i in range(1, 5) if not packet[i] & 0x80) + 1
    length = int.from_bytes(packet[at : at + 2], "big")
    topic, rest = packet[at + 2 : at + 2 + length], packet[at + 2 + length :]
    return topic.decode(), rest[:2] if packet[0] & 0x06 else b""
