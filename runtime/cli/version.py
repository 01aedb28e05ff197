"""`motcua version`: the version of this checkout. Only the standard library: it works before anything is installed."""

import subprocess
import tomllib

from runtime.paths import ROOT


def version() -> str:
    """Version of pyproject.toml, with the commit when this is a git checkout."""
    declared = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["version"]
    try:
        command = ["git", "-C", str(ROOT), "describe", "--always", "--dirty"]
        git = subprocess.run(command, capture_output=True, text=True, timeout=10, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return f"motcua {declared}"
    commit = git.stdout.strip()
    return f"motcua {declared} ({commit})" if git.returncode == 0 and commit else f"motcua {declared}"


if __name__ == "__main__":
    print(version())
