"""Frames of the control connection: type (16 bits) and length (32), big-endian, payload."""

import struct
from collections.abc import Iterator
from typing import Final, NamedTuple

from allmende.protocols.mumble.errors import MumbleMalformed
from allmende.protocols.mumble.messages import UDP_TUNNEL, Message, encode, kind_of

MAX_BEFORE_LOGIN: Final = 64 * 1024
MAX_AFTER_LOGIN: Final = 512 * 1024

_PREFIX: Final = struct.Struct("!HI")


class FrameTooLarge(MumbleMalformed):
    """A frame announces more than it may have; nothing of it was kept."""


class Frame(NamedTuple):
    """One message, not yet read."""

    kind: int
    payload: bytes


class FrameReader:
    """Cuts a stream into frames. Feed it any slices; it waits for whole ones."""

    __slots__ = ("_buffer", "limit")

    def __init__(self, limit: int = MAX_BEFORE_LOGIN) -> None:
        self._buffer = bytearray()
        self.limit = limit

    def receive(self, data: bytes) -> Iterator[Frame]:
        """Add ``data`` and yield every frame that is whole now. Raises FrameTooLarge."""
        self._buffer += data
        while len(self._buffer) >= _PREFIX.size:
            kind, length = _PREFIX.unpack_from(self._buffer)
            if length > self.limit:
                raise FrameTooLarge(f"a frame announces {length} bytes")
            end = _PREFIX.size + length
            if len(self._buffer) < end:
                return
            payload = bytes(self._buffer[_PREFIX.size : end])
            del self._buffer[:end]
            yield Frame(kind, payload)


def raw_frame(kind: int, payload: bytes) -> bytes:
    """Return a frame with any payload."""
    return _PREFIX.pack(kind, len(payload)) + payload


def frame(message: Message) -> bytes:
    """Return a message as a frame."""
    return raw_frame(kind_of(message), encode(message))


def tunnel(packet: bytes) -> bytes:
    """Return a voice packet as a frame, for those without UDP."""
    return raw_frame(UDP_TUNNEL, packet)
