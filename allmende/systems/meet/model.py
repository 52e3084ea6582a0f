"""What a call is made of: roles and rights, identities, how many cameras fit.

Pure rules of spec meet, 11 and 14. The state of a running call is in ``service/running.py``.
"""

import base64
import hmac
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from allmende.core.errors import InvalidInput
from allmende.core.ids import RoomId
from allmende.core.ports.conference import (
    ALL_SOURCES,
    TAB_CHARS,
    CallId,
    Capacity,
    Rights,
    Source,
)

MAX_CAMERAS_SETTING: Final = 150
NO_FACILITATOR_S: Final = 5.0
"""After this long without one, the member present longest acts as facilitator."""
DOUBT_S: Final = 3.0
"""Somebody whose rights cannot be asked again for so long is put out: 5 s are promised."""
GUESTS_ALONE_S: Final = 600.0
"""Guests of a group's room keep the call this long after the last member left."""
SEAT_KEPT_S: Final = 60.0
"""A raised hand and the floor wait this long for somebody whose connection broke."""
TICKET_KEPT_S: Final = 130.0
"""A ticket that nobody used is forgotten: its token is valid 2 minutes, with 10 s leeway."""

TALKERS: Final = 3
AUDIO_PACKETS_PER_S: Final = 50
AUDIO_BPS: Final = 50_000
VIDEO_PACKETS_PER_S: Final = 50
VIDEO_BPS: Final = 450_000
_PACKETS_SHARE: Final = 0.7
_UPLINK_SHARE: Final = 0.8
_AUDIO_ALONE_SHARE: Final = 0.9

_SEAT_CHARS: Final = 16


class CallRole(StrEnum):
    """What somebody is in a call; told to everybody as an attribute."""

    GUEST = "guest"
    MEMBER = "member"
    FACILITATOR = "facilitator"


@dataclass(frozen=True, slots=True)
class Standing:
    """What somebody may do in the room, as its permissions say before the call has its own say."""

    role: CallRole
    speak: bool
    share: bool
    start: bool


@dataclass(frozen=True, slots=True)
class RoomSettings:
    """What ``meet`` keeps of a room: how many cameras a facilitator allows, None: what fits."""

    room_id: RoomId
    max_cameras: int | None = None


@dataclass(frozen=True, slots=True)
class Load:
    """What other calls plan to use already."""

    packets_per_s: float = 0.0
    bps: float = 0.0


def call_id(room_id: RoomId) -> CallId:
    """Return the name of the call of a room."""
    return CallId(f"r{room_id}")


def room_of(call: CallId) -> RoomId | None:
    """Return the room of a call; None for an echo test."""
    number = call[1:]
    return RoomId(int(number)) if call.startswith("r") and number.isdecimal() else None


def seat_of(meeting_key: bytes, key: str) -> str:
    """Return the opaque name of the person ``key`` in one meeting: base32 of an HMAC."""
    digest = hmac.digest(meeting_key, key.encode(), "sha256")
    return base64.b32encode(digest).decode().lower()[:_SEAT_CHARS]


def seat_in(identity: str) -> str:
    """Return the seat that is the first part of an identity."""
    return identity[:-TAB_CHARS]


def rights_of(
    standing: Standing,
    *,
    moderated: bool,
    has_floor: bool,
    only: frozenset[Source] | None = None,
) -> Rights:
    """Return what the media plane lets through (spec meet, 11, the table of rights).

    ``only`` is what a facilitator left this person, None: everything of the role.
    """
    sources: frozenset[Source] = frozenset()
    if standing.speak:
        sources = frozenset({Source.MICROPHONE, Source.CAMERA})
    if standing.share:
        sources |= {Source.SCREEN_SHARE, Source.SCREEN_SHARE_AUDIO}
    if only is not None:
        sources &= only
    held_back = moderated and standing.role is not CallRole.FACILITATOR and not has_floor
    if held_back:
        sources -= {Source.CAMERA}
    return Rights(
        sources=sources & ALL_SOURCES,
        data=standing.speak and not held_back,
        suppressed=held_back,
    )


@dataclass(frozen=True, slots=True)
class Crowd:
    """How many are in a call. ``listening``: those of them to whom no video is sent."""

    people: int
    listening: int = 0

    @property
    def watching(self) -> int:
        """Who may see cameras and have one."""
        return self.people - self.listening


def planned_load(crowd: Crowd, cameras: int) -> Load:
    """Return what a call plans to use, every one of ``cameras`` seen at 360p by who can."""
    talkers = min(TALKERS, crowd.people)
    sound, seen = crowd.people * talkers, crowd.watching * cameras
    return Load(
        packets_per_s=AUDIO_PACKETS_PER_S * sound + VIDEO_PACKETS_PER_S * seen,
        bps=AUDIO_BPS * sound + VIDEO_BPS * seen,
    )


def cameras_that_fit(capacity: Capacity, crowd: Crowd, others: Load | None = None) -> int:
    """Return how many cameras at 360p can be seen; never more than people who see them.

    cameras = floor((0.7 P - 50 T N) / (N v)), the same in bits; the smaller counts (spec meet,
    14). All N hear; by N v only those count who get video, one at least. ``others`` is taken
    from what may be planned.
    """
    taken = others or Load()
    sound, watching = TALKERS * max(crowd.people, 1), max(crowd.watching, 1)
    packets = _PACKETS_SHARE * capacity.packets_per_second - taken.packets_per_s
    bits = _UPLINK_SHARE * capacity.uplink_bps - taken.bps
    by_packets = (packets - AUDIO_PACKETS_PER_S * sound) / (watching * VIDEO_PACKETS_PER_S)
    by_bits = (bits - AUDIO_BPS * sound) / (watching * VIDEO_BPS)
    return max(0, min(watching, int(by_packets), int(by_bits)))


def sound_fits(capacity: Capacity, people: int) -> bool:
    """Return whether the sound of ``people`` stays below 0.9 P (spec meet, 14)."""
    planned = AUDIO_PACKETS_PER_S * min(TALKERS, people) * people
    return planned <= _AUDIO_ALONE_SHARE * capacity.packets_per_second


def clean_sources(words: Sequence[str]) -> frozenset[Source]:
    """Return the sources named. Raises InvalidInput ``meet.unknown-source``."""
    known = {source.value: source for source in Source}
    for word in words:
        if word not in known:
            raise InvalidInput("meet.unknown-source", field="sources")
    return frozenset(known[word] for word in words)
