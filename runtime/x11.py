"""A display without a window manager, as an appliance has it: nobody there makes a window full-screen for us.

Measured under Xvfb: SDL's "fullscreen" stays 800x600 when no window manager answers, while Kivy believes it has the
whole display. So a window without a manager asks for the display's own size at 0, 0.
"""

import ctypes
import os

_ANY_TYPE = 0
_SUCCESS = 0


def bare_display_size() -> tuple[int, int] | None:
    """Size of the X display at DISPLAY when no window manager runs there; None when one does, or without X."""
    if not os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY") or os.environ.get("SDL_VIDEODRIVER"):
        return None
    try:
        xlib = ctypes.CDLL("libX11.so.6")
    except OSError:
        return None
    xlib.XOpenDisplay.restype = ctypes.c_void_p
    xlib.XDefaultRootWindow.restype = ctypes.c_ulong
    xlib.XInternAtom.restype = ctypes.c_ulong
    opened = xlib.XOpenDisplay(None)
    if not opened:
        return None
    display = ctypes.c_void_p(opened)
    try:
        if _is_managed(xlib, display):
            return None
        screen = xlib.XDefaultScreen(display)
        return int(xlib.XDisplayWidth(display, screen)), int(xlib.XDisplayHeight(display, screen))
    finally:
        xlib.XCloseDisplay(display)


def _is_managed(xlib: ctypes.CDLL, display: ctypes.c_void_p) -> bool:
    """A window manager says so on the root window (EWMH 1.5, _NET_SUPPORTING_WM_CHECK)."""
    root = ctypes.c_ulong(xlib.XDefaultRootWindow(display))
    atom = ctypes.c_ulong(xlib.XInternAtom(display, b"_NET_SUPPORTING_WM_CHECK", 0))
    kind, layout = ctypes.c_ulong(), ctypes.c_int()
    count, left, value = ctypes.c_ulong(), ctypes.c_ulong(), ctypes.c_void_p()
    status = xlib.XGetWindowProperty(
        display, root, atom, ctypes.c_long(0), ctypes.c_long(1), 0, ctypes.c_ulong(_ANY_TYPE), ctypes.byref(kind),
        ctypes.byref(layout), ctypes.byref(count), ctypes.byref(left), ctypes.byref(value),
    )  # fmt: skip
    if value.value:
        xlib.XFree(value)
    return bool(status == _SUCCESS and count.value > 0)
