"""Who hears a packet, found once and kept until something changes."""

from collections.abc import Callable, Iterable, Sequence
from typing import Final, Protocol

from allmende.media.control import Report
from allmende.media.fanout.addresses import Remote
from allmende.media.fanout.interface import Crypt, Group, Member
from allmende.media.voice.bridge import SILENCE, SILENCE_UNITS
from allmende.media.voice.slots import Slots
from allmende.media.voice.talker import LISTENER, Sound, Talker
from allmende.media.voice.udp import VoicePort
from allmende.media.voicing import TunnelOut
from allmende.protocols.mumble.voice import (
    VoicePacket,
    legacy,
    legacy_begin,
    protobuf,
    protobuf_begin,
)

_LEGACY: Final = 0
_PROTOBUF: Final = 1


class Changes:
    """Grows whenever anything changes that decides who hears whom, and how.

    ``waiting``: something is left for the next tick, which is to come as soon as it can.
    """

    __slots__ = ("count", "waiting")

    def __init__(self) -> None:
        self.count = 1
        self.waiting = False

    def happened(self) -> None:
        """What was found before has to be found anew."""
        self.count += 1


class Native(Protocol):
    """What is asked of a native leg that listens; `leg.NativeLeg` is the real one."""

    leg: str
    cipher: Crypt
    deaf: bool
    protobuf: bool
    port: VoicePort | None
    remote: Remote
    local: bytes

    @property
    def by_udp(self) -> bool:
        """Whether packets to it are datagrams."""


class Hearers:
    """Native legs that get the same sound: a group for each socket, and those behind tunnels."""

    __slots__ = ("_changes", "_forms", "_found_at", "_groups", "_legs", "_report", "_tunnels")

    def __init__(
        self,
        legs: Callable[[], Iterable[Native]],
        changes: Changes,
        report: Callable[[Report], None],
    ) -> None:
        self._legs = legs
        self._changes = changes
        self._report = report
        self._found_at = -1
        self._groups: dict[VoicePort, Group] = {}
        self._forms = (False, False)
        self._tunnels: tuple[tuple[str, ...], tuple[str, ...]] = ((), ())

    def send(self, sound: Sound, aim: int) -> None:
        """Send a packet to all of them but its talker, in the form that each one reads."""
        if self._found_at != self._changes.count:
            self._find()
        talker, forms = sound.talker, self._forms
        if not talker.session or not (forms[_LEGACY] or forms[_PROTOBUF]):
            return
        packet = VoicePacket(talker.session, sound.frame, sound.opus, sound.last, aim)
        variants = (
            legacy(packet) if forms[_LEGACY] else b"",
            protobuf(packet) if forms[_PROTOBUF] else b"",
        )
        for group in self._groups.values():
            group.send(variants, talker.crypt)
        for form, legs in enumerate(self._tunnels):
            if talker.leg in legs:
                legs = tuple(leg for leg in legs if leg != talker.leg)
            if legs:
                self._report(TunnelOut(legs=legs, packet=variants[form]))

    def found(self) -> tuple[Sequence[Group] | None, tuple[bool, bool]]:
        """Return the groups that hear all, and whether anybody reads legacy packets, or protobuf

        ones. None: some hear it through tunnels.
        """
        if self._found_at != self._changes.count:
            self._find()
        return None if any(self._tunnels) else tuple(self._groups.values()), self._forms

    def _find(self) -> None:
        self._found_at = self._changes.count
        members: dict[VoicePort, list[Member]] = {port: [] for port in self._groups}
        tunnels: tuple[list[str], list[str]] = ([], [])
        forms = [False, False]
        for leg in self._legs():
            if leg.deaf:
                continue
            form = _PROTOBUF if leg.protobuf else _LEGACY
            forms[form] = True
            if leg.by_udp and leg.port is not None:
                member = Member(leg.cipher, leg.remote, leg.local, form)
                members.setdefault(leg.port, []).append(member)
            else:
                tunnels[form].append(leg.leg)
        for port, group in members.items():
            self._group(port).set_members(group)
        self._forms = (forms[_LEGACY], forms[_PROTOBUF])
        self._tunnels = (tuple(tunnels[_LEGACY]), tuple(tunnels[_PROTOBUF]))

    def _group(self, port: VoicePort) -> Group:
        group = self._groups.get(port)
        if group is None:
            group = self._groups[port] = port.open_group()
        return group


Places = Sequence[tuple[Slots, frozenset[str] | None]]
"""Slots of rooms, each with the legs that hear what is put there (None: all)."""


class Audience:
    """All who hear one talker in one way. ``aim``: TALK, SHOUT or WHISPER.

    ``also``: those who listen from elsewhere, and are told that they hear it so.
    """

    __slots__ = ("_also", "_changes", "_find_places", "_found_at", "_hearers", "_places", "aim")

    def __init__(
        self,
        aim: int,
        hearers: Hearers,
        places: Callable[[], Places],
        changes: Changes,
        also: Hearers | None = None,
    ) -> None:
        self.aim = aim
        self._hearers = hearers
        self._also = also
        self._find_places = places
        self._changes = changes
        self._found_at = -1
        self._places: Places = ()

    def carry(self, sound: Sound) -> None:
        """Send a packet to all of them."""
        self._hearers.send(sound, self.aim)
        if self._also is not None:
            self._also.send(sound, LISTENER)
        for slots, legs in self.places():
            slots.carry(sound, self.aim, legs)

    def express(self, session: int) -> tuple[Sequence[Group], tuple[bytes, bytes]] | None:
        """Return the groups that hear a packet and what it begins with there, by form.

        None: more than these hear it.
        """
        groups, forms = self._hearers.found()
        listening = self._also is not None and any(self._also.found()[1])
        if groups is None or listening or self.places():
            return None
        legacy_head = legacy_begin(session, self.aim) if forms[_LEGACY] else b""
        return groups, (legacy_head, protobuf_begin(session, self.aim) if forms[_PROTOBUF] else b"")

    def end(self, talker: Talker, now_s: float) -> None:
        """Tell all of them that the talker is silent now: a frame of silence, the last one."""
        silence = Sound(talker, talker.run.next_frame, SILENCE_UNITS, SILENCE, now_s, last=True)
        self._hearers.send(silence, self.aim)
        if self._also is not None:
            self._also.send(silence, LISTENER)
        for slots, _ in self.places():
            slots.end(talker, now_s)

    def places(self) -> Places:
        """Return the slots that it reaches."""
        if self._found_at != self._changes.count:
            self._found_at = self._changes.count
            self._places = self._find_places()
        return self._places
