"""Where an announcement goes: a sound card, or a wav file each where there is none."""

import threading
from collections.abc import Callable, Generator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Protocol

import miniaudio

from contracts.errors import Rejected
from firmware_bridge.speech.files import write_whole
from firmware_bridge.speech.pcm import RATE_HZ, Pcm, duration_s, to_wav

SPOKEN_FILES_MAX = 200
BUFFER_MS = 40  # first sound soon after the call
DRAIN_MS = 150  # what the card still holds after our last sample
STALL_S = 3.0  # a card this much behind is hung
NO_CARD_NAMES = ("discard all samples", "null", "dummy output")  # ALSA, miniaudio, PulseAudio list these as devices

Wait = Callable[[float], bool]
"""Sleep that many seconds; True when woken early because the player stops."""


@dataclass(frozen=True)
class Job:
    """One announcement to play; `id` comes back with its end."""

    id: int
    number: str
    counter: int
    pcm: Pcm


class Sink(Protocol):
    """Plays one announcement at a time."""

    def play(self, job: Job, wait: Wait) -> None:
        """Return when the last sample was heard (or `wait` says stop). Raises Rejected `no_sound_card` or
        `device_unreachable`.
        """


def playback_names(backends: list[Any] | None = None) -> list[str]:
    """The real playback devices of this machine; [] without a sound card."""
    try:
        listed = miniaudio.Devices(backends=backends).get_playbacks()
    except miniaudio.MiniaudioError:
        return []
    names = [str(device["name"]) for device in listed]
    return [name for name in names if not name.lower().startswith(NO_CARD_NAMES)]


class DeviceSink:
    """Plays on a sound card, opened a call at a time, so that a card that was unplugged is found again.

    `device` is a part of its name; "" is the system's default. `backends` is for tests (miniaudio's NULL backend).
    """

    def __init__(self, device: str = "", backends: list[Any] | None = None) -> None:
        self._device = device
        self._backends = backends

    def play(self, job: Job, wait: Wait) -> None:
        """See Sink.play."""
        heard = threading.Event()
        try:
            card = miniaudio.PlaybackDevice(
                output_format=miniaudio.SampleFormat.SIGNED16,
                nchannels=1,
                sample_rate=RATE_HZ,
                buffersize_msec=BUFFER_MS,
                device_id=self._device_id(),
                backends=self._backends,
            )
        except miniaudio.MiniaudioError as problem:
            raise Rejected("device_unreachable", f"sound card: {problem}") from problem
        try:
            stream = _stream(job.pcm, heard)
            next(stream)
            card.start(stream)
            left_s = duration_s(job.pcm) + STALL_S
            while not heard.is_set():
                if wait(0.02):
                    return
                left_s -= 0.02
                if left_s < 0:
                    raise Rejected("device_unreachable", "the sound card takes no samples")
            wait(DRAIN_MS / 1000)
        except miniaudio.MiniaudioError as problem:
            raise Rejected("device_unreachable", f"sound card: {problem}") from problem
        finally:
            card.close()

    def _device_id(self) -> Any:
        if not self._device:
            return None
        for device in miniaudio.Devices(backends=self._backends).get_playbacks():
            if self._device.lower() in str(device["name"]).lower():
                return device["id"]
        raise Rejected("no_sound_card", f"no playback device called {self._device!r}")


def _stream(pcm: Pcm, heard: threading.Event) -> Generator[bytes, int, None]:
    """miniaudio's callback: asks for frames, gets bytes; silence after the end until the card is closed."""
    position = 0
    wanted = yield b""
    while True:
        chunk = pcm[position : position + wanted]
        position += len(chunk)
        if position >= len(pcm):
            heard.set()
        wanted = yield chunk.tobytes() + bytes(2 * (wanted - len(chunk)))


class FileSink:
    """Writes `<yyyymmdd-HHMMSS>-<number>-<counter>.wav` and takes as long as a loudspeaker would.

    `now` gives local time. The newest SPOKEN_FILES_MAX files stay.
    """

    def __init__(self, folder: Path, now: Callable[[], datetime], files_max: int = SPOKEN_FILES_MAX) -> None:
        self._folder = folder
        self._now = now
        self._files_max = files_max

    def play(self, job: Job, wait: Wait) -> None:
        """See Sink.play. Raises Rejected `data_unwritable`."""
        try:
            self.write(job)
        except OSError as problem:
            raise Rejected("data_unwritable", f"{self._folder}: {problem}") from problem
        wait(duration_s(job.pcm))

    def write(self, job: Job) -> Path:
        """Write the wav of `job` and remove the oldest over the limit."""
        base = f"{self._now():%Y%m%d-%H%M%S}-{job.number}-{job.counter}"
        target = self._folder / f"{base}.wav"
        copy = 2
        while target.exists():  # two within a second
            target = self._folder / f"{base}-{copy}.wav"
            copy += 1
        write_whole(target, to_wav(job.pcm))
        files = sorted(self._folder.glob("[0-9]*.wav"))
        for old in files[: -self._files_max]:
            old.unlink(missing_ok=True)
        return target


class AutoSink:
    """The sound card when there is one at this moment, files otherwise; `on_card(bool)` hears which."""

    def __init__(self, card: Sink, files: Sink, has_card: Callable[[], bool], on_card: Callable[[bool], None]) -> None:
        self._card = card
        self._files = files
        self._has_card = has_card
        self._on_card = on_card

    def play(self, job: Job, wait: Wait) -> None:
        """See Sink.play."""
        present = self._has_card()
        self._on_card(present)
        (self._card if present else self._files).play(job, wait)
