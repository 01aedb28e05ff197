"""A VFS in front of SQLite's own that logs writes, truncates, syncs and deletes, made with ctypes alone.

Python's sqlite3 is linked against libsqlite3.so.0, and a second `CDLL` of that name gives the very same library: the
VFS registered here as the default is the one that `sqlite3.connect` uses. Everything but four calls stays SQLite's own
code, locks and shared memory too (https://www.sqlite.org/c3ref/vfs.html, …/io_methods.html).
"""

import ctypes
import os
import time
from collections.abc import Callable
from ctypes import CFUNCTYPE, POINTER, c_char_p, c_int, c_longlong, c_void_p
from pathlib import Path
from typing import Any

from tests.support.power_cut_log import Kind, LogWriter

LIBRARY = "libsqlite3.so.0"
JOURNALS = 0x800 | 0x80000  # SQLITE_OPEN_MAIN_JOURNAL, _WAL
LOGGED_KINDS = 0x100 | JOURNALS  # and SQLITE_OPEN_MAIN_DB
FULL = 13  # SQLITE_FULL

OPEN = CFUNCTYPE(c_int, c_void_p, c_void_p, c_void_p, c_int, c_void_p)
DELETE = CFUNCTYPE(c_int, c_void_p, c_char_p, c_int)
WRITE = CFUNCTYPE(c_int, c_void_p, c_void_p, c_int, c_longlong)
TRUNCATE = CFUNCTYPE(c_int, c_void_p, c_longlong)
SYNC = CFUNCTYPE(c_int, c_void_p, c_int)

_VFS_CALLS = (
    "xOpen", "xDelete", "xAccess", "xFullPathname", "xDlOpen", "xDlError", "xDlSym", "xDlClose", "xRandomness",
    "xSleep", "xCurrentTime", "xGetLastError", "xCurrentTimeInt64", "xSetSystemCall", "xGetSystemCall",
    "xNextSystemCall",
)  # fmt: skip
_FILE_CALLS = (
    "xClose", "xRead", "xWrite", "xTruncate", "xSync", "xFileSize", "xLock", "xUnlock", "xCheckReservedLock",
    "xFileControl", "xSectorSize", "xDeviceCharacteristics", "xShmMap", "xShmLock", "xShmBarrier", "xShmUnmap",
    "xFetch", "xUnfetch",
)  # fmt: skip


class _Vfs(ctypes.Structure):
    _fields_ = [
        ("iVersion", c_int), ("szOsFile", c_int), ("mxPathname", c_int), ("pNext", c_void_p), ("zName", c_char_p),
        ("pAppData", c_void_p), *((name, c_void_p) for name in _VFS_CALLS),
    ]  # fmt: skip


class _Methods(ctypes.Structure):
    _fields_ = [("iVersion", c_int), *((name, c_void_p) for name in _FILE_CALLS)]


class _File(ctypes.Structure):
    _fields_ = [("pMethods", c_void_p)]


def _guarded(function: Callable[..., int]) -> Callable[..., int]:
    """An exception cannot cross into C: it becomes an I/O error there, and ends this process here."""

    def call(*arguments: Any) -> int:
        try:
            return function(*arguments)
        except BaseException as bug:
            os.write(2, f"power cut shim: {bug!r}\n".encode())
            os._exit(99)

    return call


class LoggingVfs:
    """Logs what SQLite does to files under `root`. Keep the object: C holds pointers into it."""

    def __init__(
        self, root: Path, log: LogWriter, sync_s: float = 0.0, full: Callable[[], bool] = lambda: False
    ) -> None:
        """`sync_s`: each sync takes so much longer. `full()`: there is no room for another write."""
        self._full = full
        self._root, self._log, self._sync_s = str(root.resolve()) + os.sep, log, sync_s
        self._paths: dict[int, str] = {}  # address of an open sqlite3_file → its path
        self._new: set[str] = set()  # journals that SQLite made and has not yet synced: then it syncs the folder too
        self._patched: dict[int, tuple[_Methods, _Methods]] = {}  # address of a method table → (original, ours)
        self._callbacks: list[Any] = []
        library = ctypes.CDLL(LIBRARY)
        library.sqlite3_vfs_find.restype = POINTER(_Vfs)
        original = library.sqlite3_vfs_find(None).contents
        self._open, self._delete = OPEN(original.xOpen), DELETE(original.xDelete)
        self._vfs = _Vfs.from_buffer_copy(original)
        self._vfs.pNext, self._vfs.zName = None, b"power-cut"
        self._vfs.xOpen = self._callback(OPEN, self._on_open)
        self._vfs.xDelete = self._callback(DELETE, self._on_delete)
        self.opened = 0
        if library.sqlite3_vfs_register(ctypes.byref(self._vfs), 1) != 0:
            raise RuntimeError("SQLite did not take the VFS")

    def _callback(self, prototype: Any, function: Callable[..., int]) -> int | None:
        made = prototype(_guarded(function))
        self._callbacks.append(made)
        return ctypes.cast(made, c_void_p).value

    def _on_open(self, vfs: int, name: int, file: int, flags: int, out: int) -> int:
        self.opened += 1
        path = os.path.realpath(ctypes.string_at(name).decode()) if name else ""
        ours = bool(flags & LOGGED_KINDS) and path.startswith(self._root)
        if ours and flags & JOURNALS and not Path(path).exists():
            self._new.add(path)
        code: int = self._open(vfs, name, file, flags, out)
        if code == 0 and ours:
            self._paths[file] = path
            table = ctypes.cast(file, POINTER(_File)).contents
            table.pMethods = ctypes.addressof(self._methods(table.pMethods))
        return code

    def _methods(self, address: int) -> _Methods:
        """A copy of SQLite's own table with three calls replaced; made once a table."""
        if address not in self._patched:
            original = ctypes.cast(address, POINTER(_Methods)).contents
            ours = _Methods.from_buffer_copy(original)
            ours.xWrite = self._callback(WRITE, self._writer(WRITE(original.xWrite)))
            ours.xTruncate = self._callback(TRUNCATE, self._truncater(TRUNCATE(original.xTruncate)))
            ours.xSync = self._callback(SYNC, self._syncer(SYNC(original.xSync)))
            self._patched[address] = (original, ours)
        return self._patched[address][1]

    def _writer(self, real: Any) -> Callable[..., int]:
        def write(file: int, data: int, length: int, offset: int) -> int:
            if self._full():
                return FULL
            code: int = real(file, data, length, offset)
            if code == 0:
                self._log.add(Kind.WRITE, self._paths[file], offset, ctypes.string_at(data, length))
            return code

        return write

    def _truncater(self, real: Any) -> Callable[..., int]:
        def truncate(file: int, size: int) -> int:
            code: int = real(file, size)
            if code == 0:
                self._log.add(Kind.TRUNCATE, self._paths[file], size)
            return code

        return truncate

    def _syncer(self, real: Any) -> Callable[..., int]:
        def sync(file: int, flags: int) -> int:
            if self._sync_s:
                time.sleep(self._sync_s)  # a slow card: more is under way at the cut
            code: int = real(file, flags)
            if code == 0:
                path = self._paths[file]
                self._log.add(Kind.SYNC, path)
                if path in self._new:  # os_unix.c, UNIXFILE_DIRSYNC
                    self._new.discard(path)
                    self._log.add(Kind.SYNC_DIR, str(Path(path).parent))
            return code

        return sync

    def _on_delete(self, vfs: int, name: bytes, sync_dir: int) -> int:
        code: int = self._delete(vfs, name, sync_dir)
        path = os.path.realpath(name.decode())
        if code == 0 and path.startswith(self._root):
            self._log.add(Kind.DELETE_SYNCED if sync_dir else Kind.DELETE, path)
        return code
