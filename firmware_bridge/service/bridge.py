"""The whole bridge: messages in and out on one side, buses, buttons and voice on the other."""

import uuid
from dataclasses import replace
from datetime import datetime
from pathlib import Path

from contracts.errors import Rejected
from contracts.messages.board import BoardSnapshot, CallEvent
from contracts.messages.devices import DeviceHealth, HealthState, SignDesired, SignShown
from contracts.settings import Office
from firmware_bridge.buttons import mqtt as mqtt_buttons
from firmware_bridge.service.health import HealthBook
from firmware_bridge.service.keypad_runner import KeypadRunner
from firmware_bridge.service.plan import MqttButton, Plan
from firmware_bridge.service.press_desk import PressDesk
from firmware_bridge.service.sign_runner import SignRunner
from firmware_bridge.sessions.sign_model import Want
from firmware_bridge.speech.bootstrap import Speech
from runtime.clock import Clock, utc
from runtime.commands import Commander
from runtime.log import get_logger
from runtime.mqtt import Broker, Inbound, Link, Subscription

VOICE_DEVICE = "speech"


class Bridge:
    """`start()` then `stop()`. No device can stop another: each has its own thread and its own health."""

    def __init__(
        self, office: Office, plan: Plan, broker: Broker, data: Path, *, clock: Clock | None = None, voice: bool = True
    ) -> None:
        self._clock, self._plan = clock or Clock(), plan
        self._log = get_logger("bridge")
        self._link = Link(
            broker, office.id, subscriptions(plan, broker.username), self._arrived,
            on_rejected=self._refused, clock=self._clock,
        )  # fmt: skip
        self._user = broker.username
        self.health = HealthBook(self._publish_health, self._clock)
        self._commander = Commander(self._link, broker.username, self._clock)
        devices = [b.device for b in plan.buttons] + [k.device for k in plan.keypads]
        counters = {device.id: device.counters for device in devices}
        self.desk = PressDesk(counters, self._commander, self._clock, lambda: str(uuid.uuid4()), self._press_problem)
        self._runners = [SignRunner(line, self._shown, self.health.tell, self._clock) for line in plan.signs]
        self._by_sign = {sign: runner for runner in self._runners for sign in runner.signs}
        self._keypads = [KeypadRunner(row, self.desk.put, self.health.tell) for row in plan.keypads]
        self._speech = Speech(office, data, self._voice_health, clock=self._clock) if voice else None

    def start(self) -> None:
        """Connect, open every port, make the voice ready; none of it is waited for."""
        for device, fault in self._plan.faults.items():
            self.health.tell(device, fault.code, fault.detail)
        for button in self._plan.buttons:
            self.health.set(button.device.id, HealthState.UNKNOWN, None, "not heard yet")
        self.desk.start()
        for runner in self._runners:
            runner.start()
        for keypad in self._keypads:
            keypad.start()
        if self._speech:
            self._speech.start()
        self._link.start()

    def stop(self) -> None:
        """Darken the signs (nobody keeps them true any more), close the ports, say goodbye."""
        for runner in self._runners:
            runner.ask_stop(blank=True)
        for keypad in self._keypads:
            keypad.stop()
        for runner in self._runners:
            runner.join()
        self.desk.stop()
        if self._speech:
            self._speech.stop()
        self._link.stop()

    # ---- in, on the MQTT thread: hand over only ----

    def _arrived(self, inbound: Inbound) -> None:
        if self._commander.arrived(inbound):
            return
        message = inbound.message
        if isinstance(message, SignDesired):
            self._desired(inbound.params["sign"], message, live=not inbound.retained)
        elif isinstance(message, BoardSnapshot) and self._speech:
            self._speech.on_board(message, self._server_now())
        elif isinstance(message, CallEvent) and self._speech:
            self._speech.on_call(message, self._server_now())
        elif inbound.spec.name in mqtt_buttons.BUTTON_ROWS:
            self._button(inbound)

    def _desired(self, sign: str, message: SignDesired, *, live: bool) -> None:
        """The sign is the topic's; a payload that names another one is refused."""
        if message.sign != sign:
            self._log.warning("refused", code="malformed", sign=sign)
            return
        runner = self._by_sign.get(sign)
        if runner:
            runner.want(Want(sign, message.text, message.blink, live=live))

    def _button(self, inbound: Inbound) -> None:
        button = button_of(self._plan, inbound)
        if button is None:
            return
        try:
            heard = mqtt_buttons.parse(inbound.spec.name, inbound.params, inbound.payload)
        except Rejected as refusal:
            self._press_problem(button.device.id, refusal)
            return
        for one in heard:
            self.desk.put(replace(one, device=button.device.id), retained=inbound.retained)

    def _refused(self, topic: str, _payload: bytes, refusal: Rejected) -> None:
        self._log.warning("refused", topic=topic, code=refusal.code)

    def _server_now(self) -> datetime | None:
        now_ms = self._commander.server_time.now_ms()
        return None if now_ms is None else utc(now_ms)

    # ---- out ----

    def _publish_health(self, health: DeviceHealth) -> None:
        self._link.own("health", health, user=self._user, device=health.device)

    def _shown(self, sign: str, text: str) -> None:
        self._link.own("sign.shown", SignShown(sign, text, self._clock.now()), sign=sign)

    def _press_problem(self, device: str, refusal: Rejected | None) -> None:
        if refusal is None:
            self.health.tell(device)
        else:
            self.health.tell(device, refusal.code, refusal.detail, warn=True)

    def _voice_health(self, state: HealthState, code: str | None, detail: str) -> None:
        self.health.set(VOICE_DEVICE, state, code, detail)


def subscriptions(plan: Plan, user: str) -> list[Subscription]:
    """What this bridge listens to: only its own signs and buttons, never `#`."""
    signs = [place.sign for line in plan.signs for place in line.bus.places]
    common = [Subscription("reply", {"user": user})]
    common += [Subscription(name) for name in ("heartbeat", "board", "call")]
    common += [Subscription("sign.desired", {"sign": sign}) for sign in signs]
    return common + [Subscription(button.row, button.levels) for button in plan.buttons]


def button_of(plan: Plan, inbound: Inbound) -> MqttButton | None:
    """The button row that a message belongs to."""
    for button in plan.buttons:
        if button.row == inbound.spec.name and button.levels.items() <= inbound.params.items():
            return button
    return None
