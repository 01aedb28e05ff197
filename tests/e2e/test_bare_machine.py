"""The promise of the README on a Debian that has nothing yet (provisioning/test-bare.sh). Many minutes: --long only."""

import os
import shutil
import subprocess

import pytest

from runtime.paths import ROOT


@pytest.mark.long
@pytest.mark.e2e
@pytest.mark.timeout(1800)
@pytest.mark.skipif(os.geteuid() != 0 or shutil.which("debootstrap") is None, reason="needs root and debootstrap")
def test_an_office_starts_on_a_bare_debian() -> None:
    done = subprocess.run([str(ROOT / "provisioning" / "test-bare.sh")], capture_output=True, text=True)
    assert done.returncode == 0, done.stdout[-4000:] + done.stderr[-4000:]
    assert done.stdout.endswith("test-bare: passed\n")
