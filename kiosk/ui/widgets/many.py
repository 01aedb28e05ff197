"""A row or grid of like widgets that follows a tuple of items, reusing the widgets it has."""

from typing import Any

from kivy.factory import Factory
from kivy.properties import ObjectProperty, StringProperty
from kivy.uix.boxlayout import BoxLayout
from kivy.uix.gridlayout import GridLayout

from kiosk.ui.styled import Styled

SHARED = ("say", "send")


class _Many:
    """Mixed into a layout: `items` in, a `piece` widget each out, every one with `item` and what all share."""

    def on_kv_post(self, _base: object) -> None:
        self.fbind("items", self._follow)  # type: ignore[attr-defined]  # a Kivy widget's method
        for name in SHARED:
            self.fbind(name, self._share, name)  # type: ignore[attr-defined]
        self._follow()

    def _follow(self, *_: object) -> None:
        layout: Any = self
        pieces = list(reversed(layout.children))
        for widget, item in zip(pieces, layout.items, strict=False):
            widget.item = item
        for item in layout.items[len(pieces) :]:
            shared = {name: getattr(layout, name) for name in SHARED}
            layout.add_widget(Factory.get(layout.piece)(item=item, **shared))
        for widget in pieces[len(layout.items) :]:
            layout.remove_widget(widget)

    def _share(self, name: str, _self: object, value: object) -> None:
        layout: Any = self
        for widget in layout.children:
            setattr(widget, name, value)


class ManyGrid(Styled, _Many, GridLayout):
    """Items in a grid."""

    items = ObjectProperty(())
    piece = StringProperty()
    say = ObjectProperty()
    send = ObjectProperty()


class ManyBox(Styled, _Many, BoxLayout):
    """Items in a row or column."""

    items = ObjectProperty(())
    piece = StringProperty()
    say = ObjectProperty()
    send = ObjectProperty()


for _class in (ManyGrid, ManyBox):
    Factory.register(_class.__name__, cls=_class)
