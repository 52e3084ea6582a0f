"""The fan-out with numpy: arithmetic for all receivers at once, AES by two calls per receiver.

Between two packets of a talker everything falls out of the processor's caches: then a call of
numpy costs ten times its work. So there are few, and what a nonce becomes is known before.
"""

import socket
from collections.abc import Callable, Sequence
from itertools import groupby
from typing import Final

import numpy as np
from numpy.typing import NDArray

from allmende.media.fanout.ahead import BLOCKS, Ahead, VectorCrypt, Words, doubled
from allmende.media.fanout.interface import (
    MAX_DATAGRAM_BYTES,
    Crypt,
    Member,
    check_sizes,
)
from allmende.media.fanout.sending import Messages, Sendmmsg, system_sendmmsg

FEW: Final = 8
"""For so few receivers plain Python is faster."""
MAX_SIZES: Final = 8
"""Sizes of packets, in blocks, whose room is kept."""
STRIDE: Final = MAX_DATAGRAM_BYTES
_BLOCK: Final = 16
_HEAD: Final = 4
_SLACK: Final = 15
"""So much longer than the text OpenSSL's wrapper wants the room for it."""
_BIG: Final = np.dtype(">u8")
_Bytes = NDArray[np.uint8]
_Into = Callable[[memoryview, memoryview], int]


def disarmed(plain: bytes) -> bytes:
    """Return what is sent for ``plain``: one bit differs where silence looks like an attack.

    IACR ePrint 2019/311, 9: the second to last block must not be zero in its first 15 bytes.
    """
    end = (len(plain) - 1) // _BLOCK * _BLOCK
    if end < _BLOCK or any(plain[end - _BLOCK : end - 1]):
        return plain
    return plain[: end - _BLOCK] + bytes((plain[end - _BLOCK] ^ 1,)) + plain[end - _BLOCK + 1 :]


class Cells:
    """Where AES works on ``blocks`` blocks for each of many: text in ``work``, then in ``done``."""

    __slots__ = ("_calls", "done", "work")

    def __init__(self, intos: Sequence[_Into], blocks: int) -> None:
        size = _BLOCK * blocks
        self.work = np.zeros((len(intos), 2 * blocks), np.uint64)
        room = bytearray(size * len(intos) + _SLACK)
        self.done = np.frombuffer(room, np.uint64, self.work.size).reshape(self.work.shape)
        text, to = self.work.data.cast("B"), memoryview(room)
        self._calls = [
            (into, text[at : at + size], to[at : at + size + _SLACK])
            for into, at in zip(intos, range(0, size * len(intos), size), strict=True)
        ]

    def encipher(self) -> None:
        """Encipher each one's blocks with its key, in order: room overlaps with what follows."""
        for into, text, to in self._calls:
            into(text, to)


class Text:
    """A packet as words: what is the same for all receivers.

    ``before``: whole blocks before the last one. ``masked``: what goes into AES but for the
    offsets: the blocks, and the length of the last one in bits. ``ending``: the last block,
    zeros behind it; ``beyond`` has ones there. ``sum``: of all blocks.
    """

    __slots__ = ("before", "beyond", "ending", "masked", "size", "sum")

    def __init__(self, plain: bytes) -> None:
        plain = disarmed(plain)
        self.size = len(plain)
        self.before = (self.size - 1) // _BLOCK
        end = self.before * _BLOCK
        tail = plain[end:]
        bits = (8 * len(tail)).to_bytes(_BLOCK, "big")
        self.masked = np.frombuffer(plain[:end] + bits, np.uint64)
        self.ending = np.frombuffer(tail.ljust(_BLOCK, b"\0"), np.uint64)
        self.beyond = np.frombuffer(bytes(len(tail)).ljust(_BLOCK, b"\xff"), np.uint64)
        blocks = self.masked[:-2].reshape(self.before, 2)
        self.sum = np.bitwise_xor.reduce(blocks, axis=0) ^ self.ending


class Receivers:
    """Crypts that get the same packets; ``out``: a row of STRIDE bytes for each one's datagram."""

    __slots__ = ("_cells", "_crypts", "_intos", "_rows", "out")

    def __init__(self, crypts: Sequence[VectorCrypt], out: _Bytes) -> None:
        """``crypts``: one at least, all of one fan-out."""
        self._crypts, self.out = crypts, out
        self._rows = np.array([crypt.row for crypt in crypts], np.intp)
        self._intos = [crypt.into for crypt in crypts]
        self._cells: dict[int, Cells] = {}

    def __len__(self) -> int:
        return len(self._crypts)

    def seal(self, plain: bytes, but: int = -1) -> int:
        """Put the next datagram of each into ``out``, but for the one at the place ``but``; return

        how long they are. ``plain`` is not empty.
        """
        size = _HEAD + len(plain)
        if len(self._crypts) < FEW:
            for place, crypt in enumerate(self._crypts):
                if place != but:
                    self.out[place, :size] = np.frombuffer(crypt.encrypt(plain), np.uint8)
            return size
        text = Text(plain)
        last, end = 2 * text.before, 2 * text.before + 2
        kept = self._crypts[0].ahead.take(self._crypts, self._rows, but)
        deltas = kept[:, : end + 2]
        if text.before + 2 > BLOCKS:
            deltas = _longer(kept, text.before + 2)
        cells, tags = self._cells_of(text.before + 1), self._cells_of(1)
        np.bitwise_xor(deltas[:, :end], text.masked, out=cells.work)
        cells.encipher()
        tag = cells.done[:, last:] & text.beyond
        tag ^= text.sum
        tag ^= deltas[:, last:end]
        np.bitwise_xor(tag, deltas[:, end : end + 2], out=tags.work)
        deltas[:, last:end] = text.ending
        sealed = (cells.done ^ deltas[:, :end]).view(np.uint8)
        tags.encipher()  # these may be the same cells
        out = self.out
        out[:, 0] = kept[:, -1]
        out[:, 1:_HEAD] = tags.done.view(np.uint8)[:, : _HEAD - 1]
        out[:, _HEAD:size] = sealed[:, : text.size]
        return size

    def _cells_of(self, blocks: int) -> Cells:
        cells = self._cells.get(blocks)
        if cells is None:
            if len(self._cells) >= MAX_SIZES:
                self._cells.clear()
            cells = self._cells[blocks] = Cells(self._intos, blocks)
        return cells


def _longer(kept: Words, blocks: int) -> Words:
    """Return as many offsets of each receiver."""
    known = kept[:, : 2 * BLOCKS]
    newest = np.ascontiguousarray(known[:, -2:])
    return np.concatenate((known, doubled(newest, blocks - BLOCKS)), axis=1)


class VectorGroup:
    """A `Group` of `VectorCrypt` that encrypts for all at once."""

    def __init__(self, sendmmsg: Sendmmsg, bound: socket.socket) -> None:
        self.dropped = 0
        self._sendmmsg = sendmmsg
        self._socket = bound
        self._messages = Messages(sendmmsg, bound, (), np.empty((0, STRIDE), np.uint8))
        self._places: dict[Crypt, int] = {}
        self._runs: list[tuple[int, int, Receivers]] = []  # variant, first place

    def set_members(self, members: Sequence[Member]) -> None:
        """Let these get packets from now on."""
        ordered = sorted(members, key=lambda member: member.variant)
        crypts = [_own(member.crypt) for member in ordered]
        routes = [(member.remote, member.local) for member in ordered]
        out = np.zeros((len(ordered), STRIDE), np.uint8)
        self._messages = Messages(self._sendmmsg, self._socket, routes, out)
        self._places = {crypt: place for place, crypt in enumerate(crypts)}
        self._runs = []
        first = 0
        for variant, run in groupby(ordered, key=lambda member: member.variant):
            end = first + len(list(run))
            self._runs.append((variant, first, Receivers(crypts[first:end], out[first:end])))
            first = end

    def send(self, variants: Sequence[bytes], skip: Crypt | None = None) -> int:
        """Encrypt and send to all but ``skip``; return how many datagrams went out."""
        check_sizes(variants)
        left_out = self._places.get(skip, -1) if skip is not None else -1
        sent, full = 0, False
        for variant, first, receivers in self._runs:
            if variant >= len(variants) or not variants[variant]:
                continue
            parts = _around(left_out, first, first + len(receivers))
            count = sum(end - begin for begin, end in parts)
            went = 0
            if not full and count:
                size = receivers.seal(variants[variant], left_out - first)
                for begin, end in parts:
                    if not full:
                        some, full = self._messages.send(begin, end, size)
                        went += some
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
        self._ahead = Ahead()

    def crypt(self, key: bytes, client_nonce: bytes, server_nonce: bytes) -> VectorCrypt:
        """Make the state of one client."""
        return VectorCrypt(self._ahead, key, client_nonce, server_nonce)

    def group(self, socket: socket.socket) -> VectorGroup:
        """Make an empty group that sends through ``socket``."""
        return VectorGroup(self._sendmmsg, socket)
