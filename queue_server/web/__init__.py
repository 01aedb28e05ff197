"""The HTTP door: API, live events and pages. `make_app` is all that others need."""

from queue_server.web.app import make_app

__all__ = ["make_app"]
