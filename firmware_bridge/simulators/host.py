"""Runs one simulated device: its terminal, a control socket and stdin for the hand of a person."""

import os
import selectors
import socket
import sys
from pathlib import Path
from typing import Any

from firmware_bridge.simulators.device import SimulatedDevice
from firmware_bridge.simulators.output import FaceFiles
from firmware_bridge.simulators.terminal import Terminal
from runtime.clock import Clock

LINE_BYTES_MAX = 8192


class Host:
    """One thread, one selector. `run` returns after `stop` was called (from a signal handler too)."""

    def __init__(self, device: SimulatedDevice, link: Path, out: Path | None, control: Path | None) -> None:
        self._device, self._clock = device, Clock()
        self._selector = selectors.DefaultSelector()
        self._wake_read, self._wake_write = os.pipe2(os.O_NONBLOCK | os.O_CLOEXEC)
        self._selector.register(self._wake_read, selectors.EVENT_READ, None)
        self.terminal = Terminal(link)
        self._selector.register(self.terminal, selectors.EVENT_READ, self._on_bytes)
        self._files = FaceFiles(out, self._clock) if out else None
        self._control_path = control
        self._control = self._open_control(control) if control else None
        self._stopping = False
        self._draw()

    def listen_to_stdin(self) -> None:
        """Take commands from stdin as well, until it ends."""
        try:
            self._selector.register(sys.stdin, selectors.EVENT_READ, self._on_stdin)
        except (PermissionError, ValueError):
            return  # a file or /dev/null: nobody types there

    def run(self) -> None:
        """Serve until stopped; the link and the control socket are gone afterwards."""
        try:
            while not self._stopping:
                for key, _ in self._selector.select():
                    if key.data is not None:
                        key.data()
                self._draw()
        finally:
            self._close()

    def stop(self) -> None:
        """End `run` soon."""
        self._stopping = True
        os.write(self._wake_write, b".")

    def obey(self, line: str) -> str:
        """One command: `unplug`, `plug`, or the device's own. The answer: "ok" or "error …"."""
        line = line.strip()
        try:
            if line == "unplug":
                if self.terminal.plugged:
                    self._selector.unregister(self.terminal)
                self.terminal.unplug()
            elif line == "plug":
                if not self.terminal.plugged:
                    self.terminal.plug()
                    self._selector.register(self.terminal, selectors.EVENT_READ, self._on_bytes)
            else:
                self._send(self._device.command(line))
        except ValueError as error:
            return f"error {error}"
        return "ok"

    def _open_control(self, path: Path) -> socket.socket:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.unlink(missing_ok=True)
        control = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        control.setblocking(False)
        control.bind(str(path))
        path.chmod(0o600)
        self._selector.register(control, selectors.EVENT_READ, self._on_control)
        return control

    def _send(self, data: bytes) -> None:
        if data and self.terminal.plugged:
            self.terminal.write(data)

    def _on_bytes(self) -> None:
        if self.terminal.plugged:
            self._send(self._device.received(self.terminal.read(), round(self._clock.mono_s() * 1000)))

    def _on_stdin(self) -> None:
        line = sys.stdin.readline(LINE_BYTES_MAX)
        if not line:
            self._selector.unregister(sys.stdin)
        elif line.strip():
            self._answer(self.obey(line))

    def _on_control(self) -> None:
        assert self._control is not None
        data, sender = self._control.recvfrom(LINE_BYTES_MAX)
        answer = self.obey(data.decode("utf-8", "replace"))
        self._reply(self._control, answer, sender)

    @staticmethod
    def _reply(control: socket.socket, answer: str, sender: Any) -> None:
        if sender:  # a sender that bound its own socket wants to know
            try:
                control.sendto(answer.encode(), sender)
            except OSError:
                return  # it has gone meanwhile

    @staticmethod
    def _answer(answer: str) -> None:
        print(answer, flush=True)

    def _draw(self) -> None:
        if self._files:
            self._files.refresh(self._device.faces())

    def _close(self) -> None:
        self.terminal.unplug()
        if self._control and self._control_path:
            self._control.close()
            self._control_path.unlink(missing_ok=True)
        self._selector.close()
        os.close(self._wake_read)
        os.close(self._wake_write)
