"""Where a server leaves its knowledge of the clock for the next one on the same machine."""

from contextlib import suppress
from pathlib import Path

import msgspec
import structlog

from queue_server.application.clock_guard import Witness
from runtime.secrets import private_dir, write_private

BOOT_ID = Path("/proc/sys/kernel/random/boot_id")  # random(4): another at each start of the machine
FILE_BYTES_MAX = 1_000


class WitnessFile:
    """A small file, replaced as a whole."""

    def __init__(self, path: Path, boot_id: Path = BOOT_ID) -> None:
        self._path = path
        self.boot = ""
        with suppress(OSError):
            self.boot = boot_id.read_text().strip()

    def read(self) -> Witness | None:
        """What was kept; None for no file, or one that is not ours."""
        try:
            with self._path.open("rb") as file:
                return msgspec.json.decode(file.read(FILE_BYTES_MAX), type=Witness)
        except (OSError, msgspec.MsgspecError, UnicodeDecodeError):
            return None

    def write(self, witness: Witness) -> None:
        """Keeps it. On a full disk the next server knows less, no more."""
        try:
            private_dir(self._path.parent)
            write_private(self._path, msgspec.json.encode(witness).decode())
        except OSError as error:
            structlog.get_logger("clock").warning("witness not kept", reason=error.strerror)
