"""What a picture comparison cannot promise: touches become events, targets are large, no text leaves its place."""

from collections.abc import Iterator
from typing import Any

import pytest

from kiosk.flow import events as e
from kiosk.flow.events import Event
from tests.support.kiosk_gallery import gallery, in_contrast, in_language
from tests.support.kiosk_pictures import Player
from tests.support.screens import picture_of, without_display

pytestmark = pytest.mark.screens

UPRIGHT, LYING = (540, 960), (960, 540)
PX_PER_MM = 540 / 194  # the smallest usual glass: 15.6 inch upright
TARGET_MM_MIN = 15
LYING_SHARE = 0.9  # a lying kiosk has a larger glass
SLACK_PX = 1.5
BODY_PX_MIN = 14  # hints (28 at full size); what must be read is 15 (30) and more


@pytest.fixture(scope="module", autouse=True)
def _no_display() -> None:
    without_display()


def show(name: str, size: tuple[int, int], lang: str = "vi", *, contrast: bool = False) -> tuple[Any, list[Event]]:
    """A glass with this picture, and the events that its touches send."""
    player = in_language(gallery()[name], lang)
    return glass_of(in_contrast(player) if contrast else player, size)


def glass_of(player: Player, size: tuple[int, int]) -> tuple[Any, list[Event]]:
    """The same for any kiosk."""
    from kiosk.ui.navigator import Navigator

    glass, sent = Navigator(), []
    glass.send = sent.append
    glass.root.size = size
    glass.show(player.picture)
    picture_of(glass.root, size)
    return glass, sent


def every(widget: Any) -> Iterator[Any]:
    yield widget
    for child in widget.children:
        yield from every(child)


def visible(root: Any) -> list[Any]:
    """Widgets that can be seen: with a size, and nowhere under something transparent."""
    found = []

    def walk(widget: Any) -> None:
        if widget.opacity == 0 or not widget.width or not widget.height:
            return
        found.append(widget)
        for child in widget.children:
            walk(child)

    walk(root)
    return found


def rectangle(widget: Any) -> tuple[float, float, float, float]:
    """Left, bottom, right, top on the glass."""
    left, bottom = widget.to_window(*widget.pos)
    return left, bottom, left + widget.width, bottom + widget.height


@pytest.mark.parametrize(("size", "lang"), [(UPRIGHT, "vi"), (UPRIGHT, "en"), (LYING, "vi")])
@pytest.mark.parametrize("name", sorted(gallery()))
def test_every_text_in_its_place_and_every_target_large(name: str, lang: str, size: tuple[int, int]) -> None:
    glass, _ = show(name, size, lang)
    check_texts(glass, size)
    least_px = TARGET_MM_MIN * PX_PER_MM * (1 if size is UPRIGHT else LYING_SHARE) - SLACK_PX
    assert targets(glass)
    for target in targets(glass):
        assert min(target.size) >= least_px, f"{target} {target.size}"


def check_texts(glass: Any, size: tuple[int, int]) -> None:
    from kivy.uix.label import Label

    from kiosk.ui.widgets.base import Badge

    for badge in (w for w in visible(glass.root) if isinstance(w, Badge)):
        _, low, _, high = rectangle(badge)
        _, bottom, _, top = rectangle(badge.parent.parent.parent)
        assert bottom - SLACK_PX <= low, f"{badge.icon}{badge.letter}"
        assert high <= top + SLACK_PX, f"{badge.icon}{badge.letter}"
    for label in (w for w in visible(glass.root) if isinstance(w, Label) and w.text):
        left, low, right, high = rectangle(label)
        where = f"{label.text!r} in {label.parent}"
        assert label.texture_size[0] <= label.width + SLACK_PX, f"wider than its place: {where}"
        assert left >= -SLACK_PX, where
        assert right <= size[0] + SLACK_PX, where
        ancestor = label.parent
        while ancestor is not None and ancestor is not glass.root:
            _, bottom, _, top = rectangle(ancestor)
            assert low >= bottom - SLACK_PX, f"{bottom - low} below: {where} of {ancestor}"
            assert high <= top + SLACK_PX, f"{high - top} above: {where} of {ancestor}"
            ancestor = ancestor.parent
        assert label.font_size >= BODY_PX_MIN, f"too small: {where}"


def touch(glass: Any, x: float, y: float) -> None:
    from kivy.tests.common import UnitTestTouch

    finger = UnitTestTouch(x, y)
    finger.x, finger.y = finger.px, finger.py = finger.ox, finger.oy = x, y
    glass.root.dispatch("on_touch_down", finger)
    finger.grab_current = None
    glass.root.dispatch("on_touch_up", finger)


def targets(glass: Any) -> list[Any]:
    """From top to bottom, left to right."""
    from kiosk.ui.widgets.base import Pressable

    found = [w for w in visible(glass.root) if isinstance(w, Pressable)]
    return sorted(found, key=lambda w: (-round(rectangle(w)[3]), round(rectangle(w)[0])))


@pytest.mark.parametrize(
    ("name", "events"),
    [
        ("home", [e.LanguageTouched, e.LanguageTouched, e.ContrastTouched, *[e.ServiceTouched] * 8, e.PriorityAsked,
                  e.ScanHelpTouched]),
        ("priority", [e.LanguageTouched, e.LanguageTouched, e.ContrastTouched, *[e.PriorityTouched] * 6]),
        ("ticket-take", [e.LanguageTouched, e.LanguageTouched, e.ContrastTouched, e.HomeTouched]),
        ("dossier-ready", [e.LanguageTouched, e.LanguageTouched, e.ContrastTouched, e.HomeTouched, e.ServiceTouched]),
        ("notice-closed", [e.LanguageTouched, e.LanguageTouched, e.ContrastTouched, e.HomeTouched]),
        ("away", [e.LanguageTouched, e.LanguageTouched, e.ContrastTouched]),
    ],
)  # fmt: skip
def test_every_touch_is_one_event(name: str, events: list[type[Event]]) -> None:
    glass, sent = show(name, UPRIGHT)
    for target in targets(glass):
        left, bottom, right, top = rectangle(target)
        touch(glass, (left + right) / 2, (bottom + top) / 2)
    assert [type(event) for event in sent] == events
    ids = [event.command_id for event in sent if isinstance(event, e.ServiceTouched)]
    assert len(set(ids)) == len(ids)


def test_a_touch_beside_every_button_is_a_sign_of_somebody() -> None:
    glass, sent = show("away", UPRIGHT)
    touch(glass, 270, 250)
    assert sent == [e.GlassTouched()]


def test_nothing_of_a_screen_stays_when_it_is_gone() -> None:
    glass, _ = show("dossier-ready", UPRIGHT)
    glass.show(gallery()["home"].picture)
    texts = [w.text for w in every(glass.root) if hasattr(w, "text")]
    assert not [text for text in texts if "NGUYỄN" in text]


def test_an_equal_picture_touches_no_widget() -> None:
    glass, _ = show("home", UPRIGHT)
    before = [id(w) for w in every(glass.root)]
    glass.show(gallery()["home"].picture)
    assert [id(w) for w in every(glass.root)] == before


def test_high_contrast_leaves_nothing_of_the_day_theme() -> None:
    from kivy.uix.label import Label

    from runtime.theme import load_theme, rgba

    theme = load_theme("contrast")
    allowed = {rgba(c) for c in (theme.ink, theme.brand, theme.on_brand, theme.surface)}
    for name in sorted(gallery()):
        glass, _ = show(name, UPRIGHT, contrast=True)
        colours = {tuple(w.color) for w in visible(glass.root) if isinstance(w, Label) and w.text}
        assert colours <= allowed, name


GLASSES = [(480, 800), (607, 1080), (675, 1200), (768, 1366), (1080, 1920), (1600, 1200), (1920, 1080), (2160, 3840)]


@pytest.mark.parametrize("number", ["A001", "A006", "U000", "U888", "M8888"])
@pytest.mark.parametrize("size", GLASSES)
def test_the_number_stands_on_one_line_on_every_glass(size: tuple[int, int], number: str) -> None:
    from kivy.core.text import Label as TextMeasure

    glass, _ = glass_of(Player().take(number=number, priority="elderly"), size)
    (label,) = [w for w in visible(glass.root) if getattr(w, "text", "") == number]
    wide, high = TextMeasure(font_name=label.font_name, font_size=label.font_size).get_extents(number)
    assert label.texture_size == [wide, high]  # the whole number side by side, in a texture one line high
    left, low, right, top = rectangle(label)
    _, bottom, _, ceiling = rectangle(label.parent.parent)
    assert (left >= 0, wide <= label.width, right <= size[0]) == (True, True, True)
    assert (bottom <= low, top <= ceiling) == (True, True)
    assert high <= label.height * 1.2  # the font's own room above and below may leave the place, its figures do not
    assert label.font_size >= min(size) * 0.15
