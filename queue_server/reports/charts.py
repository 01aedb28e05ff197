"""A report as an SVG picture: bars for the median and p90 of each group. No script, nothing from elsewhere."""

import functools
import re

import pygal
from pygal.style import Style

from contracts.settings import Office
from queue_server.application.waits import By, WaitsReport
from queue_server.reports.files import names_of
from runtime.i18n import FALLBACK, Catalog
from runtime.theme import load_theme

_SURPLUS = re.compile(r"<script.*?</script>|<!--.*?-->", re.DOTALL)  # pygal writes both even when told not to
WIDTH = 600
HEIGHT = 400
HEAD, GROUP_HEIGHT = 130, 52
GROUPS_MAX = 40
NAME_CHARS_MAX = 18


@functools.cache
def _style() -> Style:
    day = load_theme("day")
    return Style(
        background="transparent",
        plot_background="transparent",
        foreground=day.muted,
        foreground_strong=day.ink,
        foreground_subtle=day.line,
        colors=(day.brand, day.services["C"]),
        guide_stroke_color=day.line,
        major_guide_stroke_color=day.line,
        font_family="'Be Vietnam Pro', 'Segoe UI', 'Noto Sans', sans-serif",
        title_font_size=20,
        label_font_size=16,
        major_label_font_size=16,
        legend_font_size=16,
        value_font_size=14,
        value_colors=(day.ink, day.ink),
        no_data_font_size=22,
        opacity="1",
        opacity_hover="1",
        transition="none",
    )


def chart_of(report: WaitsReport, office: Office, lang: str) -> bytes:
    """The picture. Its text is real text: it can be read out, found and printed."""
    text = Catalog.load(lang).text
    rows = report.rows[:GROUPS_MAX]
    kind = report.by[0].value if report.by in ((By.SERVICE,), (By.HOUR,)) else "other"
    lying = kind != "hour"  # names need room; hours read from left to right
    chart = (pygal.HorizontalBar if lying else pygal.Bar)(
        js=[],
        no_prefix=True,
        pretty_print=False,
        disable_xml_declaration=True,
        style=_style(),
        width=WIDTH,
        height=HEAD + GROUP_HEIGHT * max(2, len(rows)) if lying else HEIGHT,
        margin=16,
        spacing=12,
        title=text(f"web.report.chart.{kind}"),
        no_data_text=text("web.report.chart.none"),
        legend_at_bottom=True,
        legend_at_bottom_columns=2,
        truncate_legend=-1,
        print_values=not lying,  # beside a lying bar they would stand on top of it; the table has them
        print_values_position="top",
        value_formatter=lambda value: _figure(value, lang),
        show_x_guides=False,
        show_y_guides=True,
        range=(0, _top(report)),
    )
    if lying:
        rows = rows[::-1]  # drawn from below
    chart.x_labels = [_label(report, row.key, office, lang) for row in rows]
    chart.add(text("web.report.chart.median"), [_minutes(row.median_s) for row in rows])
    chart.add(text("web.report.chart.p90"), [_minutes(row.p90_s) for row in rows])
    picture: str = chart.render(is_unicode=True)
    return _SURPLUS.sub("", picture).encode()


def _figure(value: float | None, lang: str) -> str:
    text = "" if value is None else f"{value:.1f}".removesuffix(".0")
    return text.replace(".", ",") if lang == FALLBACK else text


def _top(report: WaitsReport) -> float:
    values = [row.p90_s for row in report.rows if row.p90_s is not None]
    return max(5.0, max(values, default=0.0) / 60 * 1.15)


def _minutes(seconds: float | None) -> float | None:
    return None if seconds is None else round(seconds / 60, 1)


def _label(report: WaitsReport, key: tuple[str, ...], office: Office, lang: str) -> str:
    label = " ".join(names_of(office, by, value, lang) for by, value in zip(report.by, key, strict=True))
    return label if len(label) <= NAME_CHARS_MAX else label[: NAME_CHARS_MAX - 1] + "…"
