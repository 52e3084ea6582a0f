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
_BIG: Final = np.dtype(">u8")
_Words = NDArray[np.uint64]
_Bytes = NDArray[np.uint8]


class VectorCrypt(CryptState):
    """A `Crypt` whose block cipher is lent to the arithmetic below."""

    __slots__ = ("aes",)

    def __init__(self, key: bytes, client_nonce: bytes, server_nonce: bytes) -> None:
        blocks = AesBlocks(key)
        super().__init__(blocks, client_nonce, server_nonce)
        self.aes = blocks.encrypt


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
    nonces = [crypt.next_nonce() for crypt in crypts]
    first = b"".join([crypt.aes(nonce) for crypt, nonce in zip(crypts, nonces, strict=True)])
    deltas = _doubled(_words(first, len(crypts)), before + 1)
    work = deltas.copy()
    work[:, :before] ^= blocks
    work[:, before, 1] ^= np.uint64(8 * tail.size)
    done = _ciphered(crypts, work)
    out = np.empty((len(crypts), _HEAD + len(plain)), np.uint8)
    out[:, 0] = [nonce[0] for nonce in nonces]
    body = (done[:, :before] ^ deltas[:, :before]).astype(_BIG)
    out[:, _HEAD : _HEAD + end] = body.view(np.uint8).reshape(len(crypts), end)
    last = done[:, before].astype(_BIG).view(np.uint8)
    out[:, _HEAD + end :] = last[:, : tail.size] ^ tail
    last[:, : tail.size] = tail
    checksum = np.bitwise_xor.reduce(blocks, axis=0) ^ last.view(_BIG).astype(np.uint64)
    delta = deltas[:, before]
    tags = _ciphered(crypts, (delta ^ _twice(delta) ^ checksum)[:, np.newaxis])[:, 0]
    out[:, 1:_HEAD] = tags.astype(_BIG).view(np.uint8)[:, : _HEAD - 1]
    return out


def _words(data: bytes, blocks: int) -> _Words:
    return np.frombuffer(data, _BIG, 2 * blocks).astype(np.uint64).reshape(blocks, 2)


def _twice(b: _Words) -> _Words:
    """Times two in GF(2^128); each row is the high and the low half of a block."""
    doubled = b << np.uint64(1)
    carries = b >> np.uint64(63)
    doubled[:, 0] |= carries[:, 1]
    doubled[:, 1] ^= carries[:, 0] * np.uint64(0x87)
    return doubled


def _doubled(delta: _Words, times: int) -> _Words:
    """Return the deltas of ``times`` blocks in a row, by receiver."""
    deltas = np.empty((len(delta), times, 2), np.uint64)
    for index in range(times):
        delta = deltas[:, index] = _twice(delta)
    return deltas


def _ciphered(crypts: Sequence[VectorCrypt], work: _Words) -> _Words:
    """Return the blocks of each receiver, enciphered with its key."""
    plain = work.astype(_BIG).tobytes()
    size = _BLOCK * work.shape[1]
    done = [crypt.aes(plain[at * size : at * size + size]) for at, crypt in enumerate(crypts)]
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
