"""`python -m runtime.cli.up`: check, plan, run."""

import os
import secrets
import sys
from collections.abc import Sequence

from contracts.errors import Rejected
from contracts.settings import Office
from runtime.address import Address
from runtime.broker import prepare_broker
from runtime.cli.up.display import display_usable
from runtime.cli.up.options import UpOptions, parse_options
from runtime.cli.up.plan import Place, endpoints_of, specs_of, users_of, windows_of
from runtime.cli.up.preflight import free_addresses, open_data, refuse_second, take_lock
from runtime.cli.up.progress import say
from runtime.cli.up.voices import prepare_voices
from runtime.cli_options import run_command
from runtime.config import load_office
from runtime.endpoints import endpoints_path, write_endpoints
from runtime.lifecycle import on_stop_signal
from runtime.paths import DataDir
from runtime.supervisor import Outcome, Spec, Supervisor
from runtime.x11 import display_size

PYTHON = (sys.executable, "-P")
RUN_ID_BYTES = 16
PRIVATE = 0o077
"""umask of the whole office: printed tickets, screens and logs are nobody else's business."""


def _free_port() -> int:
    return free_addresses({"simulator": Address("127.0.0.1", 0)})["simulator"].port


def _place(options: UpOptions, office: Office) -> Place:
    addresses = free_addresses({"--http": options.http, "--mqtt": options.mqtt})
    headless = options.headless or not display_usable(os.environ)
    return Place(
        office_file=options.office,
        data=options.data,
        http=addresses["--http"],
        mqtt=addresses["--mqtt"],
        headless=headless,
        demo=options.demo,
        python=PYTHON,
        windows=windows_of(office, None if headless else display_size()),
        database=options.database,
    )


def _supervise(specs: list[Spec], place: Place) -> Outcome:
    def ready() -> None:
        sys.stdout.write(
            f"motcua ready http=http://{place.http.reachable} mqtt={place.mqtt.reachable} data={place.data}\n"
        )
        sys.stdout.flush()

    supervisor = Supervisor(
        specs, run_id=secrets.token_hex(RUN_ID_BYTES), logs=place.data / "logs", env=os.environ, say=say, on_ready=ready
    )
    return supervisor.run()


def main(argv: Sequence[str]) -> int:
    """0 after a stop that was asked for; Rejected for everything that can be refused."""
    os.umask(PRIVATE)
    on_stop_signal(sys.exit)  # until the supervisor listens: an end with exit code 0
    options = parse_options(argv)
    office = load_office(options.office)
    refuse_second(options.data)
    place = _place(options, office)
    open_data(options.data)
    lock = take_lock(options.data)
    try:
        broker = prepare_broker(place.data, office.id, users_of(office), place.mqtt.host, place.mqtt.port)
        endpoints = endpoints_of(office, place.data, _free_port)
        write_endpoints(place.data, endpoints)
        DataDir(place.data).http_address.write_text(str(place.http.reachable))
        if not prepare_voices(PYTHON, place.data, office.speech.languages):
            say("the voice pack could not be made; announcements fall back to the chime")
        say(f"starting {office.id}; logs in {place.data / 'logs'}")
        outcome = _supervise(specs_of(office, place, broker, endpoints), place)
        endpoints_path(place.data).unlink(missing_ok=True)
        DataDir(place.data).http_address.unlink(missing_ok=True)
    finally:
        os.close(lock)
    if outcome is Outcome.START_FAILED:
        raise Rejected("start_failed", f"the office did not start; see above and {place.data / 'logs'}")
    return 0


if __name__ == "__main__":
    run_command(main)
