"""Every screen of the kiosk × language × theme, at a quarter of its size, against its golden."""

import pytest

from tests.support.kiosk_gallery import gallery, in_contrast, in_language
from tests.support.screens import compare, picture_of, without_display

pytestmark = pytest.mark.screens

SIZE = (270, 480)
LYING = (480, 270)
SHOWN = sorted(gallery())


@pytest.fixture(scope="module", autouse=True)
def _no_display() -> None:
    without_display()


def _picture(name: str, lang: str, theme: str, size: tuple[int, int]):
    from kiosk.ui.navigator import Navigator

    player = in_language(gallery()[name], lang)
    if theme == "contrast":
        player = in_contrast(player)
    glass = Navigator()
    glass.root.size = size
    glass.show(player.picture)
    return picture_of(glass.root, size)


@pytest.mark.parametrize("theme", ["day", "contrast"])
@pytest.mark.parametrize("lang", ["vi", "en"])
@pytest.mark.parametrize("name", SHOWN)
def test_upright(name: str, lang: str, theme: str) -> None:
    compare(_picture(name, lang, theme, SIZE), f"kiosk/{name}-{lang}-{theme}")


@pytest.mark.parametrize("name", ["home", "ticket-take", "dossier-late", "priority", "offline-home", "offline-ticket"])
def test_lying(name: str) -> None:
    compare(_picture(name, "vi", "day", LYING), f"kiosk/lying-{name}")


def test_the_same_picture_twice_is_the_same_to_the_byte() -> None:
    one, two = (_picture("home", "vi", "day", SIZE) for _ in range(2))
    assert one.tobytes() == two.tobytes()


@pytest.mark.parametrize("size", [(540, 960), (1080, 1920)])
def test_every_size_of_window_shows_the_same_picture(size: tuple[int, int]) -> None:
    coarse = (27, 48)  # the same things in the same places; letters are hinted differently
    small, large = (_picture("home", "vi", "day", s).resize(coarse).tobytes() for s in (SIZE, size))
    different = sum(abs(a - b) for a, b in zip(small, large, strict=True)) / len(small)
    assert different < 6, f"mean difference {different:.1f} of 255"
