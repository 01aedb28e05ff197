"""The one that touches ScreenManager: shows pictures of the flow, and nothing of a screen that is gone."""

from collections.abc import Callable
from typing import Any

from kivy.core.window import Window
from kivy.uix.floatlayout import FloatLayout
from kivy.uix.screenmanager import NoTransition

from kiosk.flow.events import Event
from kiosk.flow.kiosk import Picture
from kiosk.flow.state import Screen
from kiosk.flow.words import Words, say
from kiosk.ui.away.view import AwayScreen
from kiosk.ui.dossier.view import DossierScreen
from kiosk.ui.home.view import HomeScreen
from kiosk.ui.notice.view import NoticeScreen
from kiosk.ui.priority.view import PriorityScreen
from kiosk.ui.screen import KioskScreen
from kiosk.ui.shell.view import Shell
from kiosk.ui.style import Style, style_for
from kiosk.ui.styled import use
from kiosk.ui.ticket.view import TicketScreen
from runtime.i18n import Catalog

SCREENS: dict[Screen, type[KioskScreen]] = {
    Screen.HOME: HomeScreen,
    Screen.PRIORITY: PriorityScreen,
    Screen.TICKET: TicketScreen,
    Screen.DOSSIER: DossierScreen,
    Screen.NOTICE: NoticeScreen,
    Screen.AWAY: AwayScreen,
}


class Navigator:
    """`root` is the widget for the window; `send`, to be set, takes the events of touches."""

    def __init__(self) -> None:
        self.send: Callable[[Event], None] = lambda _event: None
        self.root = FloatLayout()
        self.picture: Picture | None = None
        self._style: Style | None = None
        self._shell: Any = None
        self.root.bind(size=self._resized)

    def show(self, picture: Picture) -> None:
        """Put this picture on the glass; an equal one changes nothing."""
        if picture == self.picture:
            return
        before, self.picture = self.picture, picture
        style = style_for(picture.theme, tuple(self.root.size))
        speak = self._speaker(picture.lang)
        if style != self._style:
            self._style = style
            self._build(picture, style, speak)
            return
        if before is None or before.lang != picture.lang:
            self._shell.say = speak
        self._shell.vm = picture.frame
        current = self._shell.ids.body.current_screen
        if before is None or before.screen is not picture.screen:
            self._enter(picture, speak)
            return
        if before.lang != picture.lang:
            current.say = speak
        current.vm = picture.body

    def _build(self, picture: Picture, style: Style, speak: Callable[[Words], str]) -> None:
        self.root.clear_widgets()
        use(style)
        self._shell = Shell(vm=picture.frame, say=speak, send=self._touched)
        self._shell.ids.body.transition = NoTransition()
        self.root.add_widget(self._shell)
        self._enter(picture, speak)

    def _enter(self, picture: Picture, speak: Callable[[Words], str]) -> None:
        screen = SCREENS[picture.screen](name=picture.screen.value, vm=picture.body, say=speak, send=self._touched)
        manager = self._shell.ids.body
        manager.clear_widgets()
        manager.add_widget(screen)

    def _touched(self, event: Event) -> None:
        self.send(event)

    @staticmethod
    def _speaker(lang: str) -> Callable[[Words], str]:
        catalog = Catalog.load(lang)

        def speak(words: Words) -> str:
            return say(words, lang, catalog.text)

        return speak

    def _resized(self, *_: object) -> None:
        if self.picture is not None:
            picture, self.picture = self.picture, None
            self._style = None
            self.show(picture)


def into_window(navigator: Navigator) -> None:
    """Make the navigator's root the content of the one window."""
    Window.set_title("motcua kiosk")
    navigator.root.size = Window.size
    Window.add_widget(navigator.root)
