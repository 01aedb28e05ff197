"""ZBar through pyzbar, with the two things pyzbar does not offer: raw QR bytes, and the scan density.

ZBar guesses Big5 or Shift-JIS for Vietnamese UTF-8 in QR codes; with ZBAR_CFG_BINARY it hands over the bytes.
"""

import numpy as np
from pyzbar import pyzbar
from pyzbar.wrapper import (
    ZBarConfig,
    ZBarSymbol,
    zbar_image_scanner_set_config,
    zbar_image_set_data,
    zbar_image_set_format,
    zbar_image_set_size,
    zbar_scan_image,
)

from contracts.scan import Symbology
from kiosk.scanning.pictures import Grey

CFG_BINARY = 4  # zbar.h, ZBAR_CFG_BINARY; the name is newer than pyzbar
_GREY = 0x30303859  # fourcc "Y800"
_SYMBOLS = {
    ZBarSymbol.CODE128: Symbology.CODE128,
    ZBarSymbol.CODE39: Symbology.CODE39,
    ZBarSymbol.QRCODE: Symbology.QR,
}
_BY_NAME = {symbol.name: symbology for symbol, symbology in _SYMBOLS.items()}


def read(grey: Grey, density: int = 1) -> list[tuple[bytes, Symbology]]:
    """Every Code 128, Code 39 and QR code found, as raw bytes. `density`: look at every n-th line of pixels."""
    pixels = np.ascontiguousarray(grey)  # alive until the scan is done: ZBar keeps the address only
    height, width = pixels.shape
    with pyzbar._image_scanner() as scanner, pyzbar._image() as image:  # noqa: SLF001 - pyzbar.decode sets no config
        # 0 = every symbology: with ten enabled, noise is misread (as ITF, mostly)
        zbar_image_scanner_set_config(scanner, 0, ZBarConfig.CFG_ENABLE, 0)
        for symbol in _SYMBOLS:
            zbar_image_scanner_set_config(scanner, symbol, ZBarConfig.CFG_ENABLE, 1)
        zbar_image_scanner_set_config(scanner, ZBarSymbol.QRCODE, CFG_BINARY, 1)
        zbar_image_scanner_set_config(scanner, 0, ZBarConfig.CFG_X_DENSITY, density)
        zbar_image_scanner_set_config(scanner, 0, ZBarConfig.CFG_Y_DENSITY, density)
        zbar_image_set_format(image, _GREY)
        zbar_image_set_size(image, width, height)
        zbar_image_set_data(image, pixels.ctypes.data, pixels.size, None)
        if zbar_scan_image(scanner, image) < 0:
            return []
        found = list(pyzbar._decode_symbols(pyzbar._symbols_for_image(image)))  # noqa: SLF001 - as above
    return [(bytes(one.data), _BY_NAME[one.type]) for one in found if one.type in _BY_NAME]
