"""The rule of routing in one sentence, as a poster says it (docs/routing.md)."""

from contracts.settings import Office
from runtime.i18n import Catalog


def poster(office: Office, catalog: Catalog) -> str:
    """How this office orders its queue, with its own figures."""
    queue, rows = office.queue, office.priority
    figures = {
        "minutes": _range([row.head_start_min for row in rows]),
        "ratio": _range([row.ratio for row in rows]),
        "rate": _range([row.rate for row in rows]),
    }
    return catalog.text(f"routing.{queue.policy}", max=queue.overtaken_max, **figures)


def _range(values: list[float] | list[int]) -> str:
    """[10, 15] → "10–15"; no class → "0"."""
    low, high = min(values, default=0), max(values, default=0)
    return f"{low:g}" if low == high else f"{low:g}–{high:g}"
