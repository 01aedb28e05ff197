"""The reply to a command: to the actor's own topic, with the command's id."""

from datetime import datetime

import msgspec

from contracts.messages.appointments import AppointmentView
from contracts.messages.common import CounterView, ErrorReply, IssuedTicket, TicketView, Version
from contracts.messages.dossiers import DossierView
from contracts.messages.leases import HandedOver, LeaseGrant


class Reply(msgspec.Struct, frozen=True, kw_only=True):
    """`ok` with what the verb gives, or `error`. A call-next with nobody waiting is ok with `ticket` None."""

    id: str
    verb: str
    ok: bool
    at: datetime  # server time of the reply
    error: ErrorReply | None = None
    issued: IssuedTicket | None = None
    ticket: TicketView | None = None
    counter: CounterView | None = None
    dossier: DossierView | None = None
    lease: LeaseGrant | None = None
    handed: tuple[HandedOver, ...] | None = None
    appointment: AppointmentView | None = None


class Notice(msgspec.Struct, frozen=True):
    """Why a press at this counter came to nothing, for whoever pressed a button that cannot show it."""

    verb: str
    code: str  # of contracts/errors.py
    at: datetime


class CounterSnapshot(msgspec.Struct, frozen=True):
    """A counter's retained state, for its console and its button's lamp."""

    version: Version
    at: datetime
    counter: CounterView
    notice: Notice | None = None  # of the last seconds
