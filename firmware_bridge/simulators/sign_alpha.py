"""A simulated Alpha message sign (docs/hardware/alpha.md). Parses the wire with its own code."""

import re
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field

from firmware_bridge.simulators.device import Mistreated
from firmware_bridge.simulators.picture import dots

FRAME_MAX = 4096
SILENCE_MS_MAX = 1_000  # a longer gap inside a frame drops it
STRING_MAX = 125
FRAMES_KEPT = 20
_SECTION = re.compile(rb"\x02([^\x02\x03\x04]*)(?:\x03([0-9A-F]{4})?)?", re.DOTALL)
_MEMORY_ROW = re.compile(r"(.)([ABD])([UL])([0-9A-F]{4})([0-9A-F]{4})")


@dataclass
class Memory:
    """The sign's files: label → (kind, size), and what stands in them."""

    layout: dict[str, tuple[str, int]] = field(default_factory=lambda: {"A": ("A", 256)})
    texts: dict[str, str] = field(default_factory=dict)
    strings: dict[str, str] = field(default_factory=dict)


class AlphaSim(Mistreated):
    """One sign. `text` is what a person reads, control codes followed or left out."""

    def __init__(self, sign: str = "sign-alpha", address: int = 1) -> None:
        super().__init__()
        self.sign, self.address = sign, address
        self.memory = Memory()
        self.priority: str | None = None
        self.changed = 0
        self.rubbish = 0
        self.frames: deque[str] = deque(maxlen=FRAMES_KEPT)
        self._pending: bytearray | None = None
        self._heard_ms = 0

    @property
    def text(self) -> str:
        """What a person reads now."""
        return re.sub(r"\x07.|\x1c.|\x1b..", "", self._raw())

    @property
    def flashing(self) -> bool:
        """True while the text or the sign flashes."""
        return "\x071" in self._raw() or re.search("\x1b.c", self._raw()) is not None

    def _raw(self) -> str:
        if self.priority is not None:
            return self.priority
        shown = self.memory.texts.get("A", "")
        return re.sub(r"\x10(.)", lambda call: self.memory.strings.get(call[1], ""), shown, flags=re.DOTALL)

    def faces(self) -> "Sequence[AlphaSim]":
        """See SimulatedDevice."""
        return [self]

    def describe(self) -> dict[str, object]:
        """See SignFace."""
        return {
            "sign": self.sign, "family": "alpha", "address": self.address, "text": self.text,
            "flashing": self.flashing, "writes": self.changed, "frames": list(self.frames),
        }  # fmt: skip

    def picture(self) -> bytes:
        """See SignFace."""
        return dots(self.text)

    def received(self, chunk: bytes, now_ms: int) -> bytes:
        """See SimulatedDevice. Answers nothing: the bridge asks nothing."""
        if self._pending is not None and now_ms - self._heard_ms > SILENCE_MS_MAX:
            self._pending = None
            self.rubbish += 1
        self._heard_ms = now_ms
        for byte in self.filtered(chunk):
            self._byte(byte)
        return b""

    def _byte(self, byte: int) -> None:
        if byte == 1:
            self._pending = bytearray()
        elif self._pending is None:
            self.rubbish += byte != 0
        elif byte == 4:
            self._frame(bytes(self._pending))
            self._pending = None
        elif byte == 0 or len(self._pending) >= FRAME_MAX:
            self.rubbish += 1
            self._pending = None
        else:
            self._pending.append(byte)

    def _frame(self, frame: bytes) -> None:
        kind, address, body = frame[:1], frame[1:3], frame[3:]
        sections = list(_SECTION.finditer(body))
        if kind not in {b"Z", b"^"} or b"".join(s[0] for s in sections) != body or not sections:
            self.rubbish += 1
            return
        if address not in {b"00", b"??", f"{self.address:02X}".encode()}:
            return  # for another sign
        self.frames.append((b"\x01" + frame + b"\x04").hex(" "))
        for section in sections:
            wire = section[0][: -len(section[2])] if section[2] else b""
            if section[2] and int(section[2], 16) != sum(wire) & 0xFFFF:
                self.rubbish += 1
                continue
            self._obey(section[1].decode("ascii", "replace"))
            self.changed += 1

    def _obey(self, data: str) -> None:
        command, rest = data[:1], data[1:]
        if command == "A":
            self._write_text(rest[:1], rest[1:])
        elif command == "G":
            self._write_string(rest[:1], rest[1:])
        elif command == "E" and rest[:1] == "$":
            rows = _MEMORY_ROW.findall(rest[1:])
            self.memory = Memory({label: (kind, int(size, 16)) for label, kind, _lock, size, _more in rows})
        elif command != "E":
            self.rubbish += 1

    def _write_text(self, label: str, body: str) -> None:
        if label == "0":
            self.priority = body[3:] if body else None  # nothing after the label gives the screen back
        elif label in self.memory.layout:
            keep = self.memory.layout[label][1]
            mode = body[:3] if body[:1] == "\x1b" else ""
            self.memory.texts[label] = (mode if mode[2:] == "c" else "") + body[len(mode) : len(mode) + keep]

    def _write_string(self, label: str, body: str) -> None:
        kind, size = self.memory.layout.get(label, ("", 0))
        if kind == "B":  # a string that was never laid out does not exist
            self.memory.strings[label] = body if len(body) <= min(size, STRING_MAX) else ""
