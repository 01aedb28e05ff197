"""Runs a module on a disk whose power can be cut: `python -m tests.support.power_cut LOGDIR FOLDER MODULE arguments…`.

What SQLite does to files under FOLDER is logged in LOGDIR, and what others sync and rename there. Kill the process,
and `CuttableDisk.cut` makes of the folder what a power cut would have left. MOTCUA_CUT_SYNC_MS: each sync of a database
takes so much longer, as on a memory card. MOTCUA_CUT_LOOSE=1: every `PRAGMA synchronous` becomes OFF, and no fsync
counts, to see that the tests notice. MOTCUA_CUT_FULL=FILE: while FILE is there, the databases have no room for a write.
"""

import os
import re
import runpy
import shutil
import sqlite3
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Any

from tests.support.power_cut_disk import Cut, after_cut, copy_base
from tests.support.power_cut_files import LoggedFiles
from tests.support.power_cut_log import LogWriter
from tests.support.power_cut_vfs import LoggingVfs

SYNC_MS, LOOSE, FULL = "MOTCUA_CUT_SYNC_MS", "MOTCUA_CUT_LOOSE", "MOTCUA_CUT_FULL"
_SYNCHRONOUS = re.compile(r"(pragma\s+synchronous\s*=\s*)\w+", re.IGNORECASE)


@dataclass(frozen=True)
class CuttableDisk:
    """A folder of a process, and where its log lies (outside of it)."""

    folder: Path
    log: Path

    def command(self, module: str, *arguments: str) -> list[str]:
        """The command line that runs a module on it, from now on logged."""
        shutil.rmtree(self.log, ignore_errors=True)
        return [sys.executable, "-m", "tests.support.power_cut", str(self.log), str(self.folder), module, *arguments]

    def cut(self, rng: Random) -> Cut:
        """The process was killed: the folder becomes what a power cut would have left."""
        target = self.log / "after"
        cut = after_cut(self.log / "records", self.log / "base", self.folder.resolve(), target, rng)
        shutil.rmtree(self.folder)
        shutil.copytree(target, self.folder)
        return cut


class _LooseCursor(sqlite3.Cursor):
    def execute(self, sql: str, *arguments: Any) -> "sqlite3.Cursor":  # type: ignore[override]  # the same but for a pragma
        return super().execute(_SYNCHRONOUS.sub(r"\1OFF", sql), *arguments)


class _LooseConnection(sqlite3.Connection):
    """Syncs nothing, whatever it is told."""

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        super().execute("PRAGMA synchronous=OFF").close()

    def cursor(self, factory: Any = None) -> Any:
        return super().cursor(_LooseCursor)

    def execute(self, sql: str, *arguments: Any) -> "sqlite3.Cursor":
        return super().execute(_SYNCHRONOUS.sub(r"\1OFF", sql), *arguments)


def _loosen() -> None:
    real = sqlite3.connect

    def connect(*arguments: Any, **options: Any) -> sqlite3.Connection:
        return real(*arguments, factory=_LooseConnection, **options)

    sqlite3.connect = sqlite3.dbapi2.connect = connect  # type: ignore[assignment]


def install(log: Path, folder: Path, environment: Mapping[str, str]) -> LoggingVfs:
    """From now on this process writes on a cuttable disk. RuntimeError where its SQLite is not the shared library."""
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    copy_base(folder, log / "base")
    writer = LogWriter(log / "records")
    full = Path(environment[FULL]).exists if environment.get(FULL) else lambda: False
    vfs = LoggingVfs(folder, writer, int(environment.get(SYNC_MS, "0")) / 1000, full)
    LoggedFiles(folder, writer, loose=bool(environment.get(LOOSE)))
    connection = sqlite3.connect(log / "probe.sqlite")
    connection.execute("PRAGMA user_version=1").close()
    connection.close()
    if not vfs.opened:
        raise RuntimeError("this Python's sqlite3 does not use libsqlite3.so.0: nothing would be logged")
    if environment.get(LOOSE):
        _loosen()
    return vfs


_installed: list[LoggingVfs] = []  # C has pointers into it


def main() -> None:
    """Becomes the module."""
    log, folder, module = Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3]
    log.mkdir(parents=True)
    _installed.append(install(log, folder, os.environ))
    sys.argv = [module, *sys.argv[4:]]
    runpy.run_module(module, run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    main()
