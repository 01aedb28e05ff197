"""Headers of every answer: nothing from elsewhere runs or loads, nothing is kept, nobody frames us."""

from litestar.types import Message, Scope

CSP = (
    "default-src 'none'; script-src 'self'; style-src 'self'; font-src 'self'; img-src 'self'; connect-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
ALWAYS = tuple(
    (name.lower().encode(), value.encode())
    for name, value in {
        "Content-Security-Policy": CSP,
        "X-Content-Type-Options": "nosniff",
        "Referrer-Policy": "no-referrer",
        "Cross-Origin-Opener-Policy": "same-origin",
        "Cross-Origin-Resource-Policy": "same-origin",
        "Cache-Control": "no-store",
    }.items()
)
"""As ASGI has them: names in lower case, bytes."""


async def add_headers(message: Message, _scope: Scope) -> None:
    """Hook before every message that is sent; a handler's own header wins."""
    if message["type"] != "http.response.start":
        return
    headers = list(message["headers"])
    own = {name.lower() for name, _ in headers}
    headers += [header for header in ALWAYS if header[0] not in own]
    message["headers"] = headers
