"""Where things lie in an office's data directory, and in the program's assets. The one home of these names."""

from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
ASSETS = ROOT / "assets"


@dataclass(frozen=True)
class DataDir:
    """DATA: one office's own files."""

    root: Path

    @property
    def database(self) -> Path:
        """The office database."""
        return self.root / "db" / "office.sqlite"

    @property
    def secrets(self) -> Path:
        """0700."""
        return self.root / "secrets"

    @property
    def run(self) -> Path:
        """Locks, sockets, generated broker files, links to simulated devices."""
        return self.root / "run"

    @property
    def server_socket(self) -> Path:
        """The server's Unix socket for commands of this machine's administrator."""
        return self.run / "server.sock"

    @property
    def http_address(self) -> Path:
        """HOST:PORT of the running web server, for links that commands print."""
        return self.run / "http-address"

    @property
    def clock_witness(self) -> Path:
        """What the server leaves for the next one on the same machine about its clock."""
        return self.run / "clock.json"

    @property
    def logs(self) -> Path:
        """One file a process."""
        return self.root / "logs"

    @property
    def printed(self) -> Path:
        """What the simulated printer printed."""
        return self.root / "printed"

    @property
    def screens(self) -> Path:
        """kiosk.png and board.png of windows without a display."""
        return self.root / "screens"

    @property
    def signs(self) -> Path:
        """What simulated signs show."""
        return self.root / "signs"

    @property
    def spoken(self) -> Path:
        """Announcements as wav files, when there is no sound card."""
        return self.root / "spoken"

    @property
    def voices(self) -> Path:
        """Voice packs, one folder a language."""
        return self.root / "voices"

    @property
    def spool(self) -> Path:
        """Small durable records of kiosks and announcers."""
        return self.root / "spool"

    def mqtt_password(self, user: str) -> str:
        """The broker password of a process. Raises OSError when there is none."""
        return (self.secrets / "mqtt" / user).read_text().strip()
