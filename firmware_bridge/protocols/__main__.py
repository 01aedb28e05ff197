"""`motcua sign encode FAMILY --address N TEXT`: the frame that shows TEXT, as hex."""

import argparse
import sys
from collections.abc import Sequence

from contracts.errors import Rejected
from firmware_bridge.protocols.registry import DRIVERS, Face, driver


def parser() -> argparse.ArgumentParser:
    """The command line of `motcua sign`."""
    top = argparse.ArgumentParser(prog="motcua sign", description="LED sign protocols by hand")
    verbs = top.add_subparsers(dest="verb", required=True)
    encode = verbs.add_parser("encode", help="print the frame that shows TEXT, as hex")
    encode.add_argument("family", metavar="FAMILY", help=", ".join(DRIVERS))
    encode.add_argument("text", metavar="TEXT")
    encode.add_argument("--address", required=True, help="decimal, or hex with 0x: candle 32-127, alpha 0-255")
    encode.add_argument("--blink", type=int, default=0, metavar="TIMES", help="blink before standing still")
    return top


def encode_text(family: str, address: str, text: str, blink: int) -> str:
    """Hex pairs of one frame. Raises `usage`, `malformed`, `bad_glyph` or `text_too_long`."""
    row = driver(family)
    try:
        number = int(address, 0)
    except ValueError:
        raise Rejected("usage", f"--address {address!r} is not a number") from None
    if blink < 0:
        raise Rejected("usage", "--blink must not be negative")
    face = Face(row.fitted_to(text, row.capabilities.cells_max), blink)
    return row.once(row.check_address(number), face).hex(" ")


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command; 0, or 2 with `motcua: error[code]: …` on stderr."""
    options = parser().parse_args(argv)
    try:
        sys.stdout.write(encode_text(options.family, options.address, options.text, options.blink) + "\n")
    except Rejected as error:
        sys.stderr.write(f"motcua: error[{error.code}]: {error.detail}\n")
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
