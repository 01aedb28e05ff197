"""Which language a caller reads: ?lang=, else the cookie that the last ?lang= left, else Vietnamese."""

from typing import Any

from litestar.connection import ASGIConnection

from runtime.i18n import FALLBACK, Catalog, languages

COOKIE = "lang"


def lang_of(connection: ASGIConnection[Any, Any, Any, Any]) -> str:
    """A language there is a catalogue for."""
    asked = connection.query_params.get("lang") or connection.cookies.get(COOKIE, "")
    return asked if asked in _known() else FALLBACK


def catalog_of(connection: ASGIConnection[Any, Any, Any, Any]) -> Catalog:
    """The texts in the caller's language."""
    return Catalog.load(lang_of(connection))


def _known() -> tuple[str, ...]:
    return tuple(languages())
