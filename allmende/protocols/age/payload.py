"""The payload: chunks of 64 KiB under ChaCha20-Poly1305, counted; the last one says so (STREAM)."""

from collections.abc import Iterator
from typing import Final

from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305

CHUNK_BYTES: Final = 64 * 1024


class Payload:
    """Encrypts a stream. ``key`` is ``FileKey.for_payload`` of the nonce before the first chunk."""

    def __init__(self, key: bytes) -> None:
        self._cipher = ChaCha20Poly1305(key)
        self._waiting = bytearray()
        self._count = 0

    def send(self, plain: bytes) -> Iterator[bytes]:
        """Add ``plain`` and yield every chunk that is now whole and not the last."""
        left = memoryview(plain)
        if self._waiting:
            missing = CHUNK_BYTES - len(self._waiting)
            self._waiting += left[:missing]
            left = left[missing:]
            if not left:
                return
            yield self._chunk(self._waiting, last=False)
            self._waiting.clear()
        while len(left) > CHUNK_BYTES:
            yield self._chunk(left[:CHUNK_BYTES], last=False)
            left = left[CHUNK_BYTES:]
        self._waiting += left

    def finish(self) -> bytes:
        """Return the last chunk; it is empty only where all is."""
        return self._chunk(self._waiting, last=True)

    def _chunk(self, plain: bytearray | memoryview, *, last: bool) -> bytes:
        nonce = self._count.to_bytes(11, "big") + bytes([last])
        self._count += 1
        return self._cipher.encrypt(nonce, plain, None)
