"""What a citizen may see of a dossier: state, promise, and what to do next. Pure; the time is an argument."""

import re
import unicodedata
from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum

from contracts.messages.dossiers import DossierView, Timeliness
from queue_server.dossiers.records import DossierRecord

REGISTERED, ACCEPTED, REFUSED, PROCESSING, SUPPLEMENT = 1, 2, 3, 4, 5
FEE, WITHDRAWN, STOPPED, FINISHED, RETURNED = 6, 7, 8, 9, 10
_ENDED = frozenset({REFUSED, WITHDRAWN, STOPPED, FINISHED, RETURNED})
_NOTE_SHOWN = frozenset({REFUSED, SUPPLEMENT, FEE, STOPPED})  # where the note tells the citizen what to do
_LONG_NUMBER = re.compile(r"[0-9](?:[ .-]?[0-9]){5,}")


class NextStep(StrEnum):
    """i18n keys of the sentence that says what to do."""

    WAIT_ACCEPTANCE = "dossier.next.wait_acceptance"
    WAIT_UNTIL_DUE = "dossier.next.wait_until_due"
    ASK_ABOUT_DELAY = "dossier.next.ask_about_delay"
    BRING_PAPERS = "dossier.next.bring_papers"
    PAY_FEE = "dossier.next.pay_fee"
    COLLECT_RESULT = "dossier.next.collect_result"
    TAKE_BACK_PAPERS = "dossier.next.take_back_papers"
    ASK_WHY_REFUSED = "dossier.next.ask_why_refused"
    ASK_WHY_STOPPED = "dossier.next.ask_why_stopped"
    NOTHING = "dossier.next.nothing"


class Role(StrEnum):
    """Which kind of service a next step leads to (role of a [[service]] row)."""

    SUBMIT = "submit"  # the service of the dossier's own field
    RESULT = "result"
    GUIDE = "guide"


_STEPS: Mapping[int, tuple[NextStep, Role | None]] = {
    REGISTERED: (NextStep.WAIT_ACCEPTANCE, Role.SUBMIT),
    ACCEPTED: (NextStep.WAIT_UNTIL_DUE, None),
    REFUSED: (NextStep.ASK_WHY_REFUSED, Role.GUIDE),
    PROCESSING: (NextStep.WAIT_UNTIL_DUE, None),
    SUPPLEMENT: (NextStep.BRING_PAPERS, Role.SUBMIT),
    FEE: (NextStep.PAY_FEE, Role.SUBMIT),
    WITHDRAWN: (NextStep.TAKE_BACK_PAPERS, Role.RESULT),
    STOPPED: (NextStep.ASK_WHY_STOPPED, Role.GUIDE),
    FINISHED: (NextStep.COLLECT_RESULT, Role.RESULT),
    RETURNED: (NextStep.NOTHING, None),
}


class Desk:
    """Which service code serves a field or a role in this office."""

    def __init__(self, by_field: Mapping[str, str], result: str | None, guide: str | None) -> None:
        self._by_field = {fold(field): code for field, code in by_field.items()}
        self._result, self._guide = result, guide

    def service(self, role: Role | None, field_name: str) -> str | None:
        """The service to take a ticket for; the guide desk where the field has no service of its own."""
        if role is Role.SUBMIT:
            return self._by_field.get(fold(field_name), self._guide)
        return {Role.RESULT: self._result, Role.GUIDE: self._guide}.get(role) if role else None


def fold(text: str) -> str:
    """The form in which field names are compared: composed, lower case, single blanks."""
    return " ".join(unicodedata.normalize("NFC", text).casefold().split())


def timeliness(record: DossierRecord, now: datetime) -> Timeliness:
    """On time or late by the due moment (QĐ 766/QĐ-TTg 2.1: end = processed, else returned, else stopped).

    A dossier that ended at an unknown moment was on time when its due moment is still ahead; otherwise nobody
    can tell: UNKNOWN.
    """
    if record.due_at is None:
        return Timeliness.NO_DUE
    if record.state not in _ENDED:
        return Timeliness.ON_TIME if now <= record.due_at else Timeliness.LATE
    end = record.finished_at or record.returned_at
    if end is None:
        return Timeliness.DONE_ON_TIME if now <= record.due_at else Timeliness.UNKNOWN
    return Timeliness.DONE_ON_TIME if end <= record.due_at else Timeliness.DONE_LATE


def view_of(record: DossierRecord, now: datetime, desk: Desk) -> DossierView:
    """The view of a dossier at `now` (with offset): no phone, no card number, no full name."""
    when = timeliness(record, now)
    step, role = _STEPS[record.state]
    if step is NextStep.WAIT_UNTIL_DUE and when is Timeliness.LATE:
        step, role = NextStep.ASK_ABOUT_DELAY, Role.GUIDE
    return DossierView(
        code=record.code,
        procedure_code=record.procedure_code,
        procedure_name=record.procedure_name,
        applicant_masked=mask_name(record.applicant),
        unit=record.unit,
        state=record.state,
        timeliness=when,
        received_at=record.received_at,
        due_at=record.due_at,
        finished_at=record.finished_at or record.returned_at if record.state in _ENDED else None,
        next_step=step.value,
        service=desk.service(role, record.field_name),
        note=mask_note(record.note, record.applicant) if record.state in _NOTE_SHOWN else "",
    )


def mask_name(name: str) -> str:
    """ "NGUYỄN VĂN AN" → "NGUYỄN V** A*": enough to know one's own, not enough to learn another's."""
    words = unicodedata.normalize("NFC", name).split()
    masked = [word[0] + "*" * max(1, len(word) - 1) for word in words]
    return " ".join([words[0], *masked[1:]]) if len(words) > 1 else "".join(masked)


def mask_note(note: str, applicant: str) -> str:
    """A clerk's note without what may identify somebody: long numbers, and the applicant's name."""
    text = _LONG_NUMBER.sub("***", unicodedata.normalize("NFC", note))
    name = unicodedata.normalize("NFC", applicant).strip()
    return re.sub(re.escape(name), mask_name(name), text, flags=re.IGNORECASE) if name else text
