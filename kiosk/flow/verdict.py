"""The first sentence about a dossier, by its national state (domain.md §3) and its timeliness; and its step line."""

from dataclasses import dataclass
from enum import StrEnum

from contracts.messages.dossiers import Timeliness


class Tone(StrEnum):
    """How a verdict looks; the words say it as well."""

    GOOD = "good"
    INFO = "info"
    WARN = "warn"
    BAD = "bad"


class Progress(StrEnum):
    """One stop of the step line."""

    DONE = "done"
    CURRENT = "current"
    TODO = "todo"
    STOPPED = "stopped"


@dataclass(frozen=True)
class Verdict:
    """`key` = `dossier.verdict.<key>`."""

    key: str
    tone: Tone


UNKNOWN = Verdict("unknown", Tone.INFO)
_ON_TIME = {
    1: Verdict("registered", Tone.INFO),
    2: Verdict("received", Tone.GOOD),
    3: Verdict("refused", Tone.WARN),
    4: Verdict("working", Tone.GOOD),
    5: Verdict("supplement", Tone.WARN),
    6: Verdict("payment", Tone.WARN),
    7: Verdict("withdrawn", Tone.INFO),
    8: Verdict("stopped", Tone.WARN),
    9: Verdict("ready", Tone.GOOD),
    10: Verdict("returned", Tone.GOOD),
}
_LATE = {
    2: Verdict("received_late", Tone.BAD),
    4: Verdict("working_late", Tone.BAD),
    5: Verdict("supplement_late", Tone.BAD),
    6: Verdict("payment_late", Tone.BAD),
    9: Verdict("ready_late", Tone.GOOD),
}
_NO_DUE = {2: Verdict("received_no_due", Tone.INFO), 4: Verdict("working_no_due", Tone.INFO)}

_D, _C, _T, _S = Progress.DONE, Progress.CURRENT, Progress.TODO, Progress.STOPPED
_STEPS = {
    1: (_C, _T, _T),
    2: (_D, _C, _T),
    3: (_S, _T, _T),
    4: (_D, _C, _T),
    5: (_D, _C, _T),
    6: (_D, _C, _T),
    7: (_D, _S, _T),
    8: (_D, _S, _T),
    9: (_D, _D, _C),
    10: (_D, _D, _D),
}


def verdict(state: int, timeliness: Timeliness) -> Verdict:
    """The verdict; a state or timeliness nobody knows is told as unknown or as not late."""
    usual = _ON_TIME.get(state, UNKNOWN)
    if timeliness in (Timeliness.LATE, Timeliness.DONE_LATE):
        return _LATE.get(state, usual)
    if timeliness not in (Timeliness.ON_TIME, Timeliness.DONE_ON_TIME):
        return _NO_DUE.get(state, usual)
    return usual


def steps(state: int) -> tuple[Progress, Progress, Progress]:
    """Received, being worked on, result."""
    return _STEPS.get(state, (_T, _T, _T))
