"""`motcua scan IMAGE…`: a JSON line for each picture; exit 2 when one is not readable as a picture."""

import json
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from contracts.errors import Rejected
from kiosk.scanning.decode import decode
from kiosk.scanning.pictures import load_grey
from runtime.cli_options import CodedParser, report, run_command


def main(argv: Sequence[str]) -> int:
    """Print `{"file","text","symbology","ms"}` for each picture; text null when no barcode was read."""
    parser = CodedParser(prog="motcua scan", description="read barcodes from pictures", allow_abbrev=False)
    parser.add_argument("image", nargs="+", type=Path)
    exit_code = 0
    for path in parser.parse_args(argv).image:
        try:
            _scan(path)
        except Rejected as rejected:
            exit_code = max(exit_code, report(rejected))
    return exit_code


def _scan(path: Path) -> None:
    grey = load_grey(path)
    started = time.perf_counter()
    scan = decode(grey)
    line = {
        "file": str(path),
        "text": scan.text if scan else None,
        "symbology": str(scan.symbology) if scan else None,
        "ms": round((time.perf_counter() - started) * 1000, 1),
    }
    sys.stdout.write(json.dumps(line, ensure_ascii=False) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    run_command(main)
