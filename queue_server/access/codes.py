"""Remembers which one-time codes were used: an empty file a code, so that a restart or a second server forgets none."""

import os
import re
from pathlib import Path

from contracts.errors import Rejected

USED_MAX = 1000
"""Remembered codes. More within their quarter of an hour is no office at work: further codes wait (`busy`)."""

_FILE = re.compile(r"(\d{1,12})-([A-Za-z0-9_-]{1,64})")


class UsedCodes:
    """A folder of used codes; each is forgotten once it has expired anyway."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def use(self, subject: str, expires_s: int, now_s: float) -> None:
        """Marks a code as used. Raises `unauthorised` when it already was, `busy` when too many are remembered."""
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        if self._forget_expired(now_s) >= USED_MAX:
            raise Rejected("busy", f"more than {USED_MAX} sign-ins at once")
        try:
            # O_EXCL decides between two browsers with the same link, also across processes.
            os.close(os.open(self._folder / f"{expires_s}-{subject}", os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600))
        except FileExistsError:
            raise Rejected("unauthorised", "this sign-in link was used already") from None

    def _forget_expired(self, now_s: float) -> int:
        kept = 0
        for path in self._folder.iterdir():
            match = _FILE.fullmatch(path.name)
            if match is None or int(match[1]) > now_s:
                kept += 1
            else:
                path.unlink(missing_ok=True)
        return kept
