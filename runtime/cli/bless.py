"""`motcua bless [pytest arguments]`: accept the present output as the new goldens; the diff is the review.

Generated docs are written anew, then the tests with "golden" in their name or the mark "screens" run with
MOTCUA_BLESS=1, which tells them to write their file instead of comparing (`blessing()`).
"""

import os
import subprocess
import sys
from collections.abc import Sequence

from runtime.paths import ROOT

BLESS = "MOTCUA_BLESS"


def blessing() -> bool:
    """True in a run of `motcua bless`."""
    return os.environ.get(BLESS) == "1"


def main(words: Sequence[str]) -> int:
    """The exit code of the first step that failed."""
    docs = subprocess.run([sys.executable, "-m", "runtime.docs"], cwd=ROOT, check=False).returncode
    if docs != 0:
        return docs
    command = [sys.executable, "-m", "pytest", "-q", "-m", "not long and not e2e", "-k", "golden or screens", *words]
    return subprocess.run(command, cwd=ROOT, env={**os.environ, BLESS: "1"}, check=False).returncode


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
