"""The microphone of a browser becomes voice packets. Spec voice, 7.1."""

from collections import deque
from typing import Final, Protocol

from allmende.media.tracks.incoming import Incoming
from allmende.media.tracks.up import AudioUp
from allmende.media.voice.bridge import (
    BROWSER_ENDS_AFTER_S,
    MAX_JUMP,
    MAX_OPUS_BYTES,
    MIN_OPUS_BYTES,
    PREROLL_PACKETS,
    SILENCE_UNITS,
    TALKING_LEVEL,
    UNIT_S,
    UNIT_TICKS,
)
from allmende.media.voice.gate import Gate
from allmende.media.voice.talker import Hearing, Sound, Talker
from allmende.protocols.mumble.voice import opus_duration_10ms
from allmende.protocols.rtp.extensions import LEVEL_URI
from allmende.protocols.rtp.unwrapping import Unwrapper

_SLACK: Final = 2 * SILENCE_UNITS
"""The silence that ends a spurt may stand where the next packet of the browser is."""


class Carrying(Protocol):
    """What takes sound to those who hear it; `space.VoiceSpace` is the real one."""

    def carry(self, sound: Sound, audience: Hearing) -> None:
        """Send a packet on, and begin a spurt with it where there is none."""

    def end(self, talker: Talker, now_s: float) -> None:
        """End the spurt of ``talker``, if there is one."""


class BrowserTalker(Talker):
    """One audio up. Frame numbers follow its RTP timestamps, never its packets."""

    __slots__ = ("_arrived_s", "_end", "_everyone", "_gate", "_has_level", "_kept", "_newest",
                 "_offset", "_space", "_ssrc", "_timestamps", "up")  # fmt: skip

    def __init__(self, up: AudioUp, space: Carrying, everyone: Hearing) -> None:
        super().__init__(up.leg, 0, BROWSER_ENDS_AFTER_S, None)
        self.up = up
        self._space, self._everyone = space, everyone
        self._has_level = any(e.uri == LEVEL_URI for e in up.asked.extensions)
        self._gate = Gate()
        self._kept: deque[Sound] = deque(maxlen=PREROLL_PACKETS)
        self._ssrc = self._newest = -1
        self._offset = self._end = 0
        self._arrived_s = 0.0
        self._timestamps = Unwrapper(32)

    def heard(self, p: Incoming, opus: bytes) -> None:
        """Take a packet of the open up; ``opus`` without RED, empty where it is none."""
        now_s = p.arrived_s
        if len(opus) < MIN_OPUS_BYTES:  # DTX
            self.closed(now_s)
            return
        duration = opus_duration_10ms(opus)
        if duration is None or len(opus) > MAX_OPUS_BYTES:
            return
        level = p.level & 0x7F if self._has_level else TALKING_LEVEL
        is_open = self._gate.hear(-level, now_s)
        if not is_open and self.audience is not None:
            self._space.end(self, now_s)
        frame = self._frame_of(p, duration, now_s)
        if frame < 0:
            return
        sound = Sound(self, frame, duration, opus, now_s)
        if not is_open:
            self._kept.append(sound)
            return
        if self.audience is None:
            self._send_kept(now_s)
        self._space.carry(sound, self._everyone)

    def closed(self, now_s: float) -> None:
        """Muted, suppressed, silent or gone: the spurt ends here."""
        self._gate.close()
        self._kept.clear()
        self._space.end(self, now_s)

    def _send_kept(self, now_s: float) -> None:
        """Begin with what came just before speech was noticed."""
        for sound in self._kept:
            if now_s - sound.now_s < BROWSER_ENDS_AFTER_S:
                sound.now_s = now_s
                self._space.carry(sound, self._everyone)
        self._kept.clear()

    def _frame_of(self, p: Incoming, duration: int, now_s: float) -> int:
        """Return the frame number of a packet, -1 if it is too late for one."""
        fresh = p.ssrc != self._ssrc
        if fresh:
            self._ssrc, self._newest = p.ssrc, -1
            self._timestamps = Unwrapper(32)
        frame = self._timestamps.extend(p.timestamp) // UNIT_TICKS + self._offset
        talking = self.audience is not None
        if p.number <= self._newest:
            return frame if talking else -1
        self._newest = p.number
        elapsed = int((now_s - self._arrived_s) / UNIT_S)
        self._arrived_s = now_s
        end = max(self._end, self.run.next_frame)
        ahead = frame - end
        if -_SLACK <= ahead < 0 and not (talking or fresh):
            return -1
        if fresh or not 0 <= ahead <= MAX_JUMP + elapsed:
            # Another source or a clock that jumped: go on where the last one ended.
            self._offset -= ahead
            frame = end
        self._end = frame + duration
        return frame
