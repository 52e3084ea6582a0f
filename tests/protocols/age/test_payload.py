import io

import pyrage
import pytest
from hypothesis import given
from hypothesis import strategies as st

from allmende.protocols.age import CHUNK_BYTES, FileKey, Payload, header, public_key

IDENTITY = pyrage.x25519.Identity.generate()
FOR = public_key(str(IDENTITY.to_public()))
KEY, NONCE, OWN = FileKey(b"k" * 16), b"n" * 16, b"\x03" * 32


def encrypted(pieces: list[bytes]) -> bytes:
    payload = Payload(KEY.for_payload(NONCE))
    chunks = [chunk for piece in pieces for chunk in payload.send(piece)]
    return header(KEY, [FOR], [OWN]) + NONCE + b"".join(chunks) + payload.finish()


def decrypted(made: bytes) -> bytes:
    target = io.BytesIO()
    pyrage.decrypt_io(io.BytesIO(made), target, [IDENTITY])
    return target.getvalue()


@pytest.mark.parametrize("size", [0, 1, CHUNK_BYTES - 1, CHUNK_BYTES, CHUNK_BYTES + 1, 300_000])
def test_the_library_reads_what_we_write(size: int) -> None:
    plain = bytes(range(256)) * (size // 256 + 1)
    assert decrypted(encrypted([plain[:size]])) == plain[:size]


@given(st.lists(st.integers(0, 3 * CHUNK_BYTES), max_size=5))
def test_it_does_not_matter_how_it_is_sliced(sizes: list[int]) -> None:
    pieces = [bytes([number]) * size for number, size in enumerate(sizes)]
    assert encrypted(pieces) == encrypted([b"".join(pieces)])


def test_a_stream_of_whole_chunks_has_no_empty_one_behind_it() -> None:
    payload = Payload(KEY.for_payload(NONCE))
    assert [len(chunk) for chunk in payload.send(bytes(2 * CHUNK_BYTES))] == [CHUNK_BYTES + 16]
    assert len(payload.finish()) == CHUNK_BYTES + 16
