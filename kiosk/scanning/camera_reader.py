"""The kiosk's side of the camera process: starts it, reads its lines into the inbox, starts it again when it fails."""

import subprocess
import sys
from collections.abc import Callable, Sequence
from selectors import EVENT_READ, DefaultSelector
from threading import Event, Thread
from typing import IO

import msgspec

from contracts.scan import Symbology, check_text
from kiosk.scanning.inbox import DeviceState, ScanInbox
from runtime.lifecycle import bound_command

SILENT_S = 20.0  # it gives a sign of life every 5 s
RETRY_S = (1.0, 2.0, 5.0, 15.0)
LINE_BYTES_MAX = 8192
STOP_S = 2.0


class _Line(msgspec.Struct, frozen=True):
    """A line of the camera process: a scan (`text`) or a state."""

    text: str | None = None
    symbology: str = "unknown"
    state: str = ""
    detail: str = ""


def camera_command(source: str) -> list[str]:
    """The camera process for this source, dying with the thread that starts it."""
    return bound_command([sys.executable, "-m", "kiosk.scanning.camera", "--source", source])


class CameraReader:
    """Keeps one camera process running. `on_state` is called from its thread on every change."""

    def __init__(
        self, device: str, command: Sequence[str], inbox: ScanInbox,
        on_state: Callable[[DeviceState], None] = lambda _state: None, silent_s: float = SILENT_S,
    ) -> None:  # fmt: skip
        self._device, self._command, self._inbox = device, list(command), inbox
        self._on_state, self._silent_s = on_state, silent_s
        self._told: DeviceState | None = None
        self._stopping = Event()
        self._child: subprocess.Popen[bytes] | None = None
        self._thread = Thread(target=self._run, name=f"camera {device}", daemon=True)

    def start(self) -> None:
        """Start the process and begin to read."""
        self._thread.start()

    def stop(self) -> None:
        """End the process."""
        self._stopping.set()
        if self._child is not None:
            self._child.terminate()
        self._thread.join(STOP_S)

    def _run(self) -> None:
        failures = 0
        while not self._stopping.is_set():
            lines = self._one_life()
            failures = 0 if lines else failures + 1
            self._stopping.wait(RETRY_S[min(failures, len(RETRY_S) - 1)])

    def _one_life(self) -> int:
        """Run the process until it ends; the number of lines it said. A video that ended is played again."""
        try:
            child = subprocess.Popen(self._command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE)
        except OSError as error:
            self._tell("device_unreachable", str(error))
            return 0
        self._child = child
        if self._stopping.is_set():  # stop() came before there was something to end
            child.terminate()
        assert child.stdout is not None
        try:
            lines = self._read(child.stdout)
        finally:
            child.kill()
            code = child.wait()
            child.stdout.close()
        if not self._stopping.is_set() and code != 0:
            self._tell("device_unreachable", f"the camera process ended ({code})")
        return lines

    def _read(self, pipe: IO[bytes]) -> int:
        lines, held = 0, b""
        with DefaultSelector() as selector:
            selector.register(pipe, EVENT_READ)
            while selector.select(self._silent_s):
                chunk = pipe.read1(LINE_BYTES_MAX)  # type: ignore[attr-defined]  # a pipe of Popen is a BufferedReader
                if not chunk or len(held) > LINE_BYTES_MAX:
                    return lines
                *whole, held = (held + chunk).split(b"\n")
                for raw in whole:
                    self._line(raw)
                lines += len(whole)
        return lines  # silent too long: the caller ends the process

    def _line(self, raw: bytes) -> None:
        try:
            line = msgspec.json.decode(raw, type=_Line)
        except msgspec.DecodeError:
            self._inbox.bad += 1
            return
        if line.text is not None:
            self._inbox.put(check_text(line.text, _symbology(line.symbology)), self._device)
        else:
            self._tell(None if line.state == "ok" else "device_unreachable", line.detail)

    def _tell(self, code: str | None, detail: str = "") -> None:
        state = DeviceState(self._device, code, detail)
        if self._told is None or self._told.code != code:
            self._told = state
            self._on_state(state)


def _symbology(word: str) -> Symbology:
    try:
        return Symbology(word)
    except ValueError:
        return Symbology.UNKNOWN
