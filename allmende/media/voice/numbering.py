"""Sequence numbers and timestamps of a slot, over talkers, spurts, loss and lateness.

Spec voice, 7.2. The number of a packet is never Mumble's frame number: a packet of 20 ms moves
that by two, which a browser would take for loss.
"""

from typing import Final

from allmende.media.voice.bridge import (
    MAX_JUMP,
    NATIVE_ENDS_AFTER_S,
    SILENCE_UNITS,
    UNIT_S,
    UNIT_TICKS,
)

_MOST_RESERVED: Final = 2 * MAX_JUMP


class Numbering:
    """Says where a packet goes; the answer is in ``number``, ``timestamp`` and ``marker``.

    Numbers and timestamps are not wrapped. ``highest``: the newest number.
    """

    __slots__ = ("_base", "_duration", "_frame", "_fresh", "_newest_timestamp", "_reserved",
                 "_sent_s", "highest", "marker", "number", "timestamp")  # fmt: skip

    def __init__(self, number: int, timestamp: int, now_s: float) -> None:
        """``number``, ``timestamp``: what the first packet follows."""
        self.highest = self.number = number
        self.timestamp = self._newest_timestamp = timestamp
        self.marker = False
        self._sent_s = now_s
        self._base = self._frame = self._duration = 0
        self._fresh = True
        self._reserved: dict[int, int] = {}

    def begin(self) -> None:
        """What comes next begins a spurt."""
        self._fresh = True

    def place(self, frame: int, duration: int, now_s: float) -> bool:
        """Find the place of a packet, in units of 10 ms; False: it has none, or had it."""
        ahead = frame - self._frame
        silent_s = now_s - self._sent_s
        if self._fresh or silent_s > NATIVE_ENDS_AFTER_S or not -MAX_JUMP <= ahead <= MAX_JUMP:
            self._begin(frame, silent_s)
        elif ahead >= self._duration:
            self._advance(frame, ahead)
        else:
            return self._place_late(frame)
        self._frame, self._duration, self._sent_s = frame, duration, now_s
        self.timestamp = self._newest_timestamp = self._base + frame * UNIT_TICKS
        self.number = self.highest
        return True

    def place_silence(self, now_s: float) -> None:
        """Find the place of a frame of silence after the end of a spurt."""
        self.highest += 1
        self._newest_timestamp += self._duration * UNIT_TICKS
        self.number, self.timestamp, self.marker = self.highest, self._newest_timestamp, False
        self._duration, self._sent_s = SILENCE_UNITS, now_s
        self._fresh = True

    def timestamp_at(self, now_s: float) -> int:
        """Return what the timestamp of sound of now would be."""
        return self._newest_timestamp + int((now_s - self._sent_s) / UNIT_S * UNIT_TICKS)

    def _begin(self, frame: int, silent_s: float) -> None:
        """Follow in number, and in time by the clock on the wall, never backwards."""
        units = max(self._duration, int(silent_s / UNIT_S), 1)
        self._base = self._newest_timestamp + units * UNIT_TICKS - frame * UNIT_TICKS
        self.highest += 1
        self._reserved.clear()
        self._fresh = False
        self.marker = True

    def _advance(self, frame: int, ahead: int) -> None:
        """Follow within the spurt; numbers of what is missing are kept for it."""
        missing = ahead // self._duration - 1
        if missing:
            self._reserve(missing, frame)
        self.highest += 1 + missing
        self.marker = False

    def _reserve(self, missing: int, frame: int) -> None:
        reserved = self._reserved
        if len(reserved) + missing > _MOST_RESERVED:
            reserved = {f: n for f, n in reserved.items() if f >= frame - MAX_JUMP}
            self._reserved = reserved
        for nth in range(1, missing + 1):
            reserved[self._frame + nth * self._duration] = self.highest + nth

    def _place_late(self, frame: int) -> bool:
        number = self._reserved.pop(frame, 0)
        if not number:
            return False
        self.number, self.marker = number, False
        self.timestamp = self._base + frame * UNIT_TICKS
        return True
