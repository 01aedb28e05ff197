"""What no single key can tell: references, doubles, ranges, and prefixes that a configured sign cannot show."""

import difflib
import re
from collections.abc import Callable, Iterable, Iterator
from zoneinfo import ZoneInfo, available_timezones

from contracts.roles import OWN_USERS
from contracts.settings.model import Hours, Office, Text

Problem = tuple[str, str, str | None]  # where, what, nearest valid name

SEVEN_SEGMENT = frozenset("0123456789ABCEFHILOPSU")
"""What the candle counter boards can show (devices.md §1.2, glyph table)."""


def cross_check(office: Office) -> list[Problem]:
    """Every problem between tables."""
    checks: tuple[Callable[[Office], Iterable[Problem]], ...] = (
        _texts, _printable, _public_url, _timezone, _doubles, _own_names, _skills, _counters, _devices, _prefixes,
        _hours, _languages, _classes,
    )  # fmt: skip
    return [problem for check in checks for problem in check(office)]


def _process_ids(office: Office) -> list[str]:
    ids = [k.id for k in office.kiosk] + [b.id for b in office.board]
    return ids + [s.id for s in office.signs] + [b.id for b in office.bridge]


def _users(office: Office) -> list[str]:
    """The rows that become MQTT users."""
    return _process_ids(office) + [d.id for d in office.device if d.kind.startswith("button-")]


def _own_names(office: Office) -> Iterator[Problem]:
    for name in sorted(set(_users(office)) & set(OWN_USERS)):
        yield "id", f"{name!r} is a name of the office's own", None


def _nearest(name: str, names: Iterable[str]) -> str | None:
    return next(iter(difflib.get_close_matches(name, sorted(names), 1)), None)


def _texts(office: Office) -> Iterator[Problem]:
    named: list[tuple[str, Text]] = [("office.name", office.office.name)]
    named += [(f"service[{i}].name", s.name) for i, s in enumerate(office.service)]
    named += [(f"counter[{i}].name", c.name) for i, c in enumerate(office.counter)]
    named += [(f"priority[{i}].name", p.name) for i, p in enumerate(office.priority)]
    named += [(f"result[{i}].name", r.name) for i, r in enumerate(office.result)]
    for where, text in named:
        if not text.get("vi"):
            yield where, "needs a Vietnamese text (vi)", None
        if any(len(value) > 120 for value in text.values()):
            yield where, "is longer than 120 characters", None


def _printable(office: Office) -> Iterator[Problem]:
    """No text that people read holds a control character: it would reach paper, glass and pages."""
    head = office.office
    texts: list[tuple[str, Text | None]] = [
        ("office.name", head.name), ("office.short_name", head.short_name), ("office.slogan", head.slogan),
        ("office.hotline", {"": head.hotline}),
    ]  # fmt: skip
    texts += [(f"service[{i}].name", s.name) for i, s in enumerate(office.service)]
    texts += [(f"counter[{i}].name", c.name) for i, c in enumerate(office.counter)]
    texts += [(f"priority[{i}].name", p.name) for i, p in enumerate(office.priority)]
    texts += [(f"result[{i}].name", r.name) for i, r in enumerate(office.result)]
    for where, text in texts:
        if not all(value.isprintable() for value in (text or {}).values()):
            yield where, "holds a control character or a line break", None


def _public_url(office: Office) -> Iterator[Problem]:
    url = office.office.public_url
    if url and not re.fullmatch(r"https?://[^\s/?#@]+(/[^\s?#]*)?", url):
        yield "office.public_url", f"{url!r} is not an address like http://192.168.1.10:8080", None


def _timezone(office: Office) -> Iterator[Problem]:
    name = office.office.timezone
    try:
        ZoneInfo(name)
    except (KeyError, ValueError, OSError):  # unknown; no relative path; a folder of zones
        yield "office.timezone", f"no time zone {name!r}", _nearest(name, available_timezones())


def _doubles(office: Office) -> Iterator[Problem]:
    lists: list[tuple[str, list[str]]] = [
        ("service.code", [s.code for s in office.service]),
        ("counter.n", [str(c.n) for c in office.counter]),
        ("priority.code", [p.code for p in office.priority]),
        ("result.code", [r.code for r in office.result]),
        ("id", _users(office)),
        ("device.id", [d.id for d in office.device]),
        ("counter.sign", [c.sign for c in office.counter if c.sign]),
    ]
    for where, values in lists:
        for value in sorted({v for v in values if values.count(v) > 1}):
            yield where, f"{value!r} stands there twice", None


def _skills(office: Office) -> Iterator[Problem]:
    codes = {s.code for s in office.service}
    for i, counter in enumerate(office.counter):
        for code in counter.skills:
            if code not in codes:
                yield f"counter[{i}].skills", f"no service {code!r}", _nearest(code, codes)
    for service in office.service:
        if not any(service.code in c.skills for c in office.counter):
            yield "service", f"no counter serves {service.code!r}", None
    for i, kiosk in enumerate(office.kiosk):
        for code in kiosk.services:
            if code not in codes:
                yield f"kiosk[{i}].services", f"no service {code!r}", _nearest(code, codes)


def _counters(office: Office) -> Iterator[Problem]:
    buses = {d.id for d in office.device if d.kind.startswith("sign-")}
    for i, counter in enumerate(office.counter):
        if counter.sign_bus and counter.sign_bus not in buses:
            where = f"counter[{i}].sign_bus"
            yield where, f"no sign device {counter.sign_bus!r}", _nearest(counter.sign_bus, buses)
        if counter.sign_bus and counter.sign_address is None:
            yield f"counter[{i}].sign_address", "is missing", None


def _devices(office: Office) -> Iterator[Problem]:
    hosts = {k.id for k in office.kiosk} | {b.id for b in office.bridge}
    numbers = {c.n for c in office.counter}
    for i, device in enumerate(office.device):
        if device.at not in hosts:
            yield f"device[{i}].at", f"no kiosk or bridge {device.at!r}", _nearest(device.at, hosts)
        for n in device.counters.values():
            if n not in numbers:
                yield f"device[{i}].counters", f"no counter {n}", None


def _prefixes(office: Office) -> Iterator[Problem]:
    if not any(d.kind == "sign-candle" for d in office.device):
        return
    for i, service in enumerate(office.service):
        if service.code not in SEVEN_SEGMENT:
            yield f"service[{i}].code", f"the configured signs cannot show {service.code!r}", None


def _hours(office: Office) -> Iterator[Problem]:
    hours: Hours = office.hours
    named = [("hours.mon_fri", hours.mon_fri), ("hours.sat", hours.sat), ("hours.sun", hours.sun)]
    named += [(f"hours.exceptions.{day}", ranges) for day, ranges in hours.exceptions.items()]
    for where, ranges in named:
        last = "00:00"
        for text in ranges:
            start, end = text.split("-")
            if start >= end or end > "24:00":
                yield where, f"{text!r} does not end after it starts", None
            elif start < last:
                yield where, f"{text!r} overlaps the range before it", None
            last = end
    for day in hours.exceptions:
        if not re.fullmatch(r"\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])", day):
            yield "hours.exceptions", f"{day!r} is not a date like 2026-09-02", None


def _languages(office: Office) -> Iterator[Problem]:
    if "vi" not in office.office.languages:
        yield "office.languages", "must contain vi", None


def _classes(office: Office) -> Iterator[Problem]:
    for i, row in enumerate(office.priority):
        if row.code == "normal":
            yield f"priority[{i}].code", '"normal" is everybody else and has no row', None
