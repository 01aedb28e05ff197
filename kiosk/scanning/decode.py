"""One picture → the barcode in it. Two decoders, for they fail on different pictures; harder tries one after another.

Only Code 128, Code 39 and QR are read: every further symbology makes misreadings likelier.
"""

import math
import time
from collections.abc import Callable, Iterator

import cv2
import numpy as np
import zxingcpp

from contracts.scan import BadScan, Scan, Symbology, read_scan
from kiosk.scanning import zbar
from kiosk.scanning.pictures import Grey

BUDGET_MS = 1500  # a picture file: try everything
LINE_PIXELS_MAX = 1600  # longer sides are shrunk for the slow tries
BLURS_ALONG = (25, 9, 51)  # pixels
EDGE_SHARE = 0.03  # the part of the pixels that counts as strong edges
UPSCALE_BELOW = 900  # small pictures are doubled once: thin bars grow over the binariser's noise

_FORMATS = (zxingcpp.BarcodeFormat.Code128, zxingcpp.BarcodeFormat.Code39, zxingcpp.BarcodeFormat.QRCode)
_SYMBOLOGIES = dict(zip(_FORMATS, (Symbology.CODE128, Symbology.CODE39, Symbology.QR), strict=True))
Try = Callable[[], list[Scan]]


def decode(grey: Grey, budget_ms: int = BUDGET_MS) -> Scan | None:
    """The first readable barcode, or None. No further try is begun once `budget_ms` are spent."""
    started = time.perf_counter()
    for attempt in _tries(grey):
        found = attempt()
        if found:
            return found[0]
        if (time.perf_counter() - started) * 1000 > budget_ms:
            return None
    return None


def _tries(grey: Grey) -> Iterator[Try]:
    """From quick to thorough (figures: milliseconds for a 1280 x 720 frame)."""
    yield lambda: _zxing(grey)  # 4
    small = _shrunk(grey)
    yield lambda: _zbar(small, 2)  # 10
    soft = cv2.GaussianBlur(small, (0, 0), 1.0)
    yield from _both(soft)
    yield from _upright_tries(small)
    if max(small.shape) < UPSCALE_BELOW:
        yield from _both(cv2.resize(small, None, fx=2, fy=2, interpolation=cv2.INTER_CUBIC))
    yield from _both(cv2.createCLAHE(clipLimit=3.0, tileGridSize=(8, 8)).apply(soft))
    yield from _both(_sharper(small))
    yield from _both(cv2.GaussianBlur(small, (0, 0), 2.0))


def _upright_tries(grey: Grey) -> Iterator[Try]:
    """For bars: turn them upright, then average along them, which takes the noise and leaves the edges."""
    upright = _turned(grey, bar_angle(grey))
    for along in BLURS_ALONG:
        smooth = cv2.blur(upright, (1, along))
        yield from _both(smooth)
        sharp = _sharper(smooth)
        yield from _both(sharp)
        yield from _both(cv2.resize(sharp, None, fx=2, fy=1, interpolation=cv2.INTER_CUBIC))


def _both(grey: Grey) -> Iterator[Try]:
    yield lambda: _zxing(grey)
    yield lambda: _zbar(grey, 1)


def _sharper(grey: Grey) -> Grey:
    sharp: Grey = cv2.addWeighted(grey, 2.5, cv2.GaussianBlur(grey, (0, 0), 3.0), -1.5, 0)
    return sharp


def _zxing(grey: Grey) -> list[Scan]:
    found = zxingcpp.read_barcodes(np.ascontiguousarray(grey), formats=_FORMATS)
    pairs = [(bytes(one.bytes), _SYMBOLOGIES.get(one.format)) for one in found if one.valid]
    return _scans([(raw, symbology) for raw, symbology in pairs if symbology is not None])


def _zbar(grey: Grey, density: int) -> list[Scan]:
    return _scans(zbar.read(grey, density))


def _scans(found: list[tuple[bytes, Symbology]]) -> list[Scan]:
    """Bytes that are a text within the limits of a scan; others count as unread."""
    texts = [(read_scan(b"]X0" + raw), symbology) for raw, symbology in found]  # data that looks like an AIM id stays
    return [Scan(scan.text, symbology) for scan, symbology in texts if not isinstance(scan, BadScan)]


def _shrunk(grey: Grey) -> Grey:
    factor = LINE_PIXELS_MAX / max(grey.shape)
    if factor >= 1:
        return grey
    small: Grey = cv2.resize(grey, None, fx=factor, fy=factor, interpolation=cv2.INTER_AREA)
    return small


def bar_angle(grey: Grey) -> float:
    """Degrees to turn the picture by so that the bars in it stand upright (structure tensor of its strong edges)."""
    soft = cv2.GaussianBlur(grey, (0, 0), 2.0)
    across = cv2.Sobel(soft, cv2.CV_32F, 1, 0)
    down = cv2.Sobel(soft, cv2.CV_32F, 0, 1)
    strength = across * across + down * down
    strong = strength >= np.quantile(strength, 1 - EDGE_SHARE)
    twist = 2 * float((across * down)[strong].sum())
    lean = float((across * across - down * down)[strong].sum())
    return math.degrees(0.5 * math.atan2(twist, lean))


def _turned(grey: Grey, degrees: float) -> Grey:
    """Turned counter-clockwise on a white sheet large enough for all of it."""
    height, width = grey.shape
    cos, sin = abs(math.cos(math.radians(degrees))), abs(math.sin(math.radians(degrees)))
    wide, high = math.ceil(width * cos + height * sin), math.ceil(width * sin + height * cos)
    matrix = cv2.getRotationMatrix2D((width / 2, height / 2), degrees, 1.0)
    matrix[:, 2] += ((wide - width) / 2, (high - height) / 2)
    turned: Grey = cv2.warpAffine(grey, matrix, (wide, high), borderValue=255)
    return turned
