"""`motcua token ROLE`: a sign-in link for a browser, and a bearer token for scripts on the last line."""

import sys
from collections.abc import Sequence
from pathlib import Path

from contracts.errors import Rejected
from contracts.messages.counters import COUNTER_N_MAX
from contracts.roles import Role
from queue_server.access.office_access import CODE_S, Access
from runtime.cli_options import HTTP_DEFAULT, CodedParser
from runtime.paths import DataDir

DAYS_DEFAULT = 30
DAYS_MAX = 3660
ROLES = tuple(role.value for role in Role if role is not Role.ANONYMOUS)


def _parser() -> CodedParser:
    parser = CodedParser(prog="motcua token", description="A sign-in link and a bearer token.", allow_abbrev=False)
    parser.add_argument("role", choices=ROLES, help="what the token may do")
    parser.add_argument("--counter", type=int, metavar="N", help="a clerk who may act at this counter only")
    parser.add_argument("--data", type=Path, default=Path("data"), metavar="DIR", help="data directory; default ./data")
    parser.add_argument(
        "--http", metavar="HOST:PORT", help=f"for the link; default the running server's, else {HTTP_DEFAULT}"
    )
    parser.add_argument("--days", type=int, default=DAYS_DEFAULT, metavar="N", help=f"default {DAYS_DEFAULT}")
    return parser


def main(argv: Sequence[str]) -> int:
    """Raises Rejected `usage` or `data_unwritable`."""
    words = list(argv)
    if words[:1] == ["token"]:
        words = words[1:]
    options = _parser().parse_args(words)
    if options.counter is not None and options.role != Role.CLERK:
        raise Rejected("usage", "--counter goes with the role clerk only")
    if options.counter is not None and not 1 <= options.counter <= COUNTER_N_MAX:
        raise Rejected("usage", f"--counter must be 1-{COUNTER_N_MAX}")
    if not 1 <= options.days <= DAYS_MAX:
        raise Rejected("usage", f"--days must be 1-{DAYS_MAX}")
    if not options.data.is_dir():
        raise Rejected("file_unreadable", f"{options.data} is not there: start the office first, or check --data")
    access, role = Access.open(options.data), Role(options.role)
    # The code stands in the fragment: a browser never sends that part to a server, a proxy or a log.
    link = f"http://{options.http or _running(options.data)}/sign-in#{access.code(role, options.counter)}"
    sys.stdout.write(f"sign-in link, once, within {CODE_S // 60} minutes: {link}\n")
    sys.stdout.write(f"{access.bearer(role, options.counter, options.days)}\n")
    return 0


def _running(data: Path) -> str:
    """Where the web server of this office listens, as `up` noted it."""
    try:
        return DataDir(data).http_address.read_text().strip() or HTTP_DEFAULT
    except OSError:
        return HTTP_DEFAULT
