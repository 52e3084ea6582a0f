"""Pictures are read with bounds, and what goes on is written here."""

import io
import struct
import zlib

import pytest
from PIL import Image, PngImagePlugin

from allmende.transports.child.pictures import MAX_BYTES, MAX_SIDE, work


def written(size: tuple[int, int], form: str, mode: str = "RGB", **more: object) -> bytes:
    out = io.BytesIO()
    Image.new(mode, size, "red").save(out, form, **more)
    return out.getvalue()


def chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def bomb(width: int, height: int) -> bytes:
    """A PNG of few bytes that announces a large picture."""
    head = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    rows = zlib.compress(bytes(1024))
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")


@pytest.mark.parametrize(
    ("data", "form"),
    [
        (written((64, 48), "PNG"), "JPEG"),
        (written((64, 48), "JPEG"), "JPEG"),
        (written((64, 48), "PNG", "RGBA"), "PNG"),
        (written((64, 48), "PNG", "P"), "JPEG"),
        (written((64, 48), "PNG", "L"), "JPEG"),
    ],
)
def test_a_picture_comes_back_as_one_of_ours(data: bytes, form: str) -> None:
    with Image.open(io.BytesIO(work(data))) as found:
        assert (found.format, found.size) == (form, (64, 48))


def test_a_large_one_is_made_small_and_keeps_its_shape() -> None:
    with Image.open(io.BytesIO(work(written((1600, 800), "JPEG")))) as found:
        assert found.size == (MAX_SIDE, MAX_SIDE // 2)


def test_nothing_but_what_is_seen_goes_on() -> None:
    exif = Image.Exif()
    exif[0x010E] = "at home"
    exif[0x0112] = 6  # turned by a quarter
    photo = written((64, 48), "JPEG", exif=exif)
    words = PngImagePlugin.PngInfo()
    words.add_text("where", "at home")
    assert b"at home" in photo
    for data in (photo, written((64, 48), "PNG", pnginfo=words)):
        assert b"at home" not in work(data)
    with Image.open(io.BytesIO(work(photo))) as found:
        assert found.size == (48, 64)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"GIF89a" + bytes(100),
        written((8, 8), "GIF"),
        written((8, 8), "BMP"),
        written((64, 64), "JPEG")[:300],
        written((64, 64), "PNG")[:60],
        b"<svg xmlns='http://www.w3.org/2000/svg'/>",
        bomb(60_000, 60_000),
        bomb(9_000, 9_000),
        bomb(3_000, 3_000),
    ],
)
def test_what_is_no_small_picture_is_refused(data: bytes) -> None:
    with pytest.raises((ValueError, OSError, SyntaxError, Image.DecompressionBombError)):
        work(data)


def test_noise_with_holes_still_fits() -> None:
    noise = Image.effect_noise((512, 512), 200).convert("RGBA")
    noise.putpixel((0, 0), (0, 0, 0, 0))
    out = io.BytesIO()
    noise.resize((160, 160)).save(out, "PNG")
    assert len(work(out.getvalue())) <= MAX_BYTES
