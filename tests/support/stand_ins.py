"""Stand-ins for the processes of an office: packages with the real names that only start, say ready and stop.

With them the tests of `up` are about `up`: supervising, refusing, stopping. Put the directory first on PYTHONPATH.
"""

from pathlib import Path

PART = """
import os, subprocess, sys, time
from runtime.lifecycle import notify_ready, stop_event

if sys.argv[1] == "build":  # the voice pack
    sys.exit(0)
options = dict(zip(sys.argv[1:], sys.argv[2:]))
name = options.get("--id") or options.get("--device") or "printer-1"
print(name, "started", " ".join(sys.argv[1:]), flush=True)
stop = stop_event()
if name == "kiosk-1":  # a grandchild that asks for nothing, in a session of its own: the worst case
    subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"], start_new_session=True)
notify_ready()
stop.wait()
print(name, "stopped", flush=True)
"""

PACKAGES = (
    "queue_server", "queue_server/demo", "kiosk", "kiosk/printing", "kiosk/printing/simulator",
    "displays", "displays/tv", "displays/signs",
    "firmware_bridge", "firmware_bridge/simulators", "firmware_bridge/speech",
)  # fmt: skip


def write_stand_ins(directory: Path) -> Path:
    """Make the packages; returns `directory`."""
    for package in PACKAGES:
        (directory / package).mkdir(parents=True, exist_ok=True)
        (directory / package / "__init__.py").touch()
        (directory / package / "__main__.py").write_text(PART)
    return directory
