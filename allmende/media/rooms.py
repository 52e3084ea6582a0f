"""The whole state of a media worker: its rooms, and the commands that change them."""

import secrets
from collections.abc import Callable
from typing import Any, Final

from allmende.media import control, voicing
from allmende.media.control import Command, Done, Refused, Report
from allmende.media.fanout.interface import Fanout
from allmende.media.leg import Leg
from allmende.media.room import Room, Unfit
from allmende.media.speakers import INTERVAL_S as LISTEN_S
from allmende.media.tracks.cache import Allowance
from allmende.media.tracks.down import Down
from allmende.media.tracks.incoming import Incoming
from allmende.media.tracks.up import Up
from allmende.media.voice.audience import Changes
from allmende.media.voice.natives import NativeLegs
from allmende.media.voice.slots import MAX_SLOTS
from allmende.media.voice.space import VoiceSpace
from allmende.media.webrtc.transport import LegEvents, LegTransport

SECOND_S: Final = 1.0
QUALITY_S: Final = 5.0


class Rooms:
    """Carries out the commands of the main process. Never raises for what they say."""

    def __init__(
        self,
        open_transport: Callable[[LegEvents], LegTransport],
        fingerprint: str,
        report: Callable[[Report], None],
        clock_s: Callable[[], float],
    ) -> None:
        self._open_transport = open_transport
        self._fingerprint = fingerprint
        self._report = report
        self._clock_s = clock_s
        self._allowance = Allowance()
        self._incoming = Incoming()
        self.changes = Changes()
        self._natives: NativeLegs | None = None
        self._rooms: dict[str, Room] = {}
        self._room_of_leg: dict[str, Room] = {}
        self._room_of_up: dict[str, Room] = {}
        self._room_of_down: dict[str, Room] = {}
        self._next_listen_s = self._next_second_s = self._next_quality_s = clock_s()
        self._due_s = self._next_second_s
        self._handlers: dict[type[Any], Callable[[Any], Done | None]] = {
            control.OpenRoom: self._open_room,
            control.CloseRoom: self._close_room,
            control.OpenLeg: self._open_leg,
            control.CloseLeg: self._close_leg,
            control.SetRemote: self._set_remote,
            control.RestartIce: self._restart_ice,
            control.AddUp: self._add_up,
            control.CloseUp: self._close_up,
            control.AddDown: self._add_down,
            control.CloseDown: self._close_down,
            control.SetDown: self._set_down,
            control.SetRights: self._set_rights,
            control.SetMuted: self._set_muted,
            control.SendData: self._send_data,
            control.ResendData: self._resend_data,
            control.Ping: lambda ping: None,
            voicing.NumberLeg: self._number_leg,
            voicing.OpenSlots: self._open_slots,
        }

    def open_voice(self, fanout: Fanout, *, public_count: bool) -> NativeLegs:
        """Carry Mumble's voice, too; return what takes its datagrams."""
        natives = NativeLegs(fanout, self, self._report, self._clock_s, public_count=public_count)
        self._natives = natives
        self._handlers.update(natives.handlers())
        return natives

    @property
    def legs(self) -> int:
        """How many legs there are."""
        return len(self._room_of_leg)

    def carry_out(self, command: Command) -> Done | Refused:
        """Do it whole, or refuse it and change nothing."""
        handler = self._handlers.get(type(command))
        if handler is None:
            return Refused(id=command.id, why="not a command for rooms")
        try:
            return handler(command) or Done(id=command.id)
        except Unfit as unfit:
            return Refused(id=command.id, why=str(unfit))

    def due_s(self) -> float:
        """Return when `tick` is needed; it comes nearer with anything that comes in.

        Legs of browsers need each tick there is: feedback, key frames, silence. Rooms where only
        native clients are need one when a spurt begins or should end, and each second.
        """
        return 0.0 if self._room_of_leg or self.changes.waiting else self._due_s

    def tick(self, now_s: float) -> None:
        """Do what time asks for; to be called when it is due, at most every 20 ms."""
        rooms = list(self._rooms.values())
        for room in rooms:
            room.tick(now_s)
        if now_s >= self._next_listen_s:
            self._next_listen_s = now_s + LISTEN_S - 0.01
            for room in rooms:
                room.listen(now_s)
        if now_s >= self._next_second_s:
            self._next_second_s = now_s + SECOND_S - 0.01
            for room in rooms:
                room.second_passed(now_s)
            if self._natives is not None:
                self._natives.second_passed()
        if now_s >= self._next_quality_s:
            self._next_quality_s = now_s + QUALITY_S - 0.01
            for room in rooms:
                room.tell_quality()
        self.changes.waiting = False
        self._due_s = min(
            [self._next_second_s, *(room.voice.due_s() for room in rooms if room.voice is not None)]
        )

    # --- looked up ----------------------------------------------------------------------

    def _leg(self, sid: str) -> Leg:
        room = self._room_of_leg.get(sid)
        if room is None:
            raise Unfit("no such leg")
        return room.legs[sid]

    def _up(self, sid: str) -> tuple[Room, Up]:
        room = self._room_of_up.get(sid)
        if room is None or sid not in room.ups:
            raise Unfit("no such up")
        return room, room.ups[sid]

    def _down(self, sid: str) -> tuple[Room, Down]:
        room = self._room_of_down.get(sid)
        if room is None or sid not in room.downs:
            raise Unfit("no such down")
        return room, room.downs[sid]

    # --- rooms and legs -----------------------------------------------------------------

    def _open_room(self, command: control.OpenRoom) -> None:
        if command.room not in self._rooms:
            self._rooms[command.room] = Room(
                command.room, self._allowance, self._report, self._clock_s
            )

    def _close_room(self, command: control.CloseRoom) -> None:
        room = self._rooms.pop(command.room, None)
        if room is None:
            return
        for leg in list(room.legs.values()):
            self._end_leg(leg)
        self._forget(set(room.ups), set())  # what is left are slots
        if self._natives is not None and room.voice is not None:
            self._natives.room_closed(room.voice)

    def _open_leg(self, command: control.OpenLeg) -> Done:
        room = self._rooms.get(command.room)
        if room is None or command.leg in self._room_of_leg:
            raise Unfit("no such room" if room is None else "leg is there already")
        leg = Leg(
            command.leg, command.identity, command.rights, room,
            self._incoming, self._report, self._clock_s,
        )  # fmt: skip
        transport = self._open_transport(leg)
        leg.attach(transport, secrets.randbits(32) or 1)
        room.legs[leg.sid] = leg
        self._room_of_leg[leg.sid] = room
        return self._done(command.id, transport.local_ufrag, transport.local_pwd)

    def _done(self, number: int, ufrag: str, pwd: str) -> Done:
        return Done(id=number, ufrag=ufrag, pwd=pwd, fingerprint=self._fingerprint)

    def _close_leg(self, command: control.CloseLeg) -> None:
        self._end_leg(self._leg(command.leg))

    def _end_leg(self, leg: Leg) -> None:
        room = self._room_of_leg.pop(leg.sid)
        before = set(room.ups), set(room.downs)
        room.close_leg(leg)
        self._forget(before[0] - set(room.ups), before[1] - set(room.downs))

    def _forget(self, ups: set[str], downs: set[str]) -> None:
        for sid in ups:
            del self._room_of_up[sid]
        for sid in downs:
            del self._room_of_down[sid]

    def _set_remote(self, command: control.SetRemote) -> None:
        self._leg(command.leg).outlet.transport.set_remote(
            command.fingerprint, command.ufrag, command.sctp_port, command.max_message_bytes
        )

    def _restart_ice(self, command: control.RestartIce) -> Done:
        ufrag, pwd = self._leg(command.leg).outlet.transport.restart_ice()
        return self._done(command.id, ufrag, pwd)

    def _set_rights(self, command: control.SetRights) -> None:
        self._leg(command.leg).set_rights(command.rights)

    # --- tracks -------------------------------------------------------------------------

    def _add_up(self, command: control.AddUp) -> None:
        if command.up in self._room_of_up:
            raise Unfit("up is there already")
        self._leg(command.leg)
        room = self._room_of_leg[command.leg]
        room.add_up(command)
        self._room_of_up[command.up] = room

    def _close_up(self, command: control.CloseUp) -> None:
        room, up = self._up(command.up)
        downs = {down.sid for down in up.downs_of()}
        room.close_up(up)
        self._forget({up.sid}, downs)

    def _set_muted(self, command: control.SetMuted) -> None:
        _, up = self._up(command.up)
        up.set_flags(self._clock_s(), allowed=up.allowed, muted=command.muted)

    def _add_down(self, command: control.AddDown) -> None:
        if command.down in self._room_of_down:
            raise Unfit("down is there already")
        self._leg(command.leg)
        room, _ = self._up(command.up)
        if room is not self._room_of_leg[command.leg]:
            raise Unfit("up of another room")
        room.add_down(command)
        self._room_of_down[command.down] = room

    def _close_down(self, command: control.CloseDown) -> None:
        room, down = self._down(command.down)
        room.close_down(down)
        self._forget(set(), {down.sid})

    def _set_down(self, command: control.SetDown) -> None:
        room, down = self._down(command.down)
        down.setting = command
        room.legs[down.leg].steer_down(down)

    # --- voice --------------------------------------------------------------------------

    def space_of(self, room: str) -> VoiceSpace:
        """Return the voice of a room. Raises Unfit if there is no such room."""
        return self._room(room).open_voice(self.changes)

    def find_space(self, room: str) -> VoiceSpace | None:
        """Return the voice of a room, None if there is no such room."""
        found = self._rooms.get(room)
        return None if found is None else found.open_voice(self.changes)

    def space_of_browser(self, leg: str) -> VoiceSpace | None:
        """Return the voice of the room where ``leg`` is, if it has one."""
        room = self._room_of_leg.get(leg)
        return room.voice if room is not None else None

    def _room(self, sid: str) -> Room:
        room = self._rooms.get(sid)
        if room is None:
            raise Unfit("no such room")
        return room

    def _number_leg(self, command: voicing.NumberLeg) -> None:
        self._leg(command.leg)
        space = self._room_of_leg[command.leg].open_voice(self.changes)
        space.number(command.leg, command.session, first=command.first)

    def _open_slots(self, command: voicing.OpenSlots) -> None:
        room = self._room(command.room)
        is_open = room.voice is not None and room.voice.slots is not None
        taken = len(set(command.ups)) < len(command.ups) or any(
            up in self._room_of_up for up in command.ups
        )
        if not is_open and (taken or len(command.ups) > MAX_SLOTS):
            raise Unfit("too many slots, or up is there already")
        for up in room.open_slots(command, self.changes):
            self._room_of_up[up.sid] = room

    # --- data ---------------------------------------------------------------------------

    def _send_data(self, command: control.SendData) -> None:
        room = self._room(command.room)
        room.data.send(command.to, command.packet, reliable=command.reliable)

    def _resend_data(self, command: control.ResendData) -> None:
        leg = self._leg(command.leg)
        self._room_of_leg[command.leg].data.resend(leg, dict(command.heard))
