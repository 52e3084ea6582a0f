"""All native legs of a worker, and what the main process says about them."""

from collections.abc import Callable, Mapping
from typing import Any, Protocol

from allmende.media.control import Done, Report
from allmende.media.fanout.interface import Fanout
from allmende.media.room import Unfit
from allmende.media.voice.audience import Audience, Changes, Hearers, Places
from allmende.media.voice.binding import Bindings
from allmende.media.voice.leg import MAX_AIM, NativeLeg
from allmende.media.voice.ping import ServerPings
from allmende.media.voice.receiving import Receiving
from allmende.media.voice.space import VoiceSpace
from allmende.media.voice.talker import SHOUT, WHISPER
from allmende.media.voicing import (
    AimMumble,
    CloseMumble,
    FlagMumble,
    FormatMumble,
    LimitMumble,
    ListenMumble,
    MumbleCounts,
    OpenMumble,
    PlaceMumble,
    PublicCount,
    ResyncMumble,
    TunnelIn,
)

_NONCE_BYTES = 16
_MAX_SESSION = 65_535


class VoiceRooms(Protocol):
    """The rooms, as native legs find them; `rooms.Rooms` is the real one."""

    changes: Changes

    def space_of(self, room: str) -> VoiceSpace:
        """The voice of a room. Raises Unfit if there is no such room."""

    def find_space(self, room: str) -> VoiceSpace | None:
        """The voice of a room, None if there is no such room."""

    def space_of_browser(self, leg: str) -> VoiceSpace | None:
        """The voice of the room where this leg of a browser is, if it has one."""


class NativeLegs:
    """Opens, places and ends native legs; `receiving` takes their packets."""

    def __init__(
        self,
        fanout: Fanout,
        rooms: VoiceRooms,
        report: Callable[[Report], None],
        clock_s: Callable[[], float],
        *,
        public_count: bool,
    ) -> None:
        self._fanout = fanout
        self._rooms = rooms
        self._report = report
        self._clock_s = clock_s
        self._changes = rooms.changes
        self._legs: dict[str, NativeLeg] = {}
        self._sessions: dict[int, NativeLeg] = {}
        self._bindings = Bindings(self._changes, report)
        self._pings = ServerPings(public_count=public_count)
        self.receiving = Receiving(self._bindings, self._pings, self._changes, report, clock_s)

    def handlers(self) -> Mapping[type[Any], Callable[[Any], Done | None]]:
        """Return what carries out each command; they raise Unfit and then changed nothing."""
        return {
            OpenMumble: self._open,
            CloseMumble: self._close,
            PlaceMumble: self._place,
            FlagMumble: self._flag,
            LimitMumble: self._limit,
            ListenMumble: self._listen,
            FormatMumble: self._format,
            AimMumble: self._aim,
            TunnelIn: self._tunnel,
            ResyncMumble: self._resync,
            PublicCount: self._pings.tell,
        }

    def room_closed(self, space: VoiceSpace) -> None:
        """A room is gone: those who stood there stand in none."""
        for leg in self._legs.values():
            if leg.space is space:
                self._leave(leg)
            if space in leg.listens:
                leg.listens = tuple(other for other in leg.listens if other is not space)

    def second_passed(self) -> None:
        """Each second: counts, and what is limited by the second."""
        self._pings.second_passed()
        self._bindings.second_passed()
        counts = []
        for leg in self._legs.values():
            leg.pings = 0
            count = leg.take_count()
            if count is not None:
                counts.append(count)
        if counts:
            self._report(MumbleCounts(counts=tuple(counts)))

    # --- commands -----------------------------------------------------------------------

    def _leg(self, sid: str) -> NativeLeg:
        leg = self._legs.get(sid)
        if leg is None:
            raise Unfit("no such native leg")
        return leg

    def _open(self, command: OpenMumble) -> None:
        if command.leg in self._legs or command.session in self._sessions:
            raise Unfit("leg or session is there already")
        if not 0 < command.session <= _MAX_SESSION:
            raise Unfit("session out of range")
        try:
            crypt = self._fanout.crypt(command.key, command.client_nonce, command.server_nonce)
        except ValueError as wrong:
            raise Unfit("key or nonce of a wrong size") from wrong
        leg = NativeLeg(command, crypt, self._clock_s())
        self._legs[leg.leg] = self._sessions[leg.session] = leg
        self._bindings.add(leg)
        self._changes.happened()

    def _close(self, command: CloseMumble) -> None:
        leg = self._leg(command.leg)
        self._leave(leg)
        for space in leg.listens:
            space.listeners.pop(leg.leg, None)
        self._bindings.remove(leg)
        del self._legs[leg.leg], self._sessions[leg.session]
        self._changes.happened()

    def _place(self, command: PlaceMumble) -> None:
        leg = self._leg(command.leg)
        space = self._rooms.space_of(command.room) if command.room else None
        if leg.space is not space:
            self._leave(leg)
        leg.set_rights(command)
        if space is not None and leg.space is None:
            leg.space = space
            space.enter(leg.leg, leg)
        self._hush(leg)

    def _leave(self, leg: NativeLeg) -> None:
        if leg.space is not None:
            leg.space.leave(leg, self._clock_s())
            leg.space = None

    def _hush(self, leg: NativeLeg) -> None:
        """End the spurt of who may not talk any more, or not to whom it talks."""
        leg.run.opened = 0
        whispers = leg.audience is not None and leg.audience.aim
        allowed = not leg.silenced and leg.may_talk and (leg.may_whisper or not whispers)
        if leg.space is not None and not allowed:
            leg.space.end(leg, self._clock_s())

    def _flag(self, command: FlagMumble) -> None:
        leg = self._leg(command.leg)
        leg.set_flags(silent=command.silent, deaf=command.deaf)
        self._hush(leg)
        self._changes.happened()

    def _limit(self, command: LimitMumble) -> None:
        self._leg(command.leg).budget.allow(command.bandwidth_bps)

    def _listen(self, command: ListenMumble) -> None:
        leg = self._leg(command.leg)
        for space in leg.listens:
            space.listeners.pop(leg.leg, None)
        found = map(self._rooms.find_space, command.rooms)
        leg.listens = tuple(space for space in found if space is not None)
        for space in leg.listens:
            space.listeners[leg.leg] = leg
        self._changes.happened()

    def _format(self, command: FormatMumble) -> None:
        self._leg(command.leg).protobuf = command.protobuf
        self._changes.happened()

    def _aim(self, command: AimMumble) -> None:
        leg = self._leg(command.leg)
        if not 0 < command.target <= MAX_AIM:
            raise Unfit("no such target")
        before = leg.aims.pop(command.target, None)
        if before is not None and leg.audience is before and leg.space is not None:
            leg.space.end(leg, self._clock_s())
        if command.legs:
            leg.aims[command.target] = self._audience(leg, command)

    def _audience(self, leg: NativeLeg, command: AimMumble) -> Audience:
        sids = frozenset(command.legs) - {leg.leg}
        legs = self._legs

        def natives() -> list[NativeLeg]:
            return [legs[sid] for sid in sids if sid in legs]

        def places() -> Places:
            return self._places(sids)

        aim = WHISPER if command.whisper else SHOUT
        hearers = Hearers(natives, self._changes, self._report)
        return Audience(aim, hearers, places, self._changes)

    def _places(self, sids: frozenset[str]) -> Places:
        found: dict[VoiceSpace, set[str]] = {}
        for sid in sids:
            space = self._rooms.space_of_browser(sid)
            if space is not None and space.slots is not None:
                found.setdefault(space, set()).add(sid)
        return [(s.slots, frozenset(legs)) for s, legs in found.items() if s.slots is not None]

    def _tunnel(self, command: TunnelIn) -> None:
        leg = self._legs.get(command.leg)
        if leg is not None:  # else its end and this packet crossed on the way
            self.receiving.tunnelled(leg, command.packet)

    def _resync(self, command: ResyncMumble) -> Done:
        leg = self._leg(command.leg)
        if command.client_nonce:
            if len(command.client_nonce) != _NONCE_BYTES:
                raise Unfit("nonce of a wrong size")
            leg.resync(command.client_nonce)
        return Done(id=command.id, nonce=leg.cipher.server_nonce())
