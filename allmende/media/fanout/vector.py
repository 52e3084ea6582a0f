"""The fan-out with numpy: arithmetic for all receivers at once, AES by one call per receiver."""

import socket
from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from allmende.media.fanout.interface import Crypt, Member, check_sizes
from allmende.media.fanout.sending import Messages, Sendmmsg, system_sendmmsg
from allmende.protocols.mumble.ocb2 import AesBlocks, CryptState

FEW: Final = 8
"""For so few receivers plain Python is faster."""
_BLOCK: Final = 16
_HEAD: Final = 4
_ALL: Final = (1 << 128) - 1
_BIG: Final = np.dtype(">u8")
_LITTLE: Final = np.dtype("<u8")
_MOST_BITS: Final = 56
_BITS: Final = np.arange(1, _MOST_BITS + 1, dtype=np.uint64)
_WORD: Final = np.uint64(64)
_ONE, _TWO, _SEVEN = np.uint64(1), np.uint64(2), np.uint64(7)
"""x^128 is x^7 + x^2 + x + 1."""
_Words = NDArray[np.uint64]
_Bytes = NDArray[np.uint8]


class VectorCrypt(CryptState):
    """A `Crypt` whose block cipher is lent to the arithmetic below.

    The nonce of the packet to come is enciphered together with the tag of the one before: two
    calls a packet.
    """

    __slots__ = ("aes", "ahead")

    def __init__(self, key: bytes, client_nonce: bytes, server_nonce: bytes) -> None:
        blocks = AesBlocks(key)
        super().__init__(blocks, client_nonce, server_nonce)
        self.aes = blocks.encrypt
        self.ahead = b""
        """Nonce and offset of the packet to come, where they are known."""

    def next_nonce(self) -> bytes:
        """Use up one number of the direction to the client."""
        self._settle()
        self.ahead = b""
        return super().next_nonce()

    def server_nonce(self) -> bytes:
        """Return the nonce of the newest datagram to the client."""
        self._settle()
        return super().server_nonce()

    def first(self) -> bytes:
        """Return nonce and offset of the packet to come where ``ahead`` does not say them."""
        nonce = (self._send + 1 & _ALL).to_bytes(_BLOCK, "little")
        return nonce + self.aes(nonce)

    def _settle(self) -> None:
        """Count what was sent by ``ahead`` alone."""
        if self.ahead:
            self._send = int.from_bytes(self.ahead[:_BLOCK], "little") - 1 & _ALL


def disarmed(plain: bytes) -> bytes:
    """Return what is sent for ``plain``: one bit differs where silence looks like an attack.

    IACR ePrint 2019/311, 9: the second to last block must not be zero in its first 15 bytes.
    """
    end = (len(plain) - 1) // _BLOCK * _BLOCK
    if end < _BLOCK or any(plain[end - _BLOCK : end - 1]):
        return plain
    return plain[: end - _BLOCK] + bytes((plain[end - _BLOCK] ^ 1,)) + plain[end - _BLOCK + 1 :]


def seal_all(crypts: Sequence[VectorCrypt], plain: bytes) -> _Bytes:
    """Return the next datagram of each crypt, one a row. ``plain`` is not empty."""
    if len(crypts) < FEW:
        datagrams = b"".join([crypt.encrypt(plain) for crypt in crypts])
        return np.frombuffer(datagrams, np.uint8).reshape(len(crypts), -1)
    plain = disarmed(plain)
    before = (len(plain) - 1) // _BLOCK
    end = before * _BLOCK
    tail = np.frombuffer(plain, np.uint8, offset=end)
    blocks = _words(plain[:end], before)
    begun = b"".join([crypt.ahead or crypt.first() for crypt in crypts])
    offsets = np.frombuffer(begun, _BIG).reshape(len(crypts), 4)[:, 2:].astype(np.uint64)
    deltas = _doubled(offsets, before + 1)
    work = deltas.copy()
    work[:, :before] ^= blocks
    work[:, before, 1] ^= np.uint64(8 * tail.size)
    done = _ciphered(crypts, work)
    out = np.empty((len(crypts), _HEAD + len(plain)), np.uint8)
    out[:, 0] = np.frombuffer(begun, np.uint8)[:: 2 * _BLOCK]
    body = (done[:, :before] ^ deltas[:, :before]).astype(_BIG)
    out[:, _HEAD : _HEAD + end] = body.view(np.uint8).reshape(len(crypts), end)
    last = done[:, before].astype(_BIG).view(np.uint8)
    out[:, _HEAD + end :] = last[:, : tail.size] ^ tail
    last[:, : tail.size] = tail
    checksum = np.bitwise_xor.reduce(blocks, axis=0) ^ last.view(_BIG).astype(np.uint64)
    delta = deltas[:, before]
    ends = np.empty((len(crypts), 2 * _BLOCK), np.uint8)
    ends[:, :_BLOCK] = (delta ^ _doubled(delta, 1)[:, 0] ^ checksum).astype(_BIG).view(np.uint8)
    ends[:, _BLOCK:] = _following(begun)
    out[:, 1:_HEAD] = _ended(crypts, ends.tobytes())[:, : _HEAD - 1]
    return out


def _following(begun: bytes) -> _Bytes:
    """Return the nonces after these, one a row."""
    nonces = np.frombuffer(begun, _LITTLE).reshape(-1, 4)[:, :2].copy()
    nonces[:, 0] += np.uint64(1)
    nonces[:, 1] += nonces[:, 0] == 0
    return nonces.view(np.uint8)


def _ended(crypts: Sequence[VectorCrypt], ends: bytes) -> _Bytes:
    """Return the tags, enciphered, one a row; each crypt knows what comes next."""
    done = []
    for at, crypt in zip(range(0, len(ends), 2 * _BLOCK), crypts, strict=True):
        ciphered = crypt.aes(ends[at : at + 2 * _BLOCK])
        crypt.ahead = ends[at + _BLOCK : at + 2 * _BLOCK] + ciphered[_BLOCK:]
        done.append(ciphered)
    return np.frombuffer(b"".join(done), np.uint8).reshape(len(crypts), 2 * _BLOCK)


def _words(data: bytes, blocks: int) -> _Words:
    return np.frombuffer(data, _BIG, 2 * blocks).astype(np.uint64).reshape(blocks, 2)


def _doubled(delta: _Words, times: int) -> _Words:
    """Times two in GF(2^128), again and again: the deltas of ``times`` blocks in a row.

    Each row of ``delta`` is the high and the low half of a block.
    """
    deltas = np.empty((len(delta), times, 2), np.uint64)
    for first in range(0, times, _MOST_BITS):
        bits = _BITS[: min(times - first, _MOST_BITS)]
        part = deltas[:, first : first + bits.size]
        high, low, back = delta[:, :1], delta[:, 1:], _WORD - bits
        over = high >> back
        part[:, :, 0] = high << bits | low >> back
        part[:, :, 1] = low << bits ^ over ^ over << _ONE ^ over << _TWO ^ over << _SEVEN
        delta = part[:, -1]
    return deltas


def _ciphered(crypts: Sequence[VectorCrypt], work: _Words) -> _Words:
    """Return the blocks of each receiver, enciphered with its key."""
    plain = work.astype(_BIG).tobytes()
    size = _BLOCK * work.shape[1]
    places = range(0, len(plain), size)
    done = [crypt.aes(plain[at : at + size]) for at, crypt in zip(places, crypts, strict=True)]
    return np.frombuffer(b"".join(done), _BIG).astype(np.uint64).reshape(work.shape)


class VectorGroup:
    """A `Group` of `VectorCrypt` that encrypts for all at once."""

    def __init__(self, sendmmsg: Sendmmsg, bound: socket.socket) -> None:
        self.dropped = 0
        self._sendmmsg = sendmmsg
        self._socket = bound
        self._crypts: list[VectorCrypt] = []
        self._places: dict[Crypt, int] = {}
        self._runs: list[tuple[int, int, int]] = []  # variant, first place, end
        self._messages = Messages(sendmmsg, bound, ())

    def set_members(self, members: Sequence[Member]) -> None:
        """Let these get packets from now on."""
        ordered = sorted(members, key=lambda member: member.variant)
        crypts = [_own(member.crypt) for member in ordered]
        routes = [(member.remote, member.local) for member in ordered]
        self._messages = Messages(self._sendmmsg, self._socket, routes)
        self._crypts = crypts
        self._places = {crypt: place for place, crypt in enumerate(crypts)}
        self._runs = []
        for place, member in enumerate(ordered):
            if self._runs and self._runs[-1][0] == member.variant:
                self._runs[-1] = (member.variant, self._runs[-1][1], place + 1)
            else:
                self._runs.append((member.variant, place, place + 1))

    def send(self, variants: Sequence[bytes], skip: Crypt | None = None) -> int:
        """Encrypt and send to all but ``skip``; return how many datagrams went out."""
        check_sizes(variants)
        left_out = self._places.get(skip, -1) if skip is not None else -1
        sent, full = 0, False
        for variant, first, end in self._runs:
            if variant >= len(variants) or not variants[variant]:
                continue
            for begin, until in _around(left_out, first, end):
                count = until - begin
                went = 0
                if not full:
                    rows = seal_all(self._crypts[begin:until], variants[variant])
                    went, full = self._messages.send(begin, rows)
                sent += went
                self.dropped += count - went
        return sent


def _around(left_out: int, first: int, end: int) -> list[tuple[int, int]]:
    """Return the parts of ``first`` to ``end`` before and after one place."""
    if not first <= left_out < end:
        return [(first, end)]
    return [part for part in ((first, left_out), (left_out + 1, end)) if part[0] < part[1]]


def _own(crypt: Crypt) -> VectorCrypt:
    if not isinstance(crypt, VectorCrypt):
        raise TypeError("a crypt of another fan-out")
    return crypt


class VectorFanout:
    """The `Fanout` of numpy."""

    name = "numpy"

    def __init__(self) -> None:
        """Raise FanoutMissing where there is no sendmmsg."""
        self._sendmmsg = system_sendmmsg()

    def crypt(self, key: bytes, client_nonce: bytes, server_nonce: bytes) -> VectorCrypt:
        """Make the state of one client."""
        return VectorCrypt(key, client_nonce, server_nonce)

    def group(self, socket: socket.socket) -> VectorGroup:
        """Make an empty group that sends through ``socket``."""
        return VectorGroup(self._sendmmsg, socket)
