"""Wires `motcua bridge`: options, office file, device urls, broker, bridge."""

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


def main(argv: Sequence[str]) -> int:
    """Run until told to stop; the exit code. Raises Rejected for wrong options, office file or secret."""
    options = part_parser("bridge", "serial signs, call buttons, announcements").parse_args(argv)
    office = load_office(options.office)
    check_bridge(office, options.id)
    broker = Broker.from_url(options.broker, options.id, read_secret(options.data, options.id))
    log.configure(options.id)

    def url_of(device: Device) -> str:
        return resolve(device, options.data)

    bridge = Bridge(office, plan_of(office, options.id, url_of), broker, options.data)
    return run_until_signal(bridge.start, bridge.stop)
