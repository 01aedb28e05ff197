"""Frames from a V4L2 camera, a video file, or a folder where each new picture is a frame."""

import time
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import cv2

from contracts.errors import Rejected
from kiosk.scanning.pictures import Grey, load_grey

POLL_S = 0.1
HALF_WRITTEN_S = 2.0  # a picture that cannot be read yet may still be written
FOLDER_FILES_MAX = 10_000
WIDTH, HEIGHT = 1280, 720
FPS_DEFAULT = 25.0
VIDEO_ENDINGS = frozenset({".mp4", ".avi", ".mkv", ".mov", ".webm"})


def frames_from(source: str, *, from_start: bool = False, fast: bool = False) -> Iterator[Grey | None]:
    """Frames of `source`: `/dev/videoN`, a folder, a video file, or `v4l2://…` and `file://…` of a device row.

    None = no frame just now. A camera and a folder never end. Raises `device_unreachable` when there is nothing (or
    no longer). `from_start`: pictures already in the folder count; `fast`: a video at full speed, not in its own time.
    """
    parts = urlsplit(source)
    path = Path(parts.path if parts.scheme in ("v4l2", "file") else source)
    if parts.scheme == "v4l2" or path.is_char_device():
        return _camera(path)
    if path.is_dir():
        return _folder(path, from_start=from_start)
    if path.is_file() and path.suffix.lower() in VIDEO_ENDINGS:
        return _video(path, fast=fast)
    raise Rejected("device_unreachable", f"{path}: no camera, folder or video file")


def _camera(path: Path) -> Iterator[Grey | None]:
    capture = cv2.VideoCapture(str(path), cv2.CAP_V4L2)
    try:
        capture.set(cv2.CAP_PROP_FRAME_WIDTH, WIDTH)
        capture.set(cv2.CAP_PROP_FRAME_HEIGHT, HEIGHT)
        capture.set(cv2.CAP_PROP_BUFFERSIZE, 1)  # the newest frame, not one of seconds ago
        while True:
            ok, frame = capture.read()
            if not ok:
                raise Rejected("device_unreachable", f"{path}: the camera gives no frame")
            yield cv2.cvtColor(frame, cv2.COLOR_BGR2GRAY)
    finally:
        capture.release()


def _video(path: Path, *, fast: bool) -> Iterator[Grey | None]:
    capture = cv2.VideoCapture(str(path))
    try:
        frame_s = 1 / (capture.get(cv2.CAP_PROP_FPS) or FPS_DEFAULT)
        ok, frame = capture.read()
        if not ok:
            raise Rejected("device_unreachable", f"{path}: not a video that can be played")
        due_s = time.monotonic()
        while ok:
            yield cv2.cvtColor(frame, cv2.COLOR_BGR2GRAY)
            due_s += frame_s
            if not fast:
                time.sleep(max(0.0, due_s - time.monotonic()))
            ok, frame = capture.read()
    finally:
        capture.release()


def _folder(path: Path, *, from_start: bool) -> Iterator[Grey | None]:
    seen = {} if from_start else _listing(path)
    while True:
        listing = _listing(path)
        new = sorted((stamp, file) for file, stamp in listing.items() if seen.get(file) != stamp)
        seen = {file: stamp for file, stamp in seen.items() if file in listing}  # forget what was deleted
        for stamp, file in new:
            frame = _picture(file)
            if frame is not None or time.time() - stamp / 1e9 > HALF_WRITTEN_S:
                seen[file] = stamp
            if frame is not None:
                yield frame
        yield None
        time.sleep(POLL_S)


def _listing(path: Path) -> dict[Path, int]:
    """Each file of the folder with the time of its last change, in ns."""
    listing: dict[Path, int] = {}
    try:
        for file in path.iterdir():
            if len(listing) < FOLDER_FILES_MAX and file.is_file() and not file.name.startswith("."):
                listing[file] = file.stat().st_mtime_ns
    except FileNotFoundError:
        if not path.is_dir():
            raise Rejected("device_unreachable", f"{path}: the folder is gone") from None
        # else only a file went away between listing and looking
    return listing


def _picture(file: Path) -> Grey | None:
    try:
        return load_grey(file)
    except Rejected:
        return None
