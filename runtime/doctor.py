"""`motcua doctor`: is this office well? Asks the running server and looks at the machine; changes nothing.

Exit code 0 when nothing is at fault, 1 otherwise; `--json` for programs.
"""

import argparse
import http.client
import json
import shutil
import sys
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from runtime.cli_options import CodedParser, run_command
from runtime.paths import DataDir
from runtime.unix_http import UnixConnection

ASK_S_MAX = 5.0
DISK_FREE_MB_WARN, DISK_FREE_MB_FAULT = 1_000, 200
PROGRAMS = {"mosquitto": "fault", "espeak-ng": "warn", "tesseract": "warn"}
"""What the office needs of the machine, and how bad it is without."""


@dataclass(frozen=True)
class Finding:
    """One thing looked at. `state`: ok, warn, fault or unknown; `code` of docs/errors.md where there is one."""

    what: str
    state: str
    code: str | None = None
    detail: str = ""


def of_disk(free_bytes: int) -> Finding:
    """Is there room for the database?"""
    free_mb = free_bytes // 1_000_000
    state = "fault" if free_mb < DISK_FREE_MB_FAULT else "warn" if free_mb < DISK_FREE_MB_WARN else "ok"
    return Finding("disk", state, "storage_unavailable" if state == "fault" else None, f"{free_mb} MB free")


def of_server(ready: dict[str, Any] | None, devices: dict[str, Any] | None) -> list[Finding]:
    """What the server says of itself, of the processes and of their devices."""
    if ready is None or devices is None:
        return [Finding("server", "fault", "device_unreachable", "the queue server does not answer; is the office up?")]
    parts = ready.get("parts", {})
    found = [Finding(f"server {name}", "ok" if up else "fault") for name, up in sorted(parts.items())]
    found += [Finding("server", "warn", code) for code in ready.get("warnings", [])]
    for process in devices.get("processes", []):
        state = "ok" if process["state"] == "online" else "fault"
        found.append(Finding(f"process {process['user']}", state, None, process["state"]))
    return found + [
        Finding(f"device {row['device']}", row["state"], row["code"], row["detail"])
        for row in devices.get("devices", [])
    ]


def of_programs() -> Iterable[Finding]:
    """Which programs of Debian are there?"""
    path = "/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin"
    for name, state in PROGRAMS.items():
        where = shutil.which(name, path=path)
        yield Finding(f"program {name}", "ok" if where else state, None, where or "not installed")


def ask(data: DataDir, path: str) -> dict[str, Any] | None:
    """A JSON answer of the server; None when there is none."""
    connection = UnixConnection(data.server_socket, ASK_S_MAX)
    try:
        connection.request("GET", path)
        answer = json.loads(connection.getresponse().read())
    except (OSError, http.client.HTTPException, ValueError):
        return None
    finally:
        connection.close()
    return answer if isinstance(answer, dict) else None


def look(folder: Path) -> list[Finding]:
    """Everything."""
    data = DataDir(folder)
    if not folder.is_dir():
        return [Finding("data", "fault", "file_unreadable", f"{folder} is not there"), *of_programs()]
    found = [of_disk(shutil.disk_usage(folder).free)]
    found += of_server(ask(data, "/readyz"), ask(data, "/api/v1/devices"))
    return [*found, *of_programs()]


def _parser() -> argparse.ArgumentParser:
    parser = CodedParser(prog="motcua doctor", description="Is this office well?", allow_abbrev=False)
    parser.add_argument("--data", type=Path, default=Path("data"), metavar="DIR", help="data directory; default ./data")
    parser.add_argument("--json", action="store_true", help="for programs")
    return parser


def main(argv: Sequence[str]) -> int:
    """0 when nothing is at fault."""
    options = _parser().parse_args(argv)
    found = look(options.data)
    if options.json:
        sys.stdout.write(json.dumps([asdict(f) for f in found], ensure_ascii=False, indent=1) + "\n")
    else:
        for f in found:
            sys.stdout.write(f"{f.state:8}{f.what:24}{f.code or '':22}{f.detail}\n".rstrip() + "\n")
    return 1 if any(f.state == "fault" for f in found) else 0


if __name__ == "__main__":
    run_command(main)
