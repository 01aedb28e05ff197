"""A QR code as a sharp texture: one texel a module, the quiet zone included."""

import segno
from kivy.factory import Factory
from kivy.graphics.texture import Texture
from kivy.properties import StringProperty
from kivy.uix.image import Image

QUIET_MODULES = 4


class QrCode(Image):
    """Shows `data`; nothing when it is empty."""

    data = StringProperty()

    def on_data(self, *_: object) -> None:
        """Redraw."""
        self.texture = qr_texture(self.data) if self.data else None


def qr_texture(data: str) -> Texture:
    """Black modules on white, level M."""
    rows = [list(row) for row in segno.make_qr(data, error="m").matrix_iter(border=QUIET_MODULES)]
    side = len(rows)
    texture = Texture.create(size=(side, side), colorfmt="luminance")
    texture.mag_filter = texture.min_filter = "nearest"
    texture.blit_buffer(bytes(0 if dark else 255 for row in reversed(rows) for dark in row), colorfmt="luminance")
    return texture


Factory.register("QrCode", cls=QrCode)
