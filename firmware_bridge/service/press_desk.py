"""Where all presses come together: age, gesture, debounce, counter, command. One thread; producers never wait."""

import queue
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from threading import Thread
from typing import Protocol

from contracts.errors import Rejected
from contracts.messages.counters import CounterCommand
from contracts.messages.replies import Reply
from firmware_bridge.buttons import gestures
from firmware_bridge.buttons.debounce import Debounce
from firmware_bridge.buttons.gestures import Key
from firmware_bridge.buttons.mapping import PRESS_TTL_S, command_of, counter_of
from firmware_bridge.buttons.model import ButtonPress, Edge, Heard
from runtime.clock import Clock
from runtime.log import get_logger

INBOX_MAX = 256
TICK_S = 0.2  # the commander resends on its own beat, which this drives
KEYS_MAX = 1024


class Sender(Protocol):
    """What the desk needs of runtime.commands.Commander."""

    def send(self, verb: str, message: CounterCommand, done: Callable[[Reply | None], None], *, ttl_s: float) -> bool:
        """Send until a reply or the end of `ttl_s`."""

    def tick(self) -> None:
        """Resend what is due."""


@dataclass(frozen=True)
class _Item:
    heard: Heard
    at_s: float
    retained: bool


class PressDesk:
    """`put` from any thread. `counters`: device → button → counter. `problem(device, why)`: a person
    should look; `why` None: its buttons work."""

    def __init__(
        self,
        counters: Mapping[str, Mapping[int, int]],
        sender: Sender,
        clock: Clock,
        fresh_id: Callable[[], str],
        problem: Callable[[str, Rejected | None], None],
    ) -> None:
        self.counts: Counter[str] = Counter()
        self._counters, self._sender, self._clock = counters, sender, clock
        self._fresh_id, self._problem = fresh_id, problem
        self._inbox: queue.Queue[_Item | None] = queue.Queue(INBOX_MAX)
        self._debounce = Debounce()
        self._keys: dict[tuple[str, int], Key] = {}
        self._log = get_logger("buttons")
        self._thread = Thread(target=self._run, name="presses", daemon=True)

    def start(self) -> None:
        """Begin to work."""
        self._thread.start()

    def stop(self) -> None:
        """End the thread; presses that wait are dropped."""
        try:
            self._inbox.put_nowait(None)
        except queue.Full:
            self._inbox.get_nowait()
            self._inbox.put_nowait(None)
        self._thread.join(2 * TICK_S + 1)

    def put(self, heard: Heard, *, retained: bool = False) -> None:
        """A button was heard. `device` of `heard` is the id of its row in the office file."""
        try:
            self._inbox.put_nowait(_Item(heard, self._clock.mono_s(), retained))
        except queue.Full:
            self.counts["overflow"] += 1

    def _run(self) -> None:
        while True:
            try:
                item = self._inbox.get(timeout=TICK_S if not self._pending_keys() else TICK_S / 4)
            except queue.Empty:
                self.work(None)
                continue
            if item is None:
                return
            self.work(item)

    def _pending_keys(self) -> bool:
        return any(gestures.wake_at_ms(key) is not None for key in self._keys.values())

    def work(self, item: _Item | None) -> None:
        """One item, then whatever the clock brings."""
        if item is not None:
            self._take(item)
        self._tick_keys()
        self._sender.tick()

    def _take(self, item: _Item) -> None:
        if self._clock.mono_s() - item.at_s > PRESS_TTL_S:
            self.counts["stale"] += 1
        elif isinstance(item.heard, Edge):
            self._edge(item.heard, item)
        elif item.retained:
            self.counts["retained"] += 1  # a reconnect replays it; nobody pressed
        else:
            self._press(item.heard, item.at_s)

    def _edge(self, edge: Edge, item: _Item) -> None:
        name = (edge.device, edge.button)
        if name not in self._keys and len(self._keys) >= KEYS_MAX:
            self.counts["overflow"] += 1
            return
        key = self._keys.get(name, Key(down=False) if edge.momentary else Key())
        if item.retained and key.down is not None:
            self.counts["retained"] += 1
            return
        self._keys[name], gesture = gestures.edge(key, edge.down, round(item.at_s * 1000))
        if gesture:
            self._press(ButtonPress(edge.device, edge.button, gesture), item.at_s)

    def _tick_keys(self) -> None:
        now_ms = round(self._clock.mono_s() * 1000)
        for (device, button), key in list(self._keys.items()):
            wake_ms = gestures.wake_at_ms(key)
            if wake_ms is None or now_ms < wake_ms:
                continue
            self._keys[device, button], gesture = gestures.tick(key, now_ms)
            if gesture:
                self._press(ButtonPress(device, button, gesture), now_ms / 1000)

    def _press(self, press: ButtonPress, at_s: float) -> None:
        if not self._debounce.accept(press, round(at_s * 1000)):
            self.counts["bounced"] += 1
            return
        try:
            counter = counter_of(press, self._counters.get(press.device, {}))
            verb, message = command_of(press, counter, self._fresh_id())
        except Rejected as refusal:
            self.counts[refusal.code] += 1
            self._problem(press.device, refusal)
            return
        self._log.info("press", device=press.device, button=press.button, verb=verb, counter=counter, id=message.id)
        left_s = PRESS_TTL_S - (self._clock.mono_s() - at_s)
        if not self._sender.send(verb, message, lambda reply: self._done(message.id, reply), ttl_s=left_s):
            self.counts["busy"] += 1
            self._problem(press.device, Rejected("busy", "too many presses wait for an answer"))
            return
        self._problem(press.device, None)

    def _done(self, command_id: str, reply: Reply | None) -> None:
        """On the desk's thread (no answer) or the MQTT thread (an answer): counts and a line in the log only."""
        outcome = "unanswered" if reply is None else "done" if reply.ok else "refused"
        self.counts[outcome] += 1
        code = reply.error.code if reply is not None and reply.error else None
        self._log.info("answer", id=command_id, outcome=outcome, code=code)
