"""What a printed ticket says: the server's answer in the visitor's language."""

from contracts.messages.common import IssuedTicket
from kiosk.flow.setup import Setup
from kiosk.flow.state import NORMAL
from kiosk.flow.ticket import ahead, follow_url, wait
from kiosk.flow.words import EMPTY, Local, Plain, Sentence, Text, Words, say
from kiosk.printing.content import TicketContent
from runtime.i18n import Catalog


def content_of(setup: Setup, ticket: IssuedTicket, *, offline: bool = False) -> TicketContent:
    """The ticket, ready to lay out; `offline`: the server does not know it yet.

    Raises Rejected when a text of the office file is too long for paper.
    """
    catalog = Catalog.load(ticket.lang)

    def words(what: Words) -> str:
        return say(what, ticket.lang, catalog.text)

    service = setup.service(ticket.service)
    at = setup.local(ticket.issued_at)
    return TicketContent(
        number=ticket.number,
        office_name=words(setup.office_name),
        service_name=words(Local(service.name) if service else Plain(ticket.service)),
        issued_date=at.strftime("%d/%m/%Y"),
        issued_time=at.strftime("%H:%M"),
        number_label=words(Text("ticket.paper_label")),
        ahead_text=None if offline else words(ahead(ticket.position)),
        wait_text=words(Text("ticket.offline.hint") if offline else Sentence(wait(ticket))),
        notice_text=words(Text("ticket.offline")) if offline else None,
        priority_text=words(Text("ticket.priority")) if ticket.priority != NORMAL else None,
        qr_url=None if offline else follow_url(setup.public_url, ticket) or None,
        qr_caption=words(Text("ticket.follow")),
        hotline_text=words(Text("kiosk.hotline", {"number": Plain(setup.hotline)})) if setup.hotline else None,
        footer=words(setup.slogan or EMPTY) or None,
        lang=ticket.lang,
    )
