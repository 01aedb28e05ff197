"""The conversation about dossiers: a scanned receipt and what may be shown of it."""

from datetime import datetime
from typing import Annotated

import msgspec

from contracts.messages.common import OpenEnum
from contracts.messages.tickets import CommandId

DOSSIER_CODE_CHARS_MAX = 64


class Timeliness(OpenEnum):
    """Computed from the due date, never a state of the dossier itself (domain.md §3)."""

    ON_TIME = "on_time"  # not finished, not yet due
    LATE = "late"  # not finished, past due
    DONE_ON_TIME = "done_on_time"
    DONE_LATE = "done_late"
    NO_DUE = "no_due"
    UNKNOWN = "unknown"


class LookupDossier(msgspec.Struct, frozen=True, kw_only=True):
    """Show the state of the dossier with this code."""

    id: CommandId
    code: Annotated[str, msgspec.Meta(min_length=1, max_length=DOSSIER_CODE_CHARS_MAX)]
    secret: Annotated[str, msgspec.Meta(max_length=16)] | None = None  # second factor, where the office asks for it


class DossierView(msgspec.Struct, frozen=True):
    """What a citizen may see of a dossier. The name is masked; no phone, no card number."""

    code: str
    procedure_code: str
    procedure_name: str
    applicant_masked: str
    unit: str  # handling unit (DonViXuLy)
    state: int  # national state 1-10 (domain.md §3)
    timeliness: Timeliness
    received_at: datetime | None
    due_at: datetime | None
    finished_at: datetime | None
    next_step: str  # i18n key "dossier.next.<…>": what to do next
    service: str | None = None  # service code to take a ticket for, where there is one
    note: str = ""
