"""The slots of a room: how everybody is heard by legs that have only a few ways of sound.

Spec voice, 6 and 7.2. A slot is an up that no leg sends. It carries one talker at a time, and
its numbers and times go on from one talker to the next, so that a browser never notices.
"""

import secrets
from collections.abc import Callable, Sequence
from typing import Final

from allmende.media.control import AddUp, Codec, Report
from allmende.media.tracks.down import OPUS
from allmende.media.tracks.incoming import Incoming
from allmende.media.tracks.up import AudioUp
from allmende.media.voice.bridge import (
    CLOCK_HZ,
    SILENCE,
    SILENCE_EVERY_S,
    SILENCES_AT_END,
    SILENT_LEVEL,
    SLOT_FREE_AFTER_S,
    TALKING_LEVEL,
)
from allmende.media.voice.numbering import Numbering
from allmende.media.voice.talker import TALK, Sound, Talker
from allmende.media.voicing import SlotFilled
from allmende.protocols.rtp.packet import MARKER

MAX_SLOTS: Final = 12
SOURCE: Final = "slot"
_CODECS: Final = (Codec(111, "opus", CLOCK_HZ),)
_FIRST_NUMBER: Final = 1 << 16


class SlotUp(AudioUp):
    """An up without a leg; always open. It is named after itself where a leg would be asked."""

    def __init__(self, sid: str, report: Callable[[Report], None], now_s: float) -> None:
        asked = AddUp(
            id=0, leg=sid, up=sid, mid="", kind="audio", source=SOURCE,
            codecs=_CODECS, extensions=(),
        )  # fmt: skip
        super().__init__(asked, None, report)
        self._p = Incoming()
        self._sent = 0
        self.set_flags(now_s, allowed=True, muted=False)

    def send(
        self, place: Numbering, level: int, opus: bytes, now_s: float, legs: frozenset[str] | None
    ) -> None:
        """Send a packet to ``legs`` (None: all); for others the numbers close up over it."""
        p = self._p
        p.number, p.timestamp = place.number, place.timestamp
        p.marker = MARKER if place.marker else 0
        p.level, p.arrived_s = level, now_s
        p.packet, p.payload_end = opus, len(opus)
        before, self._sent = self._sent, max(self._sent, place.number)
        if legs is None:
            self.forward(p, OPUS, opus, opus)
            return
        for down in self.downs:
            if down.leg in legs:
                down.forward(p, OPUS, opus, opus)
            else:
                for number in range(before + 1, self._sent + 1):
                    down.leave_out(number)


class Slot:
    """One slot, and who is in it. ``legs``: who hears what was last put there.

    ``told``, ``told_to``: who is in it and who is told so, as reported last.
    """

    __slots__ = ("_due_s", "_silences", "began_s", "index", "legs", "numbering", "sent_s",
                 "talker", "told", "told_to", "up")  # fmt: skip

    def __init__(self, index: int, up: SlotUp, now_s: float) -> None:
        self.index, self.up = index, up
        first = secrets.randbits(32)
        self.numbering = Numbering(_FIRST_NUMBER, first, now_s)
        self.talker: Talker | None = None
        self.told = ""
        self.told_to: frozenset[str] | None = None
        self.legs: frozenset[str] | None = None
        self.sent_s = self.began_s = now_s
        self._silences = 0
        self._due_s = 0.0

    def send(self, sound: Sound, legs: frozenset[str] | None) -> None:
        """Send a packet of its talker, if it has a place in the numbers."""
        if not self.numbering.place(sound.frame, sound.duration, sound.now_s):
            return
        self.sent_s, self.legs = sound.now_s, legs
        self._silences = 0
        level = SILENT_LEVEL if sound.last else TALKING_LEVEL
        self.up.send(self.numbering, level, sound.opus, sound.now_s, legs)

    def end_spurt(self, due_s: float) -> None:
        """Let silence follow from ``due_s`` on, so that the last syllable is not stretched."""
        self.numbering.begin()
        self._silences, self._due_s = SILENCES_AT_END, due_s

    def tick(self, now_s: float) -> None:
        """Send the silence that is due."""
        while self._silences and now_s >= self._due_s:
            self._silences -= 1
            self._due_s = max(self._due_s, now_s - SILENCE_EVERY_S) + SILENCE_EVERY_S
            self.numbering.place_silence(now_s)
            self.up.send(self.numbering, SILENT_LEVEL, SILENCE, now_s, self.legs)


class Slots:
    """The slots of one room, in their order. ``missed``: packets that found none free."""

    def __init__(
        self, room: str, ups: Sequence[SlotUp], report: Callable[[Report], None], now_s: float
    ) -> None:
        self.slots = [Slot(index, up, now_s) for index, up in enumerate(ups)]
        self.missed = 0
        self._room = room
        self._report = report
        self._by_talker: dict[Talker, Slot] = {}

    def listeners(self) -> set[str]:
        """Return the legs that have a down of a slot."""
        return {down.leg for slot in self.slots for down in slot.up.downs}

    def carry(self, sound: Sound, aim: int, legs: frozenset[str] | None) -> None:
        """Send a packet through the slot of its talker, who gets one if one is free."""
        if legs is not None and not legs:
            return
        slot = self._by_talker.get(sound.talker) or self._take(sound.talker, sound.now_s)
        if slot is None:
            self.missed += 1
            return
        self._tell(slot, sound.talker.leg, legs if aim != TALK else None)
        slot.send(sound, legs)
        if sound.last:
            slot.end_spurt(sound.now_s + SILENCE_EVERY_S)

    def end(self, talker: Talker, now_s: float) -> None:
        """The spurt of ``talker`` is over."""
        slot = self._by_talker.get(talker)
        if slot is not None:
            slot.end_spurt(now_s)
            slot.tick(now_s)

    def leave(self, talker: Talker) -> None:
        """``talker`` is gone: its slot is free now."""
        slot = self._by_talker.get(talker)
        if slot is not None:
            self._free(slot)

    def tick(self, now_s: float) -> None:
        """Each 20 ms."""
        for slot in self.slots:
            slot.tick(now_s)
            if slot.talker is not None and now_s - slot.sent_s >= SLOT_FREE_AFTER_S:
                self._free(slot)

    def second_passed(self, now_s: float) -> None:
        """Each second: tell receivers what time the timestamps mean (RFC 3550, 6.4.1)."""
        ntp = int(now_s * (1 << 32)) & (1 << 64) - 1
        for slot in self.slots:
            if slot.talker is None:
                continue
            timestamp = slot.numbering.timestamp_at(now_s) & 0xFFFFFFFF
            for down in slot.up.downs:
                if down.current >= 0:
                    down.sender_reported(ntp, timestamp)

    # --- inside -------------------------------------------------------------------------

    def _take(self, talker: Talker, now_s: float) -> Slot | None:
        slot = self._free_slot()
        if slot is None and talker.first:
            slot = self._yielding()
            if slot is not None and slot.talker is not None:
                del self._by_talker[slot.talker]
        if slot is None:
            return None
        slot.talker, slot.began_s = talker, now_s
        slot.numbering.begin()
        self._by_talker[talker] = slot
        return slot

    def _free_slot(self) -> Slot | None:
        """Return the slot that was free for the longest time."""
        free = [slot for slot in self.slots if slot.talker is None]
        return min(free, key=_sent_s) if free else None

    def _yielding(self) -> Slot | None:
        """Return the slot whose talker came last, of those who have to yield."""
        others = [slot for slot in self.slots if slot.talker and not slot.talker.first]
        return max(others, key=_began_s) if others else None

    def _free(self, slot: Slot) -> None:
        if slot.talker is not None:
            del self._by_talker[slot.talker]
            slot.talker = None
            self._tell(slot, "", None)

    def _tell(self, slot: Slot, leg: str, legs: frozenset[str] | None) -> None:
        if slot.told == leg and slot.told_to == legs:
            return
        slot.told, slot.told_to = leg, legs
        to = tuple(sorted(legs)) if legs is not None else ()
        self._report(SlotFilled(room=self._room, slot=slot.index, leg=leg, to=to))


def _sent_s(slot: Slot) -> float:
    return slot.sent_s


def _began_s(slot: Slot) -> float:
    return slot.began_s
