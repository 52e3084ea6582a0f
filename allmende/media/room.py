"""One room of a worker: its legs, their ups and downs, who speaks, and its data."""

import secrets
from collections.abc import Callable, Sequence
from typing import Final

from allmende.media.control import AddDown, AddUp, Report, Speakers
from allmende.media.data import DataRelay
from allmende.media.leg import Leg
from allmende.media.speakers import Speakers as SpeakerWatch
from allmende.media.tracks.cache import Allowance
from allmende.media.tracks.down import OPUS, VP8, AudioDown, Down, VideoDown, types_of
from allmende.media.tracks.layers import NONE
from allmende.media.tracks.up import AudioUp, Up, VideoUp
from allmende.media.voice.audience import Changes
from allmende.media.voice.slots import SlotUp
from allmende.media.voice.space import VoiceSpace
from allmende.media.voicing import OpenSlots

_MICROPHONE: Final = "microphone"
FIRST_NUMBERS: Final = 1 << 15
"""Sequences begin below this (RFC 3711, 3.3.1)."""
MAX_MID_BYTES: Final = 255
"""What an element of a header extension can hold (RFC 8285, 4.3)."""


class Unfit(Exception):
    """The command fits not to what is there; the text is for the log of the main process."""


class Room:
    """Legs that may hear and see each other, and nobody else."""

    def __init__(
        self,
        sid: str,
        allowance: Allowance,
        report: Callable[[Report], None],
        clock_s: Callable[[], float],
    ) -> None:
        self.sid = sid
        self.legs: dict[str, Leg] = {}
        self.ups: dict[str, Up] = {}
        self.downs: dict[str, Down] = {}
        self.data = DataRelay(sid, self.legs, report)
        self.voice: VoiceSpace | None = None
        self._allowance = allowance
        self._report = report
        self._clock_s = clock_s
        self._speakers = SpeakerWatch()

    # --- looked up by legs --------------------------------------------------------------

    def find_up(self, sid: str) -> Up | None:
        """The up with this sid."""
        return self.ups.get(sid)

    def data_received(self, leg: str, payload: bytes, *, reliable: bool) -> None:
        """A leg sent a data packet."""
        sender = self.legs.get(leg)
        if sender is not None:
            self.data.received(sender, payload, reliable=reliable, now_s=self._clock_s())

    # --- voice --------------------------------------------------------------------------

    def open_voice(self, changes: Changes) -> VoiceSpace:
        """Return the voice of this room; from the first time on all microphones are in it."""
        if self.voice is None:
            self.voice = VoiceSpace(self.sid, changes, self._report)
            for up in self.ups.values():
                self._bridge(self.voice, up)
        return self.voice

    def open_slots(self, asked: OpenSlots, changes: Changes) -> Sequence[SlotUp]:
        """Open the slots, if they are not; return the ups that are new."""
        made = self.open_voice(changes).open_slots(asked, self._clock_s())
        self.ups.update((up.sid, up) for up in made)
        return made

    def _bridge(self, voice: VoiceSpace, up: Up) -> None:
        if isinstance(up, AudioUp) and up.source == _MICROPHONE:
            voice.add_up(up)

    # --- commands -----------------------------------------------------------------------

    def close_leg(self, leg: Leg) -> None:
        """Close a leg with its ups and downs."""
        for up in list(leg.ups.values()):
            self.close_up(up)
        for down in list(leg.downs.values()):
            self.close_down(down)
        del self.legs[leg.sid]
        self.data.left(leg.sid)
        if self.voice is not None:
            self.voice.left(leg.sid)
        leg.close()

    def add_up(self, asked: AddUp) -> None:
        """Take the packets of another track. Raises Unfit without a codec that we forward."""
        leg = self.legs[asked.leg]
        kind = {"audio": AudioUp, "video": VideoUp}.get(asked.kind)
        needed = OPUS if kind is AudioUp else VP8
        if kind is None:
            raise Unfit(f"kind {asked.kind}")
        up = kind(asked, leg.outlet, self._report)
        if needed not in up.codecs:
            raise Unfit("no codec that we forward")
        self.ups[up.sid] = up
        leg.add_up(up)
        if self.voice is not None:
            self._bridge(self.voice, up)

    def close_up(self, up: Up) -> None:
        """End a track, and the downs that are left of it. Raises Unfit for a slot."""
        if isinstance(up, SlotUp):
            raise Unfit("a slot ends with its room")
        for down in list(up.downs_of()):
            self.close_down(down)
        if self.voice is not None and isinstance(up, AudioUp):
            self.voice.close_up(up, self._clock_s())
        self.legs[up.leg].close_up(up)
        del self.ups[up.sid]

    def add_down(self, asked: AddDown) -> None:
        """Send a track to another leg. Raises Unfit without a common codec, or its own track."""
        leg, up = self.legs[asked.leg], self.ups[asked.up]
        if len(asked.mid.encode()) > MAX_MID_BYTES or not 0 < asked.ssrc < 1 << 32:
            raise Unfit("mid or ssrc out of range")
        if any(down.ssrc == asked.ssrc for down in leg.downs.values()):
            raise Unfit("ssrc is taken")
        down = self._open_down(asked, leg, up)
        self._allowance.change(1)
        self.downs[down.sid] = down
        leg.add_down(down)
        leg.steer_down(down)
        up.added(down, self._clock_s())
        if self.voice is not None:
            self.voice.changes.happened()

    def _open_down(self, asked: AddDown, leg: Leg, up: Up) -> Down:
        types = types_of(asked)
        first = secrets.randbelow(FIRST_NUMBERS)
        down: Down
        if isinstance(up, VideoUp) and types[VP8]:
            down = VideoDown(asked, leg.outlet, up.clock_hz, self._allowance, first)
            up.downs.append(down)
        elif isinstance(up, AudioUp) and types[OPUS]:
            down = AudioDown(asked, leg.outlet, up.clock_hz, self._allowance, first)
            up.downs.append(down)
        else:
            raise Unfit("no common codec")
        down.cname = up.leg
        return down

    def close_down(self, down: Down) -> None:
        """Stop sending; the receiver hears goodbye."""
        down.steer(NONE)
        up = self.ups[down.up]
        up.remove_down(down)
        del self.downs[down.sid]
        self._allowance.change(-1)
        self.legs[down.leg].close_down(down)
        if self.voice is not None:
            self.voice.changes.happened()

    # --- time passes --------------------------------------------------------------------

    def tick(self, now_s: float) -> None:
        """Each 20 ms."""
        for leg in self.legs.values():
            leg.tick(now_s)
        self.data.tick(now_s)
        if self.voice is not None:
            self.voice.tick(now_s)

    def listen(self, now_s: float) -> None:
        """Each 300 ms: who speaks, and which streams are silent."""
        heard = []
        for up in self.ups.values():
            up.find_silent(now_s)
            if isinstance(up, AudioUp) and up.source == _MICROPHONE:
                heard.append((up.leg, up.take_amplitude(), up.open))
        changes = self._speakers.update(heard, now_s)
        if changes:
            self._report(Speakers(room=self.sid, changes=tuple(changes)))

    def second_passed(self, now_s: float) -> None:
        """Each second."""
        for leg in self.legs.values():
            leg.second_passed(now_s)
        if self.voice is not None and self.voice.slots is not None:
            self.voice.slots.second_passed(now_s)

    def tell_quality(self) -> None:
        """Each 5 s."""
        for leg in self.legs.values():
            leg.tell_quality()
