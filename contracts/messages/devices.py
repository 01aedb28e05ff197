"""Presence and health of processes and devices; what signs show; what buttons say."""

from datetime import datetime
from typing import Annotated

import msgspec

from contracts.messages.common import OpenEnum, Version

SIGN_TEXT_CHARS_MAX = 64


class PresenceState(OpenEnum):
    """Is the process there?"""

    ONLINE = "online"
    OFFLINE = "offline"
    UNKNOWN = "unknown"


class Presence(msgspec.Struct, frozen=True):
    """Retained; the last will says offline."""

    state: PresenceState
    user: str
    at: datetime | None = None  # None in a last will: nobody knows when it will be sent


class Heartbeat(msgspec.Struct, frozen=True):
    """The server's pulse, every second: consumers judge the truth and the server's clock by it."""

    at: datetime
    at_ms: int  # the same instant, UTC ms
    version: Version  # newest published board version


class HealthState(OpenEnum):
    """How a device is."""

    OK = "ok"
    WARN = "warn"
    FAULT = "fault"
    UNKNOWN = "unknown"


class DeviceHealth(msgspec.Struct, frozen=True):
    """A device's retained health, with a stable code of contracts/errors.py when it is not well."""

    device: str
    state: HealthState
    at: datetime
    code: str | None = None
    detail: str = ""


class SignDesired(msgspec.Struct, frozen=True):
    """What a sign should show. Retained; the bridge makes it true."""

    sign: str
    text: Annotated[str, msgspec.Meta(max_length=SIGN_TEXT_CHARS_MAX)]
    blink: int = 0  # times to blink, then steady; 0 = steady


class SignShown(msgspec.Struct, frozen=True):
    """What the bridge last wrote to a sign. Retained."""

    sign: str
    text: str
    at: datetime


class ButtonAction(msgspec.Struct, frozen=True):
    """Our own button topic: for any MQTT button that can be told what to send."""

    action: Annotated[str, msgspec.Meta(max_length=32)]  # next | recall | no-show, or single | double | long
    id: Annotated[str, msgspec.Meta(min_length=8, max_length=64)] | None = None  # one press, one id, if it can


class DisplayPulse(msgspec.Struct, frozen=True):
    """A board says which snapshot its pixels show."""

    board: str
    version: Version
    at: datetime
