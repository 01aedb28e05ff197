"""Pictures of barcodes as a camera sees them: drawn, laid on a desk, turned, blurred, noisy. Seeded."""

import io
from typing import Any

import barcode
import cv2
import numpy as np
import segno
from barcode.writer import ImageWriter

from kiosk.scanning.pictures import Grey


def linear(kind: str, text: str, module_mm: float = 0.3) -> Grey:
    """A Code 128, Code 39 or EAN-13 bar code by python-barcode."""
    options: dict[str, Any] = {"add_checksum": False} if kind == "code39" else {}
    drawn = barcode.get_barcode_class(kind)(text, writer=ImageWriter(), **options)
    picture = drawn.render({"write_text": False, "module_width": module_mm, "module_height": 12.0})
    return np.asarray(picture.convert("L"), dtype=np.uint8)


def qr(text: str, scale: int = 5) -> Grey:
    """A QR code by segno."""
    out = io.BytesIO()
    segno.make(text, micro=False, error="m").save(out, kind="png", scale=scale, border=4)
    found: Grey = cv2.imdecode(np.frombuffer(out.getvalue(), np.uint8), cv2.IMREAD_GRAYSCALE)
    return found


def desk(
    code: Grey | None, *, angle: float = 0.0, blur: float = 0.0, noise: float = 0.0, seed: int = 0,
    size: tuple[int, int] = (720, 1280),
) -> Grey:  # fmt: skip
    """The code on a light sheet, turned by `angle` degrees, on a grey desk lit from one side; then lens and sensor."""
    rng = np.random.default_rng(seed)
    height, width = size
    scene = np.tile(np.linspace(90, 150, width, dtype=np.float32), (height, 1))
    if code is not None:
        margin = 40
        sheet = np.full((code.shape[0] + 2 * margin, code.shape[1] + 2 * margin), 235, np.uint8)
        sheet[margin:-margin, margin:-margin] = np.minimum(code, 235)
        matrix = cv2.getRotationMatrix2D((sheet.shape[1] / 2, sheet.shape[0] / 2), angle, 1.0)
        matrix[0, 2] += (width - sheet.shape[1]) / 2
        matrix[1, 2] += (height - sheet.shape[0]) / 2
        paper = cv2.warpAffine(sheet, matrix, (width, height), borderValue=0)
        mask = cv2.warpAffine(np.full_like(sheet, 255), matrix, (width, height), borderValue=0)
        scene = np.where(mask > 127, paper.astype(np.float32), scene)
    if blur:
        scene = cv2.GaussianBlur(scene, (0, 0), blur)
    scene = scene + rng.normal(0, noise, scene.shape) if noise else scene
    pixels: Grey = np.clip(scene, 0, 255).astype(np.uint8)
    return pixels
