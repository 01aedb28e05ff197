"""The style that new widgets are born with: kv applies a class's rules before a parent could hand its style down."""

from typing import Any

from kivy.properties import ObjectProperty

from kiosk.ui.style import Style, style_for

_current: list[Style] = [style_for("day", (1080, 1920))]


def use(style: Style) -> None:
    """Widgets made from now on have this style. Only the navigator calls it; a new style means new widgets."""
    _current[0] = style


class Styled:
    """Mixed into every widget that has a look."""

    style = ObjectProperty()

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("style", _current[0])
        super().__init__(**kwargs)
