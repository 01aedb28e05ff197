"""Picture files → grey pixels, within limits. A file from outside may be anything."""

import warnings
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageOps

from contracts.errors import Rejected

Grey = NDArray[np.uint8]
"""Height × width, 0 = black."""

FILE_BYTES_MAX = 32 * 1024 * 1024
PIXELS_MAX = 50_000_000  # a 48-megapixel phone; more is a decompression bomb


def load_grey(path: Path) -> Grey:
    """The picture as grey pixels, turned as its EXIF says, transparency on white.

    Raises `file_unreadable` or `too_large`.
    """
    try:
        if path.stat().st_size > FILE_BYTES_MAX:
            raise Rejected("too_large", f"{path}: larger than {FILE_BYTES_MAX // 1024 // 1024} MB")
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)  # PIXELS_MAX is our limit
            with Image.open(path) as picture:
                if picture.width * picture.height > PIXELS_MAX:
                    raise Rejected("too_large", f"{path}: more than {PIXELS_MAX // 1_000_000} megapixels")
                return _grey(ImageOps.exif_transpose(picture))
    except FileNotFoundError:
        raise Rejected("file_unreadable", f"{path}: no such file") from None
    except Image.DecompressionBombError:
        raise Rejected("too_large", f"{path}: more than {PIXELS_MAX // 1_000_000} megapixels") from None
    except (OSError, ValueError, SyntaxError, EOFError) as error:  # what Pillow raises for broken files
        raise Rejected("file_unreadable", f"{path}: not a picture ({error})") from error


def _grey(picture: Image.Image) -> Grey:
    if picture.mode.startswith("I"):  # 16 bits a pixel
        wide: NDArray[Any] = np.asarray(picture)
        return (wide / max(1, int(wide.max()) / 255)).astype(np.uint8)
    if "A" in picture.mode or "transparency" in picture.info:
        rgba = picture.convert("RGBA")
        picture = Image.alpha_composite(Image.new("RGBA", rgba.size, "white"), rgba)
    return np.asarray(picture.convert("L"), dtype=np.uint8)
