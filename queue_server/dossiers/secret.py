"""The second factor of a look-up: serials are guessable, so a code alone shows nothing where the office asks for it."""

import hmac

from queue_server.dossiers.records import DossierRecord

TAIL_DIGITS = 4


def secret_matches(record: DossierRecord, given: str) -> bool:
    """True for the receipt's look-up characters, or, where the dossier has none, the last 4 digits of phone or card.

    Case and blanks do not matter. A dossier with none of the three matches nothing.
    """
    tried = "".join(given.upper().split()).encode()
    if record.secret:
        return hmac.compare_digest(record.secret.upper().encode(), tried)
    tails = [digits[-TAIL_DIGITS:] for digits in (_digits(record.phone), _digits(record.identity))]
    return any([len(t) == TAIL_DIGITS and hmac.compare_digest(t.encode(), tried) for t in tails])  # noqa: C419 - all, always


def _digits(text: str) -> str:
    return "".join(c for c in text if c.isascii() and c.isdigit())
