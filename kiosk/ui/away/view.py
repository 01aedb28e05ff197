"""The server does not answer: nothing to touch, somebody to ask."""

from kiosk.ui.screen import KioskScreen
from kiosk.ui.widgets import load_kv


class AwayScreen(KioskScreen):
    """See view.kv."""


load_kv(__file__)
