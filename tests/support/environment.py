"""The environment for processes that a test starts."""

import os


def clean(**more: str) -> dict[str, str]:
    """Ours, without what the screen tests set for the Kivy of this process (SDL would render off-screen there too)."""
    return {k: v for k, v in os.environ.items() if not k.startswith(("KIVY_", "SDL_"))} | more
