"""What the next nonces become, worked out for a while ahead: one call of AES for many datagrams."""

from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from allmende.protocols.mumble.ocb2 import AesBlocks, CryptState

AHEAD: Final = 32
"""Datagrams to a client that one call of AES prepares; 5 kB each client."""
BLOCKS: Final = 10
"""Offsets that are kept of each: enough for 143 bytes."""
_LOW: Final = 2 * BLOCKS
_WORDS: Final = _LOW + 1
_SPAN: Final = 32
"""Doublings at once: their carries fit into a word, folded."""
_BLOCK: Final = 16
_WORD: Final = (1 << 64) - 1
_ALL: Final = (1 << 128) - 1
_BIG: Final = np.dtype(">u8")
_LITTLE: Final = np.dtype("<u8")
_STEPS: Final = np.arange(1, AHEAD + 1, dtype=np.uint64)
_BY: Final = np.arange(1, _SPAN + 1, dtype=np.uint64)
_BACK: Final = np.uint64(64) - _BY

Words = NDArray[np.uint64]
"""Two words a block, as they lie in memory: xor does not mind."""


class Ahead:
    """A row for each crypt of one fan-out; it grows, and rows of crypts that ended come back."""

    def __init__(self) -> None:
        self._kept = np.zeros((AHEAD, _WORDS), np.uint64)  # offsets, and the nonce's low byte
        self._used = np.zeros(1, np.intp)
        self._free = [0]

    def open(self) -> int:
        """Return the row of a crypt that begins."""
        if not self._free:
            count = len(self._used)
            self._free = list(range(2 * count - 1, count - 1, -1))
            self._kept = np.concatenate((self._kept, np.zeros_like(self._kept)))
            self._used = np.concatenate((self._used, np.zeros_like(self._used)))
        row = self._free.pop()
        self._used[row] = AHEAD
        return row

    def close(self, row: int) -> None:
        """Let another have the row."""
        self._free.append(row)

    def used(self, row: int) -> int:
        """Return how many nonces were taken since `fill`."""
        return int(self._used[row])

    def step(self, row: int) -> None:
        """Take one nonce that somebody enciphers."""
        self._used[row] += 1

    def fill(self, rows: Sequence[int], lows: Words, firsts: Words) -> None:
        """Keep AHEAD nonces of each row: their low bytes, and what AES made of them."""
        kept = np.empty((len(firsts), _WORDS), np.uint64)
        kept[:, :_LOW] = doubled(firsts, BLOCKS)
        kept[:, _LOW] = lows
        self._kept.reshape(-1, AHEAD, _WORDS)[rows] = kept.reshape(-1, AHEAD, _WORDS)
        self._used[rows] = 0

    def take(self, crypts: "Sequence[VectorCrypt]", rows: NDArray[np.intp], but: int) -> Words:
        """Take the next nonce of each of ``crypts``, in ``rows``; of the one at ``but`` only look

        at it. Return a row of `BLOCKS` offsets for each, and the low byte of its nonce.
        """
        used = self._used[rows]
        if used.max() >= AHEAD:
            # Those that are nearly spent come along: so most are in step from then on.
            prepare([crypts[at] for at in np.flatnonzero(used >= AHEAD // 2).tolist()])
            used = self._used[rows]
        kept = self._kept.take(rows * AHEAD + used, axis=0)
        used += 1
        if but >= 0:
            used[but] -= 1
        self._used[rows] = used
        return kept


class VectorCrypt(CryptState):
    """A `Crypt` whose block cipher is lent to the arithmetic of `vector`."""

    __slots__ = ("aes", "ahead", "into", "row")

    def __init__(self, ahead: Ahead, key: bytes, client_nonce: bytes, server_nonce: bytes) -> None:
        blocks = AesBlocks(key)
        super().__init__(blocks, client_nonce, server_nonce)
        self.ahead, self.aes, self.into = ahead, blocks.encrypt, blocks.encrypt_into
        self.row = ahead.open()
        self._send -= AHEAD  # the row is spent: the count from there is that of `server_nonce`

    def __del__(self) -> None:
        """Give the row back."""
        if hasattr(self, "row"):
            self.ahead.close(self.row)

    def rebase(self) -> int:
        """Return the counter of what was sent last; the row is about to be filled after it."""
        self._send = self._send + self.ahead.used(self.row) & _ALL
        return self._send

    def next_nonce(self) -> bytes:
        """Use up one number of the direction to the client."""
        if self.ahead.used(self.row) >= AHEAD:
            prepare([self])
        self.ahead.step(self.row)
        return self.server_nonce()

    def server_nonce(self) -> bytes:
        """Return the counter of what was sent last."""
        return (self._send + self.ahead.used(self.row) & _ALL).to_bytes(_BLOCK, "little")


def prepare(crypts: Sequence[VectorCrypt]) -> None:
    """Work out what the next nonces of ``crypts`` become, and keep it."""
    counters = [crypt.rebase() for crypt in crypts]
    before = np.array([counter & _WORD for counter in counters], np.uint64)[:, np.newaxis]
    high = np.array([counter >> 64 for counter in counters], np.uint64)[:, np.newaxis]
    nonces = np.empty((len(crypts), AHEAD, 2), _LITTLE)
    low = before + _STEPS
    nonces[:, :, 0] = low
    nonces[:, :, 1] = high + (low < before)
    text, size = nonces.tobytes(), _BLOCK * AHEAD
    firsts = b"".join(
        [crypt.aes(text[size * at : size * at + size]) for at, crypt in enumerate(crypts)]
    )
    low_bytes = (low & np.uint64(0xFF)).reshape(-1)
    rows = [crypt.row for crypt in crypts]
    crypts[0].ahead.fill(rows, low_bytes, np.frombuffer(firsts, np.uint64).reshape(-1, 2))


def doubled(blocks: Words, times: int) -> Words:
    """Return ``blocks`` times two in GF(2^128), then times four, up to ``times`` doublings, side

    by side. Shapes (n, 2) and (n, 2 times).
    """
    deltas = np.empty((len(blocks), times, 2), _BIG)
    halves = blocks.view(_BIG).astype(np.uint64)
    for begin in range(0, times, _SPAN):
        end = min(begin + _SPAN, times)
        by, back = _BY[: end - begin], _BACK[: end - begin]
        high, low = halves[:, :1], halves[:, 1:]
        carried = high >> back
        higher = high << by | low >> back
        lower = low << by ^ carried  # times x^7 + x^2 + x + 1
        lower ^= carried << np.uint64(1)
        lower ^= carried << np.uint64(2)
        lower ^= carried << np.uint64(7)
        deltas[:, begin:end, 0], deltas[:, begin:end, 1] = higher, lower
        halves = np.stack((higher[:, -1], lower[:, -1]), axis=1)
    return deltas.view(np.uint64).reshape(len(blocks), 2 * times)
