"""A report as a CSV file: UTF-8 with BOM, which Excel needs to read Vietnamese; no cell is taken for a formula."""

import csv
import io

from contracts.settings import Office, say
from queue_server.application.waits import By, WaitsReport, WaitsRow
from runtime.i18n import Catalog

BOM = "﻿"
_DANGEROUS = ("=", "+", "-", "@", "\t", "\r", "\n", "|", "%")


def safe(cell: str) -> str:
    """A cell that a spreadsheet shows and never runs (OWASP, CSV injection)."""
    return f"'{cell}" if cell.startswith(_DANGEROUS) else cell


def names_of(office: Office, by: By, value: str, lang: str) -> str:
    """What a person calls this value of a grouping."""
    if by is By.SERVICE:
        service = office.service_by_code(value)
        return f"{value} {say(service.name, lang)}" if service else value
    if by is By.COUNTER:
        counter = office.counter_by_n(int(value)) if value else None
        return say(counter.name, lang) if counter else value
    if by is By.PRIORITY:
        row = next((p for p in office.priority if p.code == value), None)
        return say(row.name, lang) if row else Catalog.load(lang).text("web.priority.normal")
    return f"{value}:00" if by is By.HOUR else value


def csv_of(report: WaitsReport, office: Office, lang: str) -> bytes:
    """The file. Minutes with one decimal; the definitions stand below the rows."""
    catalog = Catalog.load(lang)
    out = io.StringIO()
    write = csv.writer(out, lineterminator="\r\n")
    write.writerow([catalog.text(f"web.report.{by.value}") for by in report.by] + _heads(catalog))
    for row in report.rows:
        names = [names_of(office, by, value, lang) for by, value in zip(report.by, row.key, strict=True)]
        write.writerow([safe(name) for name in names] + _figures(row))
    blanks = [""] * max(0, len(report.by) - 1)
    total = [catalog.text("web.report.total"), *blanks] if report.by else []
    write.writerow(total + _figures(report.total))
    write.writerow([])
    period = catalog.text("web.report.period", first=report.first.isoformat(), last=report.last.isoformat())
    for line in (period, *report.definitions.values()):
        write.writerow([safe(line)])
    return (BOM + out.getvalue()).encode()


def _heads(catalog: Catalog) -> list[str]:
    names = ("issued", "called", "no_shows", "mean", "median", "p90", "within")
    return [catalog.text(f"web.report.{name}") for name in names]


def _figures(row: WaitsRow) -> list[str]:
    minutes = ["" if value is None else f"{value / 60:.1f}" for value in (row.mean_s, row.median_s, row.p90_s)]
    share = "" if row.within_target is None else f"{row.within_target * 100:.1f} %"
    return [str(row.issued), str(row.called), str(row.no_shows), *minutes, share]
