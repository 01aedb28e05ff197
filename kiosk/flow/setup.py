"""What of the office file this kiosk needs: read once, never changed while it runs."""

from dataclasses import dataclass
from datetime import datetime, tzinfo
from zoneinfo import ZoneInfo

from contracts.errors import Rejected
from contracts.settings.model import Hours, Office, Priority, Service
from kiosk.flow.words import Local

DEFAULT_LANG = "vi"


@dataclass(frozen=True)
class Setup:
    """The office as one kiosk shows it. Times in seconds."""

    office_name: Local
    short_name: Local
    slogan: Local | None
    hotline: str
    public_url: str
    languages: tuple[str, ...]  # the first is the default
    zone: tzinfo
    services: tuple[Service, ...]  # those this kiosk offers, in the order of the file
    all_services: tuple[Service, ...]
    priorities: tuple[Priority, ...]
    home_s: float  # an untouched screen goes home after this
    ticket_s: float  # how long a printed number stays
    has_printer: bool
    hours: Hours  # of the office; asked without the server
    early_min: int  # how long before its slot a booking is taken

    def service(self, code: str | None) -> Service | None:
        """The service with this code, offered here or not."""
        return next((s for s in self.all_services if s.code == code), None)

    def priority(self, code: str) -> Priority | None:
        """The priority class with this code; None for "normal"."""
        return next((p for p in self.priorities if p.code == code), None)

    def local(self, at: datetime) -> datetime:
        """`at` in the office's time zone."""
        return at.astimezone(self.zone)


def setup_from(office: Office, kiosk_id: str, *, has_printer: bool) -> Setup:
    """The set-up of the kiosk `kiosk_id`. Raises `unknown_device` when the office file has no such row."""
    row = next((k for k in office.kiosk if k.id == kiosk_id), None)
    if row is None:
        names = ", ".join(k.id for k in office.kiosk) or "none"
        raise Rejected("unknown_device", f"no [[kiosk]] {kiosk_id!r} in the office file; there: {names}")
    head = office.office
    offered = tuple(s for s in office.service if not row.services or s.code in row.services)
    return Setup(
        office_name=Local(head.name),
        short_name=Local(head.short_name or head.name),
        slogan=Local(head.slogan) if head.slogan else None,
        hotline=head.hotline,
        public_url=head.public_url,
        languages=tuple(head.languages) or (DEFAULT_LANG,),
        zone=ZoneInfo(head.timezone),
        services=offered,
        all_services=tuple(office.service),
        priorities=tuple(office.priority),
        home_s=office.kiosk_idle.home_s,
        ticket_s=office.kiosk_idle.ticket_s,
        has_printer=has_printer,
        hours=office.hours,
        early_min=office.appointments.early_min,
    )
