"""Contents under a key, in pieces. Blobs: test_blobs.py."""

import os
from io import BytesIO
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from allmende.core.errors import Unavailable
from allmende.storage.ciphertext import (
    HEAD_BYTES,
    PIECE_BYTES,
    TAG_BYTES,
    Decrypting,
    Encrypting,
    Scratch,
    plain_bytes,
    scratch,
)

KEY, OTHER = bytes(32), bytes(31) + b"\1"
SIZES = [0, 1, PIECE_BYTES - 1, PIECE_BYTES, PIECE_BYTES + 1, 3 * PIECE_BYTES]


def encrypted(content: bytes, *, cut: int = 10_000, bound: bytes = b"") -> bytes:
    file = BytesIO()
    encrypting = Encrypting(file, KEY)
    for start in range(0, len(content), cut):
        encrypting.write(content[start : start + cut])
    encrypting.finish(bound)
    return file.getvalue()


def decrypted(file: bytes, key: bytes = KEY, bound: bytes = b"") -> bytes:
    return Decrypting(BytesIO(file), key, bound).read()


@pytest.mark.parametrize("size", SIZES)
def test_every_length_comes_back_and_is_known_from_the_file(size: int) -> None:
    content = os.urandom(size)
    file = encrypted(content)
    assert decrypted(file) == content
    assert plain_bytes(len(file)) == size


@given(size=st.integers(0, 3 * PIECE_BYTES), cut=st.integers(1, 2 * PIECE_BYTES))
def test_it_does_not_matter_how_a_content_is_cut(size: int, cut: int) -> None:
    content = bytes(size)
    reading = Decrypting(BytesIO(encrypted(content, cut=max(cut, 500))), KEY)
    assert b"".join(iter(lambda: reading.read(max(cut, 500)), b"")) == content


def test_equal_contents_give_different_files() -> None:
    assert encrypted(b"the same") != encrypted(b"the same")


def test_each_changed_cut_or_exchanged_piece_is_noticed() -> None:
    content = b"a" * PIECE_BYTES + b"b" * PIECE_BYTES + b"c"
    file, piece = encrypted(content), PIECE_BYTES + TAG_BYTES
    head, first, second, last = (
        file[:HEAD_BYTES],
        file[HEAD_BYTES : HEAD_BYTES + piece],
        file[HEAD_BYTES + piece : HEAD_BYTES + 2 * piece],
        file[HEAD_BYTES + 2 * piece :],
    )
    wrong = [
        head,
        head + last,
        head + first,
        head + first + second,
        head + second + first + last,
        head + first + first + second + last,
        file + b"x",
        file[:-1],
        b"\2" + file[1:],
        file[: HEAD_BYTES - 1],
        b"",
    ]
    for changed in wrong:
        with pytest.raises(Unavailable):
            decrypted(changed)
    for key, bound in ((OTHER, b""), (KEY, b"another name")):
        with pytest.raises(Unavailable):
            decrypted(file, key, bound)


def test_the_first_pieces_can_be_read_before_the_last(tmp_path: Path) -> None:
    reading = Decrypting(BytesIO(encrypted(bytes(PIECE_BYTES * 2))[:-1]), KEY)
    assert reading.read(100) == bytes(100)
    with pytest.raises(Unavailable):
        reading.read()


def test_scratch_files_have_no_name_and_show_nothing(tmp_path: Path) -> None:
    sentinel = b"sentinel-of-a-person "
    shown = BytesIO()
    with scratch(tmp_path) as temporary:
        seen = Scratch(shown)
        for _ in range(10_000):
            temporary.write(sentinel)
            seen.write(sentinel)
        assert list(tmp_path.iterdir()) == []
        assert temporary.size_bytes == len(sentinel) * 10_000
        assert temporary.content().read() == sentinel * 10_000
    assert len(shown.getvalue()) > 100_000
    assert sentinel not in shown.getvalue()
