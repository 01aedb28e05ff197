"""The X display at DISPLAY, asked through Xlib: it knows the cookie.

A display without a window manager, as an appliance has it: nobody there makes a window full-screen for us. Measured
under Xvfb: SDL's "fullscreen" stays 800x600 when no window manager answers, while Kivy believes it has the whole
display. So a window without a manager asks for the display's own size at 0, 0.
"""

import ctypes
import functools
import os
import time

OPEN_S_MAX = 3.0
OPEN_PAUSE_S = 0.05

_ANY_TYPE = 0
_SUCCESS = 0


@functools.cache
def _opened() -> "tuple[ctypes.CDLL, ctypes.c_void_p] | None":
    """(Xlib, the display), or None without one. Never closed.

    An X server starts anew when its last client leaves and refuses who comes meanwhile (X(7), "-noreset"): measured
    on Xvfb, 5 of 12 openings right after another client's end failed. Hence the tries, and hence the connection
    stays: the window that this process or its children open next finds the server up.
    """
    try:
        xlib = ctypes.CDLL("libX11.so.6")
    except OSError:
        return None
    xlib.XOpenDisplay.restype = ctypes.c_void_p
    deadline_s = time.monotonic() + OPEN_S_MAX
    while not (opened := xlib.XOpenDisplay(None)):
        if time.monotonic() >= deadline_s:
            return None
        time.sleep(OPEN_PAUSE_S)
    return xlib, ctypes.c_void_p(opened)


def display_size() -> tuple[int, int] | None:
    """Width and height of the display in pixels; None without X."""
    found = _opened() if os.environ.get("DISPLAY") else None
    if found is None:
        return None
    xlib, display = found
    screen = xlib.XDefaultScreen(display)
    return int(xlib.XDisplayWidth(display, screen)), int(xlib.XDisplayHeight(display, screen))


def bare_display_size() -> tuple[int, int] | None:
    """Size of the display when no window manager runs there; None when one does, or without X."""
    if os.environ.get("WAYLAND_DISPLAY") or os.environ.get("SDL_VIDEODRIVER"):
        return None
    size = display_size()
    found = _opened() if size else None
    return None if found is None or _is_managed(*found) else size


def _is_managed(xlib: ctypes.CDLL, display: ctypes.c_void_p) -> bool:
    """A window manager says so on the root window (EWMH 1.5, _NET_SUPPORTING_WM_CHECK)."""
    xlib.XDefaultRootWindow.restype = ctypes.c_ulong
    xlib.XInternAtom.restype = ctypes.c_ulong
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
