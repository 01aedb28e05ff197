"""THE table of verbs. Only the standard library, so that `--help` works before anything is installed."""

import difflib
from dataclasses import dataclass

NEEDS = ("", "run", "dev")


@dataclass(frozen=True)
class CliVerb:
    """`words` as typed ("ticket render"), the module run with `args` before the user's own, what must be installed."""

    words: str
    module: str
    help: str
    needs: str = "run"
    args: tuple[str, ...] = ()


_ROWS = (
    CliVerb("up", "runtime.cli.up", "start a whole office on this machine"),
    CliVerb("server", "queue_server", "one part: the queue server"),
    CliVerb("kiosk", "kiosk", "one part: a touch kiosk"),
    CliVerb("board", "displays.tv", "one part: a TV board"),
    CliVerb("signs", "displays.signs", "one part: what the LED signs show"),
    CliVerb("bridge", "firmware_bridge", "one part: serial signs, buttons, announcements"),
    CliVerb("token", "queue_server.access", "print a bearer token for a role", args=("token",)),
    CliVerb("dossiers import", "queue_server.dossiers", "import dossiers from CSV, XLSX or JSON", args=("import",)),
    CliVerb("doctor", "runtime.doctor", "is this office well? [--json]"),
    CliVerb("rebuild-check", "queue_server.adapters.store", "replay the journal and compare it with the tables"),
    CliVerb("report", "queue_server.reports", "waits by service and hour, as JSON or CSV"),
    CliVerb("scan", "kiosk.scanning", "read barcodes from pictures, a JSON line each"),
    CliVerb("ticket render", "kiosk.printing", "draw one ticket as PNG or printer bytes", args=("render",)),
    CliVerb("say", "firmware_bridge.speech", "print an announcement, write or play it", args=("say",)),
    CliVerb("voice build", "firmware_bridge.speech", "build a voice pack", args=("build",)),
    CliVerb("sign encode", "firmware_bridge.protocols", "the bytes of a sign message, as hex", args=("encode",)),
    CliVerb("sim printer", "kiosk.printing.simulator", "a simulated receipt printer on a TCP port"),
    CliVerb("sim", "firmware_bridge.simulators", "a simulated device: sign-candle, sign-alpha, buttons, scanner"),
    CliVerb("test", "runtime.cli.test", "run the tests: [--quick|--long] [pytest arguments]", "dev"),
    CliVerb("check", "runtime.cli.check", "lint, format, types, imports, generated docs", "dev"),
    CliVerb("bench", "runtime.cli.bench", "run the benchmarks, or the named one", "dev"),
    CliVerb("bless", "runtime.cli.bless", "accept the present output as the new goldens", "dev"),
    CliVerb("install", "runtime.cli.install", "install what is missing and stop [--dev]"),
    CliVerb("version", "runtime.cli.version", "print the version", ""),
)

VERBS: dict[str, CliVerb] = {row.words: row for row in _ROWS}


def find(words: list[str]) -> tuple[CliVerb, list[str]] | None:
    """The verb that `words` begin with (the longest one) and the words after it; None when there is none."""
    for length in (2, 1):
        verb = VERBS.get(" ".join(words[:length])) if len(words) >= length else None
        if verb is not None:
            return verb, words[length:]
    return None


def nearest(words: list[str]) -> str | None:
    """The valid verb most like what was typed, or None when nothing is."""
    names = list(VERBS)
    for typed in (" ".join(words[:2]), words[0] if words else ""):
        close = difflib.get_close_matches(typed, names, n=1, cutoff=0.5)
        if close:
            return close[0]
    return next((name for name in names if words and name.split()[0] == words[0]), None)


def help_text() -> str:
    """What `motcua --help` prints: a line a verb."""
    width = max(map(len, VERBS))
    lines = [f"  {row.words:<{width}}  {row.help}" for row in _ROWS]
    head = "usage: motcua VERB [options]      motcua VERB --help tells the options of one verb\n"
    return "\n".join((head, *lines, "", "  --yes  install what is missing without asking"))
