"""`motcua bench [NAME]`: the programs in tests/bench/, each `python -m tests.bench.NAME`."""

import difflib
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from runtime.paths import ROOT

BENCHES = ROOT / "tests" / "bench"


def bench_names(directory: Path = BENCHES) -> list[str]:
    """The benchmarks there are; a name that begins with _ is what they share."""
    return sorted(path.stem for path in directory.glob("*.py") if not path.stem.startswith("_"))


def main(words: Sequence[str], names: Sequence[str]) -> int:
    """Run all, or the named one with the arguments after its name; 1 when one failed."""
    if words and words[0] in ("-h", "--help"):
        print("usage: motcua bench [NAME [arguments]]; NAME:", ", ".join(names))
        return 0
    if words and words[0] not in names:
        close = difflib.get_close_matches(words[0], names, n=1)
        hint = f"; did you mean {close[0]!r}?" if close else ""
        sys.stderr.write(f"motcua: error[usage]: no benchmark {words[0]!r}{hint} (there are: {', '.join(names)})\n")
        return 2
    failed = []
    for name in words[:1] or names:
        command = [sys.executable, "-m", f"tests.bench.{name}", *words[1:]]
        if subprocess.run(command, cwd=ROOT, check=False).returncode != 0:
            failed.append(name)
    if failed:
        sys.stderr.write(f"motcua: failed: {', '.join(failed)}\n")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:], bench_names()))
