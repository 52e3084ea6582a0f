"""The job that makes pictures of people anew: what comes out was made here. The home of Pillow."""

import io
from typing import Final

from PIL import Image, ImageOps

MAX_BYTES: Final = 128 * 1024
MAX_PIXELS: Final = 4_000_000
"""Of what comes in: a small file may announce a picture that fills the memory."""

MAX_SIDE: Final = 512
_FORMATS: Final = ("PNG", "JPEG")
_QUALITIES: Final = (85, 60, 30)


def prepare() -> None:
    """Load the decoders: later no file can be opened."""
    Image.preinit()


def work(payload: bytes) -> bytes:
    """Return the picture in ``payload``, decoded and encoded: a PNG or JPEG without metadata.

    Raises ValueError where there are too many pixels, and whatever the decoders raise.
    """
    with Image.open(io.BytesIO(payload), formats=_FORMATS) as found:
        width, height = found.size
        if width * height > MAX_PIXELS:
            raise ValueError("too many pixels")
        upright = ImageOps.exif_transpose(found)
        upright.thumbnail((MAX_SIDE, MAX_SIDE))
        return _written(upright)


def _written(picture: Image.Image) -> bytes:
    out = io.BytesIO()
    if picture.has_transparency_data:
        picture.convert("RGBA").save(out, "PNG", optimize=True)
        if out.tell() <= MAX_BYTES:
            return out.getvalue()
    plain = picture.convert("RGB")
    for quality in _QUALITIES:
        out = io.BytesIO()
        plain.save(out, "JPEG", quality=quality)
        if out.tell() <= MAX_BYTES:
            break
    return out.getvalue()
