"""What is not seen is taken out of pictures; what is seen stays as it is, byte for byte."""

import io
import struct
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, PngImagePlugin, features

from allmende.transports.child.metadata import PictureRefused, prepare, work

HOME = b"at home"
SIZE = (64, 48)


def seen(data: bytes) -> tuple[str | None, tuple[int, int], bytes]:
    with Image.open(io.BytesIO(data)) as found:
        return found.format, found.size, found.convert("RGBA").tobytes()


def exif(turn: int) -> Image.Exif:
    made = Image.Exif()
    made[0x010E] = HOME.decode()
    made[0x0112] = turn
    return made


def written(form: str, mode: str = "RGB", **more: object) -> bytes:
    out = io.BytesIO()
    picture = Image.linear_gradient("L").resize(SIZE).convert(mode)
    picture.save(out, form, **more)
    return out.getvalue()


def chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def words() -> PngImagePlugin.PngInfo:
    info = PngImagePlugin.PngInfo()
    info.add_text("where", HOME.decode())
    info.add_itxt("who", HOME.decode())
    return info


def moving() -> bytes:
    out = io.BytesIO()
    frames = [Image.new("RGB", SIZE, colour) for colour in ("red", "green", "blue")]
    frames[0].save(
        out, "GIF", save_all=True, append_images=frames[1:], loop=0, duration=40, comment=HOME
    )
    return out.getvalue()


DIRTY = {
    "jpeg": written("JPEG", exif=exif(1), comment=HOME, icc_profile=HOME),
    "progressive": written("JPEG", exif=exif(1), progressive=True),
    "cmyk": written("JPEG", "CMYK", comment=HOME),
    "jpeg with something behind": written("JPEG") + HOME,
    "png": written("PNG", pnginfo=words(), icc_profile=HOME * 20, exif=exif(1)),
    "png with something behind": written("PNG", "P") + HOME,
    "gif": moving(),
    "gif with something behind": written("GIF", "P") + HOME,
}
if features.check("webp"):
    DIRTY["webp"] = written("WEBP", exif=exif(1), xmp=HOME, lossless=True)
    DIRTY["webp with something behind"] = written("WEBP") + HOME


@pytest.mark.parametrize("name", DIRTY)
def test_what_is_not_seen_goes_and_what_is_seen_stays(name: str) -> None:
    dirty = DIRTY[name]
    prepare()
    clean = work(dirty)
    assert b"home" not in clean
    assert len(clean) < len(dirty)
    assert seen(clean) == seen(dirty)
    assert work(clean) == clean


def test_every_frame_of_a_moving_picture_stays() -> None:
    with Image.open(io.BytesIO(work(moving()))) as found:
        assert getattr(found, "n_frames", 0) == 3
        assert found.info["loop"] == 0


@pytest.mark.parametrize(
    "data",
    [written("JPEG"), written("PNG"), written("PNG", "LA"), written("GIF", "P")],
)
def test_a_picture_with_nothing_else_stays_as_it_is(data: bytes) -> None:
    assert work(data) == data


@pytest.mark.parametrize("turn", range(2, 9))
def test_how_a_photograph_is_turned_stays(turn: int) -> None:
    clean = work(written("JPEG", exif=exif(turn)))
    assert HOME not in clean
    with Image.open(io.BytesIO(clean)) as found:
        assert dict(found.getexif()) == {0x0112: turn}
    assert work(clean) == clean


@pytest.mark.skipif(not features.check("webp"), reason="Pillow without WebP")
def test_how_a_webp_is_turned_stays() -> None:
    clean = work(written("WEBP", exif=exif(6)))
    assert HOME not in clean
    with Image.open(io.BytesIO(clean)) as found:
        assert dict(found.getexif()) == {0x0112: 6}


def test_the_small_picture_in_a_jpeg_goes() -> None:
    plain = written("JPEG")
    inner = bytes(3 * 4)
    head = b"JFIF\0\x01\x01\0\0\x01\0\x01\x02\x02"
    small = b"\xff\xe0" + (len(head) + len(inner) + 2).to_bytes(2, "big") + head + inner
    clean = work(plain[:2] + small + plain[20:])
    assert inner + b"\xff" not in clean[:40]
    assert seen(clean) == seen(plain)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"hallo",
        b"<svg xmlns='http://www.w3.org/2000/svg'/>",
        b"\xff\xd8\xff",
        b"\xff\xd8\xff\xe0\x00\x01",
        b"\xff\xd8\xff\xe0\xff\xff",
        b"\xff\xd8\xff\xd8",
        written("JPEG")[:-2],
        written("JPEG")[:200],
        written("PNG")[:60],
        written("PNG")[:-12],
        written("PNG")[:8] + chunk(b"IDAT", b""),
        written("PNG")[:33] + chunk(b"ABCD", b"") + written("PNG")[33:],
        written("GIF", "P")[:-1],
        b"GIF89a" + bytes(7) + b"?",
        b"GIF89a",
        b"RIFF\xff\xff\xff\xffWEBP",
        b"RIFF\x04\0\0\0WEBP",
        b"RIFF\x0c\0\0\0WEBPVP8 \xff\0\0\0",
    ],
)
def test_what_keeps_to_no_format_is_refused(data: bytes) -> None:
    with pytest.raises(PictureRefused):
        work(data)


@given(st.sampled_from(sorted(DIRTY)), st.data())
def test_damage_is_refused_or_does_no_harm(name: str, data: st.DataObject) -> None:
    broken = bytearray(DIRTY[name])
    for _ in range(data.draw(st.integers(1, 4))):
        broken[data.draw(st.integers(0, len(broken) - 1))] = data.draw(st.integers(0, 255))
    try:
        clean = work(bytes(broken))
    except PictureRefused:
        return
    assert len(clean) <= len(broken) + 64
