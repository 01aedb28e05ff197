"""Names of counters in narrow places."""

from displays.tv import glyphs
from displays.tv.layout import Place
from displays.tv.pieces import Spot
from displays.tv.words import split_name


def short_name(spot: Spot, place: Place, name: str) -> str:
    """`name`, or its number alone where "Quầy 17" would lose just that."""
    smallest = glyphs.Face("SemiBold", spot.stage.text_min_px)
    named = split_name(name)
    return named[1] if named and glyphs.width(name, smallest) > spot.at(place).w else name
