"""`motcua ticket render NUMBER --out FILE.png|.bin`: one ticket drawn by hand, nothing is issued."""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from contracts.errors import Rejected
from contracts.ids import parse_ticket_number
from contracts.settings.model import Office, say
from kiosk.printing.content import TicketContent
from kiosk.printing.escpos import raster_job
from kiosk.printing.layout import PAPERS, render
from runtime.cli_options import SAMPLE_OFFICE, CodedParser, run_command
from runtime.config import load_office
from runtime.i18n import Catalog, languages


def main(argv: Sequence[str]) -> int:
    """Draw the ticket as a picture (.png) or as the bytes a printer gets (.bin)."""
    options = _parser().parse_args(argv)
    out: Path = options.out
    if out.suffix not in {".png", ".bin"}:
        raise Rejected("usage", f"--out {out}: name it FILE.png or FILE.bin")
    letter, _ = parse_ticket_number(options.number)
    content = _sample(load_office(options.office), letter, options.number.strip().upper(), options)
    picture = render(content, PAPERS[options.width])
    try:
        if out.suffix == ".png":
            picture.save(out, "PNG", dpi=(203, 203))
        else:
            out.write_bytes(raster_job(picture))
    except OSError as error:
        raise Rejected("data_unwritable", f"{out}: {error.strerror}") from error
    return 0


def _parser() -> CodedParser:
    parser = CodedParser(prog="motcua ticket", description="Tickets by hand.", allow_abbrev=False)
    verbs = parser.add_subparsers(required=True, metavar="render")
    verb = verbs.add_parser("render", help="draw one ticket", allow_abbrev=False)
    verb.add_argument("number", metavar="NUMBER", help="ticket number, A001")
    verb.add_argument("--out", type=Path, required=True, metavar="FILE", help="FILE.png or FILE.bin (ESC/POS)")
    verb.add_argument("--office", type=Path, default=SAMPLE_OFFICE, metavar="FILE", help="office file (TOML)")
    verb.add_argument("--service", metavar="TEXT", help="service name; default: the office's, by the letter")
    verb.add_argument("--lang", choices=languages(), default="vi")
    verb.add_argument("--width", type=int, choices=sorted(PAPERS), default=80, help="paper in mm; default 80")
    verb.add_argument("--ahead", type=int, metavar="N", help="people ahead; left out: not printed")
    verb.add_argument("--priority", action="store_true", help="with the priority mark")
    verb.add_argument("--url", metavar="URL", help="address in the QR code; left out: no code")
    return parser


def _sample(office: Office, letter: str, number: str, options: Namespace) -> TicketContent:
    """The ticket that office would print now."""
    lang: str = options.lang
    text = Catalog.load(lang).text
    now = datetime.now(ZoneInfo(office.office.timezone))
    names = {service.code: say(service.name, lang) for service in office.service}
    return TicketContent(
        number=number,
        office_name=say(office.office.name, lang),
        service_name=options.service or names.get(letter, ""),
        issued_date=f"{now:%d/%m/%Y}",
        issued_time=f"{now:%H:%M}",
        number_label=text("ticket.paper_label"),
        ahead_text=None if options.ahead is None else _sentence(text("common.people_ahead", count=options.ahead)),
        priority_text=text("ticket.priority") if options.priority else None,
        qr_url=options.url,
        qr_caption=text("ticket.follow"),
        hotline_text=text("kiosk.hotline", number=office.office.hotline) if office.office.hotline else None,
        footer=say(office.office.slogan, lang) if office.office.slogan else None,
        lang=lang,
    )


def _sentence(words: str) -> str:
    return words[:1].upper() + words[1:]


if __name__ == "__main__":
    run_command(main)
