"""What stands around every screen: office, clock, languages above; hotline and slogan below."""

from dataclasses import dataclass

from kiosk.flow.now import Now
from kiosk.flow.state import State
from kiosk.flow.words import EMPTY, Plain, Text, Words


@dataclass(frozen=True)
class Language:
    """One language button; its label is in that language's own letters."""

    lang: str
    label: Words
    chosen: bool


@dataclass(frozen=True)
class FrameView:
    """The bar above and the line below."""

    office: Words
    date: Words
    clock: Words
    languages: tuple[Language, ...]
    contrast: bool
    hotline: Words
    slogan: Words


def view(state: State, now: Now) -> FrameView:
    """The frame at `now`; it changes once a minute."""
    setup, local = state.setup, state.setup.local(now.wall)
    weekday = Text(f"kiosk.weekday.{local.weekday()}")
    return FrameView(
        office=setup.short_name,
        date=Text("kiosk.date", {"weekday": weekday, "date": Plain(local.strftime("%d/%m/%Y"))}),
        clock=Plain(local.strftime("%H:%M")),
        languages=tuple(Language(code, Plain(code.upper()), code == state.visit.lang) for code in setup.languages),
        contrast=state.visit.contrast,
        hotline=Text("kiosk.hotline", {"number": Plain(setup.hotline)}) if setup.hotline else EMPTY,
        slogan=setup.slogan or EMPTY,
    )
