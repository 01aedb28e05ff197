"""The shell launcher on a pretended machine: its own PATH, a pretended apt, a real (empty) Python environment."""

import os
import pty
import re
import shutil
import signal
import subprocess
import time
from pathlib import Path

import pytest

from contracts.errors import ERRORS
from runtime.paths import ROOT

TOOLS = (
    "sh", "cat", "chmod", "dirname", "env", "flock", "grep", "mv", "printf", "readlink", "rm", "sed",
    "sha256sum", "sleep", "tee", "true",
)  # fmt: skip


class Machine:
    """A checkout of nothing but the launcher, and a PATH with nothing but what we put there."""

    def __init__(self, tmp_path: Path) -> None:
        self.root = tmp_path / "a checkout"
        self.bin = tmp_path / "bin"
        self.policy = tmp_path / "policy-rc.d"
        self.log = tmp_path / "apt.log"
        self.bin.mkdir()
        shutil.copytree(ROOT / "runtime", self.root / "runtime", ignore=shutil.ignore_patterns("__pycache__"))
        (self.root / "provisioning").mkdir()
        shutil.copy(ROOT / "motcua", self.root)
        shutil.copy(ROOT / "pyproject.toml", self.root)
        for name in ("apt-run.txt", "apt-test.txt"):
            (self.root / "provisioning" / name).write_text("one # why\n\ntwo\n" if name == "apt-run.txt" else "three\n")
        for name in ("requirements.lock", "requirements-dev.lock"):
            (self.root / "provisioning" / name).write_text("# nothing\n")
        for tool in TOOLS:
            found = shutil.which(tool)
            assert found is not None, tool
            (self.bin / tool).symlink_to(found)
        self.put("id", "echo 0")
        self.put("dpkg", "exit 0")
        self.put("dpkg-query", "printf 'installed:one installed:two installed:three '")
        self.apt("")

    def put(self, name: str, script: str) -> None:
        path = self.bin / name
        path.unlink(missing_ok=True)
        path.write_text(f"#!/bin/sh\n{script}\n")
        path.chmod(0o755)

    def apt(self, script: str) -> None:
        """A pretended apt-get: notes its words and whether services were held back, then runs `script`."""
        self.put(
            "apt-get", f'echo "$* policy=$([ -x {self.policy} ] && {self.policy}; echo $?)" >>{self.log}\n{script}'
        )

    def start(self, *words: str, stdin: int = subprocess.DEVNULL) -> subprocess.Popen[str]:
        env = {"PATH": str(self.bin), "MOTCUA_POLICY_RC_D": str(self.policy), "PIP_NO_INDEX": "1"}
        command = [str(self.root / "motcua"), *words]
        return subprocess.Popen(
            command,
            env=env,
            stdin=stdin,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )

    def run(self, *words: str, stdin: int = subprocess.DEVNULL) -> tuple[int, str, str]:
        process = self.start(*words, stdin=stdin)
        out, err = process.communicate(timeout=60)
        return process.returncode, out, err

    def asked_apt(self) -> list[str]:
        return self.log.read_text().splitlines() if self.log.exists() else []


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    return Machine(tmp_path)


def test_help_and_version_need_no_installation(machine: Machine) -> None:
    for words in (("--help",), ("version",), ()):
        code, out, err = machine.run(*words)
        assert (code, err) == (0, "")
        assert "motcua" in out
    assert machine.asked_apt() == []
    assert not (machine.root / ".venv").exists()


def test_a_mistyped_verb_installs_nothing(machine: Machine) -> None:
    machine.put("dpkg-query", "true")
    code, _, err = machine.run("tset")
    assert code == 2
    assert "did you mean 'test'" in err
    assert machine.asked_apt() == []


def test_the_whole_installation(machine: Machine) -> None:
    machine.put("dpkg-query", "printf 'installed:two config-files:one '")
    code, _, err = machine.run("install")
    assert code == 0, err
    assert "Debian packages (without starting their services): one\n" in err
    update, install = machine.asked_apt()
    assert "DPkg::Lock::Timeout=300" in update
    assert " update " in update
    assert install.endswith("-y --no-install-recommends install one policy=101")
    assert not machine.policy.exists()

    # a second start installs nothing, quickly
    machine.put("dpkg-query", "printf 'installed:one installed:two '")
    begin_s = time.monotonic()
    code, _, err = machine.run("install")
    assert (code, err) == (0, "motcua: everything is installed\n")
    assert time.monotonic() - begin_s < 1.0
    assert len(machine.asked_apt()) == 2

    # a changed lock, and an environment that lost its pip: both are healed
    (machine.root / "provisioning" / "requirements.lock").write_text("# another nothing\n")
    for package in (machine.root / ".venv" / "lib").glob("python3*/site-packages/pip"):
        shutil.rmtree(package)
    code, _, err = machine.run("install")
    assert code == 0, err
    assert "Python packages" in err
    assert list((machine.root / ".venv" / "lib").glob("python3*/site-packages/pip")) != []

    # the tests need more than an office does, and an office is content with what the tests have
    machine.put("dpkg-query", "printf 'installed:one installed:two installed:three '")
    assert "requirements-dev.lock" in machine.run("install", "--dev")[2]
    assert machine.run("install")[2] == "motcua: everything is installed\n"


def test_an_index_out_of_reach_is_told_and_leaves_no_stamp(machine: Machine) -> None:
    lock = machine.root / "provisioning" / "requirements.lock"
    lock.write_text("nothing-of-this-name==1.0 --hash=sha256:" + "0" * 64 + "\n")
    code, _, err = machine.run("install")
    assert code == 1
    assert "motcua: error[install_failed]: pip could not install" in err
    assert not (machine.root / ".venv" / ".motcua-installed").exists()


def test_neither_root_nor_sudo(machine: Machine) -> None:
    machine.put("dpkg-query", "true")
    machine.put("id", "echo 1000")
    code, _, err = machine.run("up")
    assert code == 1
    assert "motcua: error[no_root]: root or sudo is needed to install: one two" in err
    machine.put("sudo", "exit 1")
    code, _, err = machine.run("up")
    assert "motcua: error[no_root]: sudo was refused" in err
    assert machine.asked_apt() == []


def test_sudo_does_what_needs_root(machine: Machine) -> None:
    machine.put("dpkg-query", "true")
    machine.put("id", "echo 1000")
    machine.put("sudo", '[ "$1" = -n ] && shift; exec "$@"')
    assert machine.run("install")[0] == 0
    assert len(machine.asked_apt()) == 2
    assert not machine.policy.exists()


@pytest.mark.parametrize(
    ("script", "code"),
    [
        ('case "$*" in *install*) exit 100 ;; esac', "apt_failed"),
        ("exit 100", "offline"),
    ],
)
def test_apt_failures_are_told_and_cleaned_up_after(machine: Machine, script: str, code: str) -> None:
    machine.put("dpkg-query", "true")
    machine.apt(script)
    done = machine.run("install")
    assert done[0] == 1
    assert f"motcua: error[{code}]: " in done[2]
    assert not machine.policy.exists()
    assert not (machine.root / ".venv").exists()


def test_a_failed_update_alone_is_no_obstacle(machine: Machine) -> None:
    machine.put("dpkg-query", "true")
    machine.apt('case "$*" in *update*) exit 100 ;; esac')
    assert machine.run("install")[0] == 0


def test_the_administrators_own_policy_stays(machine: Machine) -> None:
    machine.policy.write_text("#!/bin/sh\nexit 104\n")
    machine.policy.chmod(0o755)
    machine.put("dpkg-query", "true")
    assert machine.run("install")[0] == 0
    assert machine.policy.read_text() == "#!/bin/sh\nexit 104\n"
    assert machine.asked_apt()[1].endswith("policy=104")


def test_an_interrupted_installation_cleans_up(machine: Machine) -> None:
    machine.put("dpkg-query", "true")
    machine.apt("sleep 0.7")
    process = machine.start("install")
    deadline = time.monotonic() + 20
    while not machine.asked_apt():
        assert time.monotonic() < deadline
        time.sleep(0.02)
    assert machine.policy.exists()
    os.killpg(process.pid, signal.SIGTERM)
    process.communicate(timeout=20)
    assert process.returncode != 0
    assert not machine.policy.exists()


@pytest.mark.parametrize(("answer", "installs"), [(b"n\n", False), (b"\n", False), (b"y\n", True)])
def test_a_person_is_asked(machine: Machine, answer: bytes, installs: bool) -> None:
    machine.put("dpkg-query", "true")
    machine.apt("exit 100")
    ours, theirs = pty.openpty()
    os.write(ours, answer)
    code, _, err = machine.run("up", stdin=theirs)
    os.close(ours)
    os.close(theirs)
    assert code == 1
    assert "install? [y/N]" in err
    assert ("error[install_declined]" in err) is not installs
    assert bool(machine.asked_apt()) is installs


def test_yes_asks_nobody(machine: Machine) -> None:
    machine.put("dpkg-query", "true")
    machine.apt("exit 100")
    ours, theirs = pty.openpty()
    err = machine.run("up", "--yes", stdin=theirs)[2]
    os.close(ours)
    os.close(theirs)
    assert "[y/N]" not in err
    assert machine.asked_apt()


def test_a_machine_without_dpkg(machine: Machine) -> None:
    (machine.bin / "dpkg-query").unlink()
    code, _, err = machine.run("up")
    assert code == 1
    assert "motcua: error[not_debian]" in err


def test_every_code_of_the_launcher_is_in_the_table_of_errors() -> None:
    codes = set(re.findall(r"\bfail ([a-z_]+) ", (ROOT / "motcua").read_text()))
    assert len(codes) >= 7
    assert codes <= ERRORS.keys()


def test_every_listed_package_says_why() -> None:
    for name in ("apt-run.txt", "apt-test.txt"):
        for line in (ROOT / "provisioning" / name).read_text().splitlines():
            package, _, why = line.partition("#")
            assert why.strip(), line
            assert len(package.split()) <= 1
