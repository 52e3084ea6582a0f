"""Contents of any length under a key: encrypted in pieces, so that nothing has to fit in memory.

A file is one byte of format, 32 bytes of salt, then pieces of 64 KiB, each with 16 bytes of tag:
ChaCha20-Poly1305 (RFC 8439) with a key of this file alone (HKDF-SHA256, RFC 5869). The nonce counts
the pieces and says which is the last (the STREAM construction, as in age), so a cut, exchanged or
repeated piece is noticed. The last piece is also bound to a text given from outside: a file that
was moved to the place of another is noticed too.
"""

import io
import secrets
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, Final, Protocol

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from allmende.core.errors import Unavailable

PIECE_BYTES: Final = 64 * 1024
TAG_BYTES: Final = 16
HEAD_BYTES: Final = 33
_FORMAT: Final = b"\1"
_SALT_BYTES: Final = HEAD_BYTES - 1


class Readable(Protocol):
    """A content that is read from its beginning to its end."""

    def read(self, size: int = -1, /) -> bytes:
        """Return at most ``size`` bytes, all with -1, none at the end."""
        ...

    def close(self) -> None:
        """Close the file."""
        ...


class Encrypting:
    """Writes a content encrypted into ``file``; ``finish`` makes it whole."""

    def __init__(self, file: BinaryIO, key: bytes) -> None:
        salt = secrets.token_bytes(_SALT_BYTES)
        self._file = file
        self._cipher = _cipher(key, salt)
        self._waiting = bytearray()
        self._count = 0
        file.write(_FORMAT + salt)

    def write(self, content: bytes) -> None:
        """Add ``content``. What is behind is the last piece until more comes."""
        self._waiting += content
        while len(self._waiting) > PIECE_BYTES:
            self._write(bytes(self._waiting[:PIECE_BYTES]), b"", last=False)
            del self._waiting[:PIECE_BYTES]

    def finish(self, bound: bytes = b"") -> None:
        """Write the last piece, which is read with the same ``bound`` only."""
        self._write(bytes(self._waiting), bound, last=True)
        self._waiting.clear()

    def _write(self, piece: bytes, bound: bytes, *, last: bool) -> None:
        self._file.write(self._cipher.encrypt(_nonce(self._count, last=last), piece, bound))
        self._count += 1


class Decrypting:
    """Reads what ``Encrypting`` wrote. Raises Unavailable ``storage.damaged``."""

    def __init__(self, file: BinaryIO, key: bytes, bound: bytes = b"") -> None:
        self._file = file
        self._key = key
        self._bound = bound
        self._cipher: ChaCha20Poly1305 | None = None
        self._next = b""
        self._count = 0
        self._ready = bytearray()
        self._whole = False

    def read(self, size: int = -1, /) -> bytes:
        """Return at most ``size`` bytes, all with -1, none at the end."""
        if size >= PIECE_BYTES and not self._ready and not self._whole:
            return self._piece()  # as it is: whoever reads on wants it soon
        while not self._whole and (size < 0 or len(self._ready) < size):
            self._ready += self._piece()
        taken = bytes(self._ready if size < 0 else self._ready[:size])
        del self._ready[: len(taken)]
        return taken

    def close(self) -> None:
        """Close the file."""
        self._file.close()

    def _begun(self) -> ChaCha20Poly1305:
        head = self._file.read(HEAD_BYTES)
        if len(head) < HEAD_BYTES or not head.startswith(_FORMAT):
            raise _damaged("no head")
        self._next = self._file.read(PIECE_BYTES + TAG_BYTES)
        return _cipher(self._key, head[1:])

    def _piece(self) -> bytes:
        if self._cipher is None:
            self._cipher = self._begun()
        piece, self._next = self._next, self._file.read(PIECE_BYTES + TAG_BYTES)
        self._whole = not self._next
        bound = self._bound if self._whole else b""
        try:
            plain = self._cipher.decrypt(_nonce(self._count, last=self._whole), piece, bound)
        except InvalidTag as failure:
            raise _damaged(f"piece {self._count}") from failure
        self._count += 1
        return plain


def plain_bytes(size_bytes: int) -> int:
    """Return how long the content of an encrypted file of ``size_bytes`` is."""
    body = size_bytes - HEAD_BYTES
    pieces = -(-body // (PIECE_BYTES + TAG_BYTES))
    return max(0, body - pieces * TAG_BYTES)


class Scratch:
    """A nameless file for what does not fit in memory, under a key that nobody keeps."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self._key = secrets.token_bytes(32)
        self._writing = Encrypting(file, self._key)
        self.size_bytes = 0

    def write(self, content: bytes) -> None:
        """Add ``content``."""
        self._writing.write(content)
        self.size_bytes += len(content)

    def content(self) -> Readable:
        """Return what was written, from the beginning. Nothing can be added from now on."""
        self._writing.finish()
        self._file.seek(0, io.SEEK_SET)
        return Decrypting(self._file, self._key)


@contextmanager
def scratch(folder: Path) -> Iterator[Scratch]:
    """Give a scratch file on the disk of ``folder``; it is gone after the body."""
    with tempfile.TemporaryFile(dir=folder) as file:
        yield Scratch(file)


def _cipher(key: bytes, salt: bytes) -> ChaCha20Poly1305:
    of_file = HKDF(algorithm=SHA256(), length=32, salt=salt, info=b"allmende content 1")
    return ChaCha20Poly1305(of_file.derive(key))


def _nonce(count: int, *, last: bool) -> bytes:
    return count.to_bytes(11, "big") + bytes([last])


def _damaged(what: str) -> Unavailable:
    return Unavailable("storage.damaged", detail=f"ciphertext: {what}", retry_after_s=60)
