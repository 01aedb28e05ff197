"""How an expected wait is said: p10 rounded down to 5 minutes – p90 rounded up (wait-estimates.md, Show)."""

from contracts.messages.common import Estimate

STEP_MIN = 5


def wait_key(estimate: Estimate | None, reason: str | None = None) -> tuple[str, dict[str, int]]:
    """(text key, parameters) of assets/i18n: a range, "under five minutes", or why there is no figure."""
    if estimate is None:
        return ("common.wait.no_counter" if reason == "no_counter" else "common.wait.none"), {}
    low = estimate.low_s // 60 // STEP_MIN * STEP_MIN
    high = -(-estimate.high_s // (60 * STEP_MIN)) * STEP_MIN
    if high <= STEP_MIN:
        return "common.wait.under", {"high": STEP_MIN}
    if low == 0:
        return "common.wait.under", {"high": high}
    return "common.wait.range", {"low": low, "high": high}
