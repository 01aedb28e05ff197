"""`motcua sign encode FAMILY --address N TEXT`: the frame that shows TEXT, as hex."""

import sys
from collections.abc import Sequence

from contracts.errors import Rejected
from firmware_bridge.protocols.registry import DRIVERS, Face, driver
from runtime.cli_options import CodedParser, run_command


def parser() -> CodedParser:
    """The command line of `motcua sign`."""
    top = CodedParser(prog="motcua sign", description="LED sign protocols by hand")
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


def main(argv: Sequence[str]) -> int:
    """Run the command; a refusal is a Rejected."""
    options = parser().parse_args(argv)
    sys.stdout.write(encode_text(options.family, options.address, options.text, options.blink) + "\n")
    return 0


if __name__ == "__main__":
    run_command(main)
