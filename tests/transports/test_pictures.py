"""Pictures go through a child and come back, or are refused."""

import asyncio
import io

import pytest
from PIL import Image, PngImagePlugin

from allmende.core.errors import InvalidInput
from allmende.transports.child.pool import Children
from allmende.transports.pictures import MAX_BYTES, Pictures


def picture() -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (640, 480), "red").save(out, "PNG")
    return out.getvalue()


@pytest.mark.slow
def test_a_picture_comes_back_small() -> None:
    made = asyncio.run(Pictures(Children()).again(picture()))
    with Image.open(io.BytesIO(made)) as found:
        assert (found.format, found.size) == ("JPEG", (512, 384))


@pytest.mark.slow
def test_a_picture_is_freed_of_what_is_not_seen_and_else_left_alone() -> None:
    plain, out, words = picture(), io.BytesIO(), PngImagePlugin.PngInfo()
    words.add_text("where", "at home")
    with Image.open(io.BytesIO(plain)) as found:
        found.save(out, "PNG", pnginfo=words)
    pictures = Pictures(Children())
    assert b"at home" not in asyncio.run(pictures.bare(out.getvalue()))
    assert asyncio.run(pictures.bare(plain)) == plain
    with pytest.raises(InvalidInput) as refused:
        asyncio.run(pictures.bare(plain[:100]))
    assert refused.value.message_id == "web.picture-broken"


@pytest.mark.slow
@pytest.mark.parametrize("data", [b"", b"GIF89a" + bytes(100), bytes(MAX_BYTES + 1)])
def test_what_is_no_small_picture_is_refused(data: bytes) -> None:
    with pytest.raises(InvalidInput) as refused:
        asyncio.run(Pictures(Children()).again(data))
    assert refused.value.message_id == "web.picture-refused"
