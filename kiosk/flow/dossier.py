"""A scanned receipt: ask the server, then say how the dossier stands, the verdict first."""

from dataclasses import dataclass, replace
from datetime import datetime

from contracts.messages.dossiers import DossierView as Dossier
from contracts.messages.dossiers import LookupDossier, Timeliness
from contracts.messages.replies import Reply
from kiosk.flow import notice
from kiosk.flow.effects import SendCommand
from kiosk.flow.events import DossierScanned
from kiosk.flow.now import Now
from kiosk.flow.state import Screen, State, Step, go, stay, with_visit
from kiosk.flow.verdict import Progress, Tone, steps, verdict
from kiosk.flow.words import EMPTY, Local, Plain, Text, Words

NEXT_STEPS = frozenset(
    {
        "wait_acceptance", "wait_until_due", "ask_about_delay", "bring_papers", "pay_fee", "collect_result",
        "take_back_papers", "ask_why_refused", "ask_why_stopped", "nothing", "ask_staff",
    }
)  # fmt: skip
"""The last level of `dossier.next.<…>` that this kiosk has words for; any other is told as "ask_staff"."""
NOTE_CHARS_MAX = 160
_STEP_NAMES = ("received", "working", "result")


@dataclass(frozen=True)
class Stop:
    """One stop of the step line."""

    name: Words
    progress: Progress
    first: bool
    last: bool


@dataclass(frozen=True)
class Fact:
    """One row of the table; `tone` only where the value is a judgement."""

    label: Words
    value: Words
    tone: Tone | None = None


@dataclass(frozen=True)
class DossierPicture:
    """What the dossier screen shows. While `looking` only the title counts."""

    looking: bool
    title: Words
    tone: Tone
    stops: tuple[Stop, ...]
    facts: tuple[Fact, ...]
    next_label: Words
    next_step: Words
    note: Words
    service: str | None
    take: Words
    asking: bool
    home: Words
    leaving: Words


def scanned(state: State, event: DossierScanned, now: Now) -> Step:
    """A scanner read a dossier code, on whatever screen."""
    looking = state.visit.looking
    if state.visit.asked is not None or (looking is not None and looking.code == event.code):
        return stay(state)
    if not state.alive:
        code = "lookup_away" if state.serves(now) else "server_away"
        return stay(state) if state.screen is Screen.AWAY else notice.show(state, code, now)
    message = LookupDossier(id=event.command_id, code=event.code)
    changed = with_visit(state, looking=message, dossier=None, ticket=None, job_id=None)
    return go(changed, Screen.DOSSIER, now, SendCommand("lookup-dossier", message))


def replied(state: State, reply: Reply, now: Now) -> Step:
    """The server's answer to the look-up."""
    settled = with_visit(state, looking=None)
    if not reply.ok or reply.dossier is None:
        return notice.show(settled, reply.error.code if reply.error else "internal", now)
    shown = with_visit(settled, dossier=reply.dossier)
    return go(replace(shown, touched_s=now.mono_s), Screen.DOSSIER, now)


def unanswered(state: State, now: Now) -> Step:
    """No answer in time."""
    return notice.show(with_visit(state, looking=None), "no_answer", now)


def view(state: State, _now: Now) -> DossierPicture:
    """What the dossier screen shows now."""
    dossier = state.visit.dossier
    if dossier is None:
        return _blank(state)
    found = verdict(dossier.state, dossier.timeliness)
    service = state.setup.service(dossier.service)
    return replace(
        _blank(state),
        looking=False,
        title=Text(f"dossier.verdict.{found.key}"),
        tone=found.tone,
        stops=tuple(
            Stop(Text(f"dossier.step.{name}"), progress, name == _STEP_NAMES[0], name == _STEP_NAMES[-1])
            for name, progress in zip(_STEP_NAMES, steps(dossier.state), strict=True)
        ),
        facts=_facts(state, dossier),
        next_step=_next_step(dossier.next_step),
        note=Text("dossier.note", {"note": Plain(dossier.note[:NOTE_CHARS_MAX])}) if dossier.note else EMPTY,
        service=service.code if service else None,
        take=Text("kiosk.dossier.take", {"service": Local(service.name)}) if service else EMPTY,
        asking=state.visit.asked is not None,
    )


def _blank(state: State) -> DossierPicture:
    return DossierPicture(
        looking=True,
        title=Text("kiosk.dossier.looking"),
        tone=Tone.INFO,
        stops=(),
        facts=(),
        next_label=Text("dossier.next.label"),
        next_step=EMPTY,
        note=EMPTY,
        service=None,
        take=EMPTY,
        asking=False,
        home=Text("kiosk.button.home"),
        leaving=Text("kiosk.dossier.leaving", {"seconds": round(state.setup.home_s)}),
    )


def _next_step(key: str) -> Words:
    last = key.removeprefix("dossier.next.")
    return Text(f"dossier.next.{last if last in NEXT_STEPS else 'ask_staff'}")


def _facts(state: State, dossier: Dossier) -> tuple[Fact, ...]:
    rows = [
        Fact(Text("dossier.fact.code"), Plain(dossier.code)),
        Fact(Text("dossier.fact.procedure"), Plain(dossier.procedure_name)),
        Fact(Text("dossier.fact.applicant"), Plain(dossier.applicant_masked)),
        Fact(Text("dossier.fact.unit"), Plain(dossier.unit)),
        Fact(Text("dossier.fact.received"), _when(state, dossier.received_at)),
        Fact(Text("dossier.fact.due"), _when(state, dossier.due_at)),
        Fact(Text("dossier.fact.finished"), _when(state, dossier.finished_at)),
    ]
    kept = [row for row in rows if row.value != EMPTY]
    if dossier.timeliness in (Timeliness.ON_TIME, Timeliness.LATE, Timeliness.DONE_ON_TIME, Timeliness.DONE_LATE):
        late = dossier.timeliness in (Timeliness.LATE, Timeliness.DONE_LATE)
        word = Text(f"dossier.time.{dossier.timeliness}")
        kept.append(Fact(Text("dossier.fact.timeliness"), word, Tone.BAD if late else Tone.GOOD))
    return tuple(kept)


def _when(state: State, at: datetime | None) -> Words:
    return Plain(state.setup.local(at).strftime("%H:%M, %d/%m/%Y")) if at else EMPTY
