"""What every screen is: a picture of the flow, a style, a way to say words, a way to send an event."""

from kivy.properties import ObjectProperty
from kivy.uix.boxlayout import BoxLayout
from kivy.uix.screenmanager import Screen

from kiosk.ui.styled import Styled


class KioskScreen(Styled, Screen):
    """`vm`: the body of a `kiosk.flow` picture; `say(words) -> str`; `send(event)`."""

    vm = ObjectProperty(rebind=True)
    say = ObjectProperty()
    send = ObjectProperty()


class Piece(Styled, BoxLayout):
    """One of many alike on a screen."""

    item = ObjectProperty(rebind=True)
    say = ObjectProperty()
    send = ObjectProperty()
