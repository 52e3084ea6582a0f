"""How packets of one outgoing stream leave: protected in Python, or in C."""

from collections.abc import Callable
from typing import Protocol

from allmende.media.fanout.streams import Stream
from allmende.media.tracks.cache import Cache
from allmende.media.tracks.outlet import Outlet
from allmende.media.webrtc.transport import SrtpFailure
from allmende.protocols.rtp.template import HeaderTemplate


class Way(Protocol):
    """Protects each number once, sends, and keeps the very bytes to send them again."""

    def emit(self, marked_type: int, out: int, timestamp: int, level: int, payload: bytes) -> bool:
        """Send a packet; ``out`` is its unwrapped number. Returns False if it cannot be sent."""

    def repeat(self, number: int) -> None:
        """Send what went out with the 16-bit ``number`` again, if it may be."""

    def second_passed(self) -> None:
        """Forget what nobody will ask for any more."""


class PlainWay:
    """In Python, through the transport of the leg."""

    __slots__ = ("_cache", "_numbered", "_outlet", "_protect", "_send", "_video", "_write")

    def __init__(
        self, template: HeaderTemplate, outlet: Outlet, cache: Cache, *, video: bool
    ) -> None:
        self._write = template.write
        self._numbered = template.has_number
        self._outlet = outlet
        self._protect = outlet.transport.protect_rtp
        self._send = outlet.transport.send_protected
        self._cache = cache
        self._video = video

    def emit(self, marked_type: int, out: int, timestamp: int, level: int, payload: bytes) -> bool:
        """Write, protect, send, keep."""
        outlet = self._outlet
        number = 0
        if self._numbered:
            number = outlet.number = (outlet.number + 1) & 0xFFFF
        head = self._write(marked_type, out & 0xFFFF, timestamp, level, number)
        try:
            protected = self._protect(head + payload)
        except SrtpFailure:
            return False
        self._send(protected, video=self._video)
        self._cache.add(out, protected)
        return True

    def repeat(self, number: int) -> None:
        """Send from the cache."""
        protected = self._cache.repeat(number)
        if protected:
            self._send(protected, video=self._video)

    def second_passed(self) -> None:
        """Forget what nobody will ask for any more."""
        self._cache.second_passed()


class StreamWay:
    """In C. Where the leg has no UDP, what C protected goes through its transport."""

    __slots__ = ("_send", "_stream", "_video")

    def __init__(self, stream: Stream, send: Callable[..., None], *, video: bool) -> None:
        self._stream = stream
        self._send = send
        self._video = video

    def emit(self, marked_type: int, out: int, timestamp: int, level: int, payload: bytes) -> bool:
        """Write, protect, queue, keep."""
        protected = self._stream.emit(marked_type, out, timestamp, level, payload)
        if protected:
            self._send(protected, video=self._video)
        return protected is not None

    def repeat(self, number: int) -> None:
        """Queue the same bytes again."""
        protected = self._stream.repeat(number)
        if protected:
            self._send(protected, video=self._video)

    def second_passed(self) -> None:
        """Let repeats begin anew."""
        self._stream.second_passed()
