"""Whispers and shouts: who hears target 1 to 30 of a leg (spec voice, 4)."""

from collections.abc import Iterable, Sequence
from typing import Final

from allmende.core.errors import InvalidInput, NotAllowed, NotFound
from allmende.core.ids import RoomId
from allmende.core.permissions import Permission
from allmende.core.ports.audio import Aim, Session
from allmende.protocols.mumble.messages import VoiceTargetEntry
from allmende.systems.voice.service.channels import Channels
from allmende.systems.voice.service.legs import Leg, Legs
from allmende.systems.voice.service.needs import Surroundings

MAX_SESSIONS: Final = 64
TARGETS: Final = range(1, 31)
WHISPER: Final = Permission.VOICE_WHISPER


class Aiming:
    """Media is told numbers; they are worked out again when somebody comes or goes."""

    def __init__(self, here: Surroundings, legs: Legs, channels: Channels) -> None:
        self._here = here
        self._legs = legs
        self._channels = channels

    async def set(self, leg: Leg, number: int, entries: Sequence[VoiceTargetEntry]) -> None:
        """Say who hears a target; nothing: nobody.

        Raises NotAllowed for a whole tree and where whispering is off, NotFound for a channel
        that is not seen, InvalidInput ``voice.no-such-target``.
        """
        if number not in TARGETS:
            raise InvalidInput("voice.no-such-target", field="id")
        for entry in entries:
            self._require(leg, entry)
        leg.targets.pop(number, None)
        if entries:
            leg.targets[number] = tuple(entries)
        await self._aim(leg, number)

    async def renew(self, leg: Leg) -> None:
        """Work all targets out again."""
        for number in tuple(leg.targets):
            await self._aim(leg, number)

    async def _aim(self, leg: Leg, number: int) -> None:
        entries = leg.targets.get(number, ())
        found = tuple(dict.fromkeys(self._sessions(leg, entries)))[:MAX_SESSIONS]
        if leg.aimed.get(number, ()) == found or leg.gone:
            return
        leg.aimed[number] = found
        shouts = any(entry.channel_id is not None for entry in entries)
        how = Aim.SHOUT if shouts else Aim.WHISPER
        await self._here.audio.aim(leg.session, number, found, how)

    def _require(self, leg: Leg, entry: VoiceTargetEntry) -> None:
        if entry.channel_id is None:
            if leg.room_id is None or not self._may(leg, leg.room_id):
                raise NotAllowed("room.not-allowed", permission=WHISPER)
            return
        room_id = self._channels.room_of(entry.channel_id)
        if room_id is None or leg.room(room_id) is None:
            if entry.channel_id == 0 or self._channels.group_of(entry.channel_id) is not None:
                raise NotAllowed("room.not-allowed", permission=WHISPER)
            raise NotFound("voice.no-such-room")
        if not self._may(leg, room_id):
            raise NotAllowed("room.not-allowed", permission=WHISPER)

    def _may(self, leg: Leg, room_id: RoomId) -> bool:
        """Return whether somebody may whisper into a room: not beside a speaking list."""
        if not leg.may(room_id, WHISPER):
            return False
        call = self._here.calls.shown(room_id)
        moderated = call is not None and call.moderated
        return not moderated or leg.may(room_id, Permission.ROOM_FACILITATE)

    def _sessions(self, leg: Leg, entries: Iterable[VoiceTargetEntry]) -> Iterable[Session]:
        for entry in entries:
            for number in entry.session:
                room_id = self._room_of(number)
                if room_id is not None and self._may(leg, room_id):
                    yield Session(number)
            if entry.channel_id is not None and not entry.group:
                yield from self._in_channel(leg, entry.channel_id)

    def _in_channel(self, leg: Leg, channel: int) -> Iterable[Session]:
        room_id = self._channels.room_of(channel)
        if room_id is None or not self._may(leg, room_id):
            return
        for each in self._legs.in_room(room_id):
            if each is not leg:
                yield each.session
        for other in self._legs.others().values():
            if other.room_id == room_id and not other.waits:
                yield other.session

    def _room_of(self, session: int) -> RoomId | None:
        leg = self._legs.find(session)
        if leg is not None:
            return leg.room_id
        other = self._legs.other(session)
        return None if other is None or other.waits else other.room_id
