"""The voice of one room: who talks, who hears, and when a spurt ends."""

from collections.abc import Callable, Iterable

from allmende.media.control import Report
from allmende.media.tracks.up import AudioUp
from allmende.media.voice.audience import Audience, Changes, Hearers, Native, Places
from allmende.media.voice.bridge import SILENCE_UNITS
from allmende.media.voice.browser import BrowserTalker
from allmende.media.voice.slots import Slots, SlotUp
from allmende.media.voice.talker import TALK, WORDS, Hearing, Sound, Talker
from allmende.media.voicing import OpenSlots, Talks


class VoiceSpace:
    """Natives, browsers and slots of one room.

    ``everyone``: whom a native of the room talks to. Legs and ups are told to it as they come
    and go; what decides who hears whom is looked up again after each of the `changes`.
    """

    def __init__(self, room: str, changes: Changes, report: Callable[[Report], None]) -> None:
        self.room = room
        self.changes = changes
        self.slots: Slots | None = None
        self.natives: dict[str, Native] = {}
        self.listeners: dict[str, Native] = {}
        """Natives that stand elsewhere and hear this room, too."""
        self._report = report
        self._direct = True
        self._loopback = False
        self._hearers = Hearers(self._natives_of_now, changes, report)
        self._also = Hearers(self._listeners_of_now, changes, report)
        self.everyone = Audience(TALK, self._hearers, self._all_slots, changes, self._also)
        self._ups: dict[str, BrowserTalker] = {}
        self._sessions: dict[str, tuple[int, bool]] = {}
        self._talking: dict[Talker, None] = {}
        self._changed: dict[Talker, None] = {}

    # --- who is here --------------------------------------------------------------------

    def enter(self, sid: str, native: Native) -> None:
        """A native leg stands here now."""
        self.natives[sid] = native
        self.changes.happened()

    def leave(self, native: Talker, now_s: float) -> None:
        """A native leg stands here no more; its own end of speech goes to those it leaves."""
        self._forget(native, now_s)
        self.natives.pop(native.leg, None)
        self.changes.happened()

    def add_up(self, up: AudioUp) -> None:
        """Let a microphone of a browser be heard by natives, and through slots."""
        audience = Audience(
            TALK, self._hearers, lambda: self._slots_for(up), self.changes, self._also
        )
        talker = BrowserTalker(up, self, audience)
        talker.session, talker.first = self._sessions.get(up.leg, (0, False))
        self._ups[up.sid] = talker
        up.listening = talker
        self.changes.happened()

    def close_up(self, up: AudioUp, now_s: float) -> None:
        """A microphone is gone."""
        talker = self._ups.pop(up.sid, None)
        if talker is not None:
            up.listening = None
            talker.closed(now_s)
            self._forget(talker, now_s)

    def left(self, browser: str) -> None:
        """A leg of a browser is gone, with its session."""
        self._sessions.pop(browser, None)

    def number(self, browser: str, session: int, *, first: bool) -> None:
        """Natives see this session on the packets of a leg of a browser."""
        self._sessions[browser] = (session, first)
        for talker in self._ups.values():
            if talker.leg == browser:
                talker.session, talker.first = session, first

    def open_slots(self, asked: OpenSlots, now_s: float) -> list[SlotUp]:
        """Make the slots; open already: learn what ``direct`` is now. Return the new ups."""
        self._direct, self._loopback = asked.direct, asked.loopback
        self.changes.happened()
        if self.slots is not None:
            return []
        ups = [SlotUp(sid, self._report, now_s) for sid in asked.ups]
        self.slots = Slots(self.room, ups, self._report, now_s)
        return ups

    # --- sound --------------------------------------------------------------------------

    def carry(self, sound: Sound, audience: Hearing) -> None:
        """Send a packet on, and begin a spurt with it where there is none."""
        talker = sound.talker
        if talker.audience is audience:
            if not talker.run.follow(sound.frame, sound.duration):
                return
        else:
            self.end(talker, sound.now_s)
            talker.audience = audience
            talker.began_s = sound.now_s
            talker.run.begin(sound.frame, sound.duration)
            self._talking[talker] = self._changed[talker] = None
            self.changes.waiting = True
        talker.run.heard_s = sound.now_s
        audience.carry(sound)
        if sound.last:
            self._ended(talker, sound.now_s)

    def end(self, talker: Talker, now_s: float) -> None:
        """End the spurt of ``talker``, if there is one, with a frame of silence."""
        audience = talker.audience
        if audience is not None:
            audience.end(talker, now_s)
            talker.run.next_frame += SILENCE_UNITS
            self._ended(talker, now_s)

    def _ended(self, talker: Talker, now_s: float) -> None:
        talker.audience = None
        talker.run.opened = 0
        talker.ended_s = now_s
        self._talking.pop(talker, None)
        self._changed[talker] = None
        self.changes.waiting = True

    def _forget(self, talker: Talker, now_s: float) -> None:
        self.end(talker, now_s)
        if self._changed.pop(talker, 0) is None:
            self._tell(talker)
        if self.slots is not None:
            self.slots.leave(talker)

    # --- time passes --------------------------------------------------------------------

    def tick(self, now_s: float) -> None:
        """When it is due, and at most each 20 ms: timeouts, silence of slots, who talks."""
        if self._talking:
            for talker in list(self._talking):
                if now_s >= talker.run.heard_s + talker.ends_after_s:
                    self._time_out(talker, now_s)
        if self.slots is not None:
            self.slots.tick(now_s)
        if self._changed:
            changed, self._changed = self._changed, {}
            for talker in changed:
                self._tell(talker)

    def due_s(self) -> float:
        """When the next spurt ends by timeout, as things are now."""
        ends = [talker.run.heard_s + talker.ends_after_s for talker in self._talking]
        return min(ends, default=float("inf"))

    def _time_out(self, talker: Talker, now_s: float) -> None:
        if isinstance(talker, BrowserTalker):
            talker.closed(now_s)
        else:
            self.end(talker, now_s)

    def _tell(self, talker: Talker) -> None:
        told = WORDS[talker.audience.aim] if talker.audience is not None else ""
        if told != talker.told:
            aim = told or talker.told
            talker.told = told
            self._report(Talks(room=self.room, leg=talker.leg, talking=bool(told), aim=aim))

    # --- who hears ----------------------------------------------------------------------

    def _natives_of_now(self) -> Iterable[Native]:
        return self.natives.values()

    def _listeners_of_now(self) -> Iterable[Native]:
        return [leg for sid, leg in self.listeners.items() if sid not in self.natives]

    def _all_slots(self) -> Places:
        """Return the slots of the room, unless nobody has a down of one."""
        return ((self.slots, None),) if self.slots is not None and self.slots.listeners() else ()

    def _slots_for(self, up: AudioUp) -> Places:
        """Return who hears a browser through slots: nobody twice, and itself for an echo test."""
        if self.slots is None or self._direct:
            return ()
        hearing = self.slots.listeners() - {down.leg for down in up.downs}
        if not self._loopback:
            hearing -= {up.leg}
        return ((self.slots, frozenset(hearing)),)
