"""Wires `motcua bridge`: options, office file, device urls, broker, bridge."""

import os
import threading
from collections.abc import Sequence

from contracts.settings import Device
from firmware_bridge.service.bridge import Bridge
from firmware_bridge.service.plan import check_bridge, plan_of
from runtime import log
from runtime.cli_options import part_parser
from runtime.config import load_office
from runtime.endpoints import resolve
from runtime.lifecycle import run_until_signal
from runtime.mqtt import Broker
from runtime.secrets import read_secret

EXIT_BUG = 70  # sysexits.h, EX_SOFTWARE: the supervisor starts us again
VOICE_THREADS = "speech"


def end_on_bug(args: threading.ExceptHookArgs) -> None:
    """A bug in a thread ends the process, so that no half of a bridge stays behind: signs would show old numbers while
    the process looks well. Only the voice may fail alone: it says so in its health, and calls are seen all the same."""
    thread = args.thread.name if args.thread else ""
    log.get_logger("bridge").error("bug", thread=thread, exc_info=args.exc_value)
    if not thread.startswith(VOICE_THREADS):
        os._exit(EXIT_BUG)


def main(argv: Sequence[str]) -> int:
    """Run until told to stop; the exit code. Raises Rejected for wrong options, office file or secret."""
    options = part_parser("bridge", "serial signs, call buttons, announcements").parse_args(argv)
    office = load_office(options.office)
    check_bridge(office, options.id)
    broker = Broker.from_url(options.broker, options.id, read_secret(options.data, options.id))
    log.configure(options.id)
    threading.excepthook = end_on_bug

    def url_of(device: Device) -> str:
        return resolve(device, options.data)

    bridge = Bridge(office, plan_of(office, options.id, url_of), broker, options.data)
    return run_until_signal(bridge.start, bridge.stop)
