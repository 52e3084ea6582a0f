"""What cameras and microphones send, without codecs: real headers, and a note at the end.

The last NOTE.size bytes of each packet say which track it belongs to, which number it has and
when it was made; the server carries them unread.
"""

import secrets
import struct
import time
from dataclasses import dataclass
from typing import Final

from bench.meet.offers import LEVEL_ID, MID_ID, OPUS, RID_ID, TRANSPORT_NUMBER_ID, VP8

NOTE: Final = struct.Struct("!HHId")
"""Track, encoding, number, seconds of the monotonic clock."""
_HEAD: Final = struct.Struct("!BBHII")
_DESCRIPTOR: Final = struct.Struct("!BBHBB")
_DESCRIPTOR_BYTES: Final = 6
_TEMPORAL: Final = (0, 2, 1, 2)
_TALKING: Final = 0x80 | 20
"""Voice, -20 dBov (RFC 6464)."""
SOUND_S: Final = 0.02
_SOUND_BYTES: Final = 80
_SOUND_TICKS: Final = 960
_VIDEO_HZ: Final = 90_000


@dataclass(frozen=True)
class Encoding:
    """One size of a picture. Rates of spec meet, 14, of the largest frame."""

    rid: str
    width: int
    height: int
    fps: int
    packets_per_frame: int
    packet_bytes: int


ENCODINGS: Final = {
    180: Encoding("q", 320, 180, 25, 1, 800),
    360: Encoding("h", 640, 360, 25, 2, 1125),
    720: Encoding("f", 1280, 720, 25, 8, 1060),
}
"""160 kbit/s in 25 packets, 450 kbit/s in 50, 1.7 Mbit/s in 200 packets a second."""


class Numbers:
    """Transport-wide numbers of one connection."""

    def __init__(self) -> None:
        self._next = secrets.randbelow(30_000)

    def take(self) -> int:
        """Return the next."""
        self._next = self._next + 1 & 0xFFFF
        return self._next


class Talker:
    """Opus-like packets of 20 ms at 32 kbit/s, in which somebody talks."""

    period_s = SOUND_S
    encodings = 1

    def __init__(self, track: int) -> None:
        self.track = track
        self.sent = [0]
        self._ssrc = secrets.randbits(32) or 1

    def renew(self) -> None:
        """A new connection: streams of its own."""
        self._ssrc = secrets.randbits(32) or 1

    def packets(self, mid: str, numbers: Numbers) -> list[bytes]:
        """Return what 20 ms sound like."""
        number = self.sent[0]
        self.sent[0] = number + 1
        block = _block((LEVEL_ID, bytes((_TALKING,))), (MID_ID, mid.encode()), numbers)
        head = _HEAD.pack(0x90, OPUS, number & 0xFFFF, number * _SOUND_TICKS, self._ssrc)
        note = NOTE.pack(self.track, 0, number, time.perf_counter())
        return [head + block + b"\x78" + bytes(_SOUND_BYTES - NOTE.size - 1) + note]

    def wants_key(self, ssrc: int) -> None:
        """Sound has no key frames."""


class Camera:
    """VP8-like frames with true payload descriptors, three temporal layers.

    ``encodings``: one, or several as simulcast, the smallest first.
    """

    def __init__(self, track: int, encodings: list[Encoding]) -> None:
        self.track = track
        self.kinds = encodings
        self.sent = [0] * len(encodings)
        self.key_frames = 0
        self.period_s = 1 / encodings[0].fps
        self._frame = 0
        self._ticks = _VIDEO_HZ // encodings[0].fps
        self.renew()

    def renew(self) -> None:
        """A new connection: streams of its own, each begins with a key frame."""
        self._ssrcs = [secrets.randbits(32) or 1 for _ in self.kinds]
        self._keys = [True] * len(self.kinds)
        self._level_zeros = [0] * len(self.kinds)
        self._begun = 0

    @property
    def rids(self) -> tuple[str, ...]:
        """The names of the encodings; () if there is only one."""
        return tuple(kind.rid for kind in self.kinds) if len(self.kinds) > 1 else ()

    def wants_key(self, ssrc: int) -> None:
        """A picture was lost: the next frame of that stream is a key frame."""
        if ssrc in self._ssrcs:
            self._keys[self._ssrcs.index(ssrc)] = True

    def packets(self, mid: str, numbers: Numbers) -> list[bytes]:
        """Return the packets of the next frame, of all encodings."""
        self._frame += 1
        made: list[bytes] = []
        for place in range(len(self.kinds)):
            made += self._encoded(place, mid, numbers)
        return made

    def _encoded(self, place: int, mid: str, numbers: Numbers) -> list[bytes]:
        kind, key = self.kinds[place], self._keys[place]
        temporal = 0 if key else _TEMPORAL[self._frame % 4]
        if temporal == 0:
            self._level_zeros[place] += 1
        self._keys[place] = False
        self.key_frames += key
        rid = (RID_ID, kind.rid.encode()) if len(self.kinds) > 1 else None
        return [
            self._packet(place, part, (temporal, key), mid, rid, numbers)
            for part in range(kind.packets_per_frame)
        ]

    def _packet(
        self,
        place: int,
        part: int,
        frame: tuple[int, bool],
        mid: str,
        rid: tuple[int, bytes] | None,
        numbers: Numbers,
    ) -> bytes:
        kind, (temporal, key) = self.kinds[place], frame
        number = self.sent[place]
        self.sent[place] = number + 1
        last = part == kind.packets_per_frame - 1
        block = _block((MID_ID, mid.encode()), rid, numbers)
        head = _HEAD.pack(
            0x90,
            VP8 | (0x80 if last else 0),
            number & 0xFFFF,
            self._frame * self._ticks & 0xFFFFFFFF,
            self._ssrcs[place],
        )
        descriptor = _DESCRIPTOR.pack(
            0x90 if part == 0 else 0x80,
            0xE0,
            0x8000 | self._frame & 0x7FFF,
            self._level_zeros[place] & 0xFF,
            temporal << 6 | 0x20,
        )
        note = NOTE.pack(self.track, place, number, time.perf_counter())
        body = kind.packet_bytes - _DESCRIPTOR_BYTES - NOTE.size - 1
        return head + block + descriptor + (b"\0" if key else b"\1") + bytes(body) + note


Source = Camera | Talker


def _block(first: tuple[int, bytes], second: tuple[int, bytes] | None, numbers: Numbers) -> bytes:
    """Return a one-byte extension block (RFC 8285, 4.2) with a transport-wide number."""
    number = (TRANSPORT_NUMBER_ID, numbers.take().to_bytes(2, "big"))
    elements = [first, number] if second is None else [first, second, number]
    body = b"".join(bytes((n << 4 | len(v) - 1,)) + v for n, v in elements)
    body += bytes(-len(body) % 4)
    return struct.pack("!HH", 0xBEDE, len(body) // 4) + body


def key_frames_asked(packet: bytes) -> list[int]:
    """Return the SSRCs of which a compound RTCP packet asks a key frame (RFC 4585, 5104)."""
    asked, at = [], 0
    while at + 12 <= len(packet):
        size = 4 * (int.from_bytes(packet[at + 2 : at + 4], "big") + 1)
        form, kind = packet[at] & 0x1F, packet[at + 1]
        if kind == 206 and form == 1:
            asked.append(int.from_bytes(packet[at + 8 : at + 12], "big"))
        elif kind == 206 and form == 4:
            entries = range(at + 12, min(at + size, len(packet)) - 7, 8)
            asked += [int.from_bytes(packet[e : e + 4], "big") for e in entries]
        at += size
    return asked
