"""`python -m kiosk.printing.simulator --port 0 --out DIR [--width 576] [--control PATH]`."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from pathlib import Path

from kiosk.printing.layout import Paper
from kiosk.printing.simulator.printer import Printer
from kiosk.printing.simulator.server import PrinterServer
from kiosk.printing.simulator.tray import Tray
from runtime.cli_options import CodedParser, run_command
from runtime.lifecycle import notify_ready, wait_for_stop_signal
from runtime.log import configure


def main(argv: Sequence[str]) -> int:
    """Run until SIGTERM or Ctrl-C; prints `ready <port>` once the port answers."""
    parser = CodedParser(prog="motcua sim printer", description="A simulated receipt printer.")
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on; default 127.0.0.1")
    parser.add_argument("--port", type=int, default=9100, help="TCP port; 0 takes a free one")
    parser.add_argument("--out", type=Path, required=True, metavar="DIR", help="where tickets fall")
    widths = [int(p) for p in Paper]
    parser.add_argument("--width", type=int, choices=widths, default=int(Paper.MM80), help="dots a line")
    parser.add_argument("--control", type=Path, metavar="PATH", help="Unix datagram socket for orders")
    options = parser.parse_args(argv)
    configure("printer-sim")
    tray = Tray(options.out)
    try:
        asyncio.run(_serve(options.host, options.port, options.width, options.control, tray))
    finally:
        tray.close()
    return 0


async def _serve(host: str, port: int, width_dots: int, control: Path | None, tray: Tray) -> None:
    printer = Printer(width_dots, tray)
    server = PrinterServer(printer)
    try:
        bound = await server.open(host, port, control)
        print(f"ready {bound}", flush=True)
        notify_ready(f"printing to port {bound}")
        await wait_for_stop_signal()
    finally:
        await server.close()
        printer.close()


if __name__ == "__main__":
    run_command(main)
