"""OCB2-AES128 as Mumble uses it for datagrams: the reference of the faster ones in `media.fanout`.

A datagram is the low byte of the IV, the first 3 bytes of the tag, the ciphertext. The IV is a
little-endian counter of 128 bits, one for each direction, incremented before each encryption.

Source: draft-krovetz-ocb-00 (vectors), IACR ePrint 2019/311, section 9 (the attack on OCB2 and
what helps against it), CryptStateOCB2 of Mumble 1.5 (window, replay table).
"""

from collections.abc import Callable
from typing import Final, Protocol

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

from allmende.protocols.mumble.errors import MumbleMalformed

BLOCK_BYTES: Final = 16
KEY_BYTES: Final = 16
NONCE_BYTES: Final = 16
HEAD_BYTES: Final = 4
MIN_DATAGRAM_BYTES: Final = 5
MAX_DATAGRAM_BYTES: Final = 1024
MAX_PLAIN_BYTES: Final = MAX_DATAGRAM_BYTES - HEAD_BYTES

WINDOW_BACK: Final = -29
"""A datagram so far behind the newest is still taken; the other end of the window is +127."""

_ALL: Final = (1 << 128) - 1
_TAG_BYTES: Final = 3


class Blocks(Protocol):
    """A block cipher with its key, over whole blocks of 16 bytes, each by itself."""

    def encrypt(self, blocks: bytes) -> bytes:
        """Encrypt each block."""
        ...

    def decrypt(self, blocks: bytes) -> bytes:
        """Decrypt each block."""
        ...


class AesBlocks:
    """AES-128 by OpenSSL. ECB here is the block cipher itself: OCB2 is the mode around it.

    Its functions are those of OpenSSL, without one of ours around each call. ``encrypt_into``
    wants 15 bytes of room more than there is text, and does not touch them.
    """

    __slots__ = ("decrypt", "encrypt", "encrypt_into")

    def __init__(self, key: bytes) -> None:
        if len(key) != KEY_BYTES:
            raise ValueError("not a key of 16 bytes")
        cipher = Cipher(algorithms.AES(key), modes.ECB())
        encryptor = cipher.encryptor()
        self.encrypt: Callable[[bytes], bytes] = encryptor.update
        self.encrypt_into: Callable[[memoryview, memoryview], int] = encryptor.update_into
        self.decrypt: Callable[[bytes], bytes] = cipher.decryptor().update


def _doubled(delta: int) -> int:
    return (delta << 1 & _ALL) ^ (0x87 if delta >> 127 else 0)


def _number(data: bytes) -> int:
    return int.from_bytes(data, "big")


def _block(number: int) -> bytes:
    return number.to_bytes(BLOCK_BYTES, "big")


def _offsets(blocks: Blocks, nonce: bytes, whole: int) -> tuple[int, int]:
    """Return the offsets of all blocks but the last, side by side, and that of the last."""
    delta, mask = _number(blocks.encrypt(nonce)), 0
    for _ in range(0, whole, BLOCK_BYTES):
        delta = _doubled(delta)
        mask = mask << 128 | delta
    return mask, _doubled(delta)


def _folded(text: bytes) -> int:
    """Return the sum of whole blocks."""
    checksum = 0
    for at in range(0, len(text), BLOCK_BYTES):
        checksum ^= _number(text[at : at + BLOCK_BYTES])
    return checksum


def _tag(blocks: Blocks, delta: int, checksum: int) -> bytes:
    return blocks.encrypt(_block(_doubled(delta) ^ delta ^ checksum))


def encrypt(blocks: Blocks, nonce: bytes, plain: bytes) -> tuple[bytes, bytes]:
    """Return tag (16 bytes) and ciphertext.

    A second-to-last block whose first 15 bytes are zero would help an attacker (9 of the source):
    the last bit of its first byte is flipped, here and so for the receiver.
    """
    whole = max(len(plain) - 1, 0) // BLOCK_BYTES * BLOCK_BYTES
    text, last = _number(plain[:whole]), plain[whole:]
    checksum = _folded(plain[:whole])
    if whole and text & _ALL < 256:
        text, checksum = text ^ 1 << 120, checksum ^ 1 << 120
    mask, delta = _offsets(blocks, nonce, whole)
    # The pad of the last block does not depend on the text: one call for all blocks.
    pieces = blocks.encrypt((text ^ mask).to_bytes(whole, "big") + _block(delta ^ 8 * len(last)))
    pad = pieces[whole:]
    ending = _number(last + pad[len(last) :])
    hidden = (_number(pieces[:whole]) ^ mask).to_bytes(whole, "big")
    cipher = hidden + _block(ending ^ _number(pad))[: len(last)]
    return _tag(blocks, delta, checksum ^ ending), cipher


def decrypt(blocks: Blocks, nonce: bytes, cipher: bytes) -> tuple[bytes, bytes]:
    """Return tag and plaintext; it is for the caller to compare the tag.

    Raises MumbleMalformed if the last block equals its offset but for the last byte: so an
    attacker's looks (9 of the source).
    """
    whole = max(len(cipher) - 1, 0) // BLOCK_BYTES * BLOCK_BYTES
    last = cipher[whole:]
    mask, delta = _offsets(blocks, nonce, whole)
    pad = _number(blocks.encrypt(_block(delta ^ 8 * len(last))))
    ending = _number(last.ljust(BLOCK_BYTES, b"\0")) ^ pad
    if ending ^ delta < 256:
        raise MumbleMalformed("a last block as an attacker makes it")
    pieces = blocks.decrypt((_number(cipher[:whole]) ^ mask).to_bytes(whole, "big"))
    text = (_number(pieces) ^ mask).to_bytes(whole, "big")
    tag = _tag(blocks, delta, _folded(text) ^ ending)
    return tag, text + _block(ending)[: len(last)]


class CryptState:
    """The datagrams of one client, both directions."""

    __slots__ = ("_blocks", "_receive", "_replayed", "_send", "good", "late", "lost", "resyncs")

    def __init__(self, blocks: Blocks, client_nonce: bytes, server_nonce: bytes) -> None:
        self._blocks = blocks
        self._receive = _counter(client_nonce)
        self._send = _counter(server_nonce)
        # Low byte of an IV that came -> its second byte; 256: none came.
        self._replayed = [256] * 256
        self.good = self.late = self.lost = self.resyncs = 0

    def encrypt(self, plain: bytes) -> bytes:
        """Return a datagram. Raises ValueError for more than it can hold."""
        if len(plain) > MAX_PLAIN_BYTES:
            raise ValueError("more than a datagram holds")
        nonce = self.next_nonce()
        tag, cipher = encrypt(self._blocks, nonce, plain)
        return nonce[:1] + tag[:_TAG_BYTES] + cipher

    def decrypt(self, datagram: bytes) -> bytes | None:
        """Return what was said; None: not from this key, a replay, damaged, or out of the window.

        A late one does not move the counter.
        """
        if not MIN_DATAGRAM_BYTES <= len(datagram) <= MAX_DATAGRAM_BYTES:
            return None
        ahead = (datagram[0] - self._receive + 128 & 0xFF) - 128
        counter = self._receive + ahead & _ALL
        low, second = counter & 0xFF, counter >> 8 & 0xFF
        if ahead == 0 or ahead < WINDOW_BACK:
            return None
        if self._replayed[low] == second:
            return None
        plain = self._opened(counter, datagram)
        if plain is None:
            return None
        self._replayed[low] = second
        self.good += 1
        if ahead > 0:
            self._receive = counter
            self.lost += ahead - 1
        else:
            self.late += 1
            self.lost = max(self.lost - 1, 0)
        return plain

    def _opened(self, counter: int, datagram: bytes) -> bytes | None:
        nonce = counter.to_bytes(NONCE_BYTES, "little")
        try:
            tag, plain = decrypt(self._blocks, nonce, datagram[HEAD_BYTES:])
        except MumbleMalformed:
            return None
        return plain if tag[:_TAG_BYTES] == datagram[1:HEAD_BYTES] else None

    def next_nonce(self) -> bytes:
        """Use up one number of the direction to the client."""
        self._send = self._send + 1 & _ALL
        return self.server_nonce()

    def server_nonce(self) -> bytes:
        """Return the counter of what we sent last: what a client needs to be in step again."""
        return self._send.to_bytes(NONCE_BYTES, "little")

    def resync(self, client_nonce: bytes) -> None:
        """Take the counter of what the client sent last. What came before is not taken again."""
        self._receive = _counter(client_nonce)
        self.resyncs += 1


def _counter(nonce: bytes) -> int:
    if len(nonce) != NONCE_BYTES:
        raise ValueError("not a nonce of 16 bytes")
    return int.from_bytes(nonce, "little")
