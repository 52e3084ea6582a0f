"""A room while somebody is in it: who is there, and how all of them are told something."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

from allmende.protocols.xml.tree import Element, parse
from allmende.protocols.xmpp import muc
from allmende.protocols.xmpp.jid import Jid
from allmende.protocols.xmpp.muc import Item
from allmende.protocols.xmpp.names import CLIENT
from allmende.protocols.xmpp.stanza import Stanza
from allmende.systems.chat.model.rooms import Affiliation, Role, Room, nick_key
from allmende.systems.chat.wire.session import Session, What

Abroad = Callable[[Jid, Stanza, What], object]
"""Sends to somebody on another server."""

_LONG_AGO: Final = float("-inf")
_END: Final = b"</message>"


@dataclass(slots=True, eq=False)
class Seat:
    """One app of somebody in a room. ``presence``: the last it said, without who it is."""

    jid: Jid
    session: Session | None
    presence: Stanza


@dataclass(slots=True, eq=False)
class Occupant:
    """Somebody in a room under one name, with one app or more. ``key``: their occupant id."""

    nick: str
    address: str
    key: str
    affiliation: Affiliation
    role: Role
    seats: dict[Jid, Seat] = field(default_factory=dict)
    renamed_s: float = _LONG_AGO
    spoke_s: float = _LONG_AGO

    @property
    def seat(self) -> Seat:
        """The app that said something last about being here."""
        return next(reversed(self.seats.values()))

    def item(self, jid: Jid) -> Item:
        """Return who they are, ``jid`` included."""
        return Item(self.affiliation.value, self.role.value, jid)


class Hall:
    """``locked``: its owner has not said yet how it is to be (XEP-0045, 10.1)."""

    def __init__(self, room: Room, address: Jid, abroad: Abroad) -> None:
        self.room, self.address = room, address
        self.occupants: dict[str, Occupant] = {}
        self.seats: dict[Jid, Occupant] = {}
        self.locked = False
        self.queued = 0
        self.said = 0
        self._abroad = abroad

    def place(self, nick: str) -> Jid:
        """Return the address of somebody in the room."""
        return self.address.with_resource(nick)

    def named(self, nick: str) -> Occupant | None:
        """Return who has this name."""
        try:
            found = self.occupants.get(nick_key(nick))
        except ValueError:
            return None
        return found if found is not None and found.nick == nick else None

    def of(self, jid: Jid) -> Occupant | None:
        """Return as whom an app is here."""
        return self.seats.get(jid)

    def people(self, address: str) -> Sequence[Occupant]:
        """Return as whom somebody is here, whatever they are called."""
        return [one for one in self.occupants.values() if one.address == address]

    def is_member(self, jid: Jid) -> bool:
        """Whether somebody belongs to the room for long."""
        affiliation = self.room.standing(str(jid.bare)).affiliation
        return affiliation not in (Affiliation.NONE, Affiliation.OUTCAST)

    def key_of(self, address: str) -> str:
        """Return the occupant id of a bare address."""
        return muc.occupant_key(self.room.secret, address)

    # --- coming and going ---------------------------------------------------------------

    def sit(self, occupant: Occupant, seat: Seat) -> None:
        """Let an app be here; the newest comes last."""
        self.occupants[nick_key(occupant.nick)] = occupant
        occupant.seats.pop(seat.jid, None)
        occupant.seats[seat.jid] = seat
        self.seats[seat.jid] = occupant

    def rise(self, occupant: Occupant, jid: Jid) -> None:
        """Let an app be here no more."""
        occupant.seats.pop(jid, None)
        self.seats.pop(jid, None)
        if not occupant.seats:
            self.occupants.pop(nick_key(occupant.nick), None)

    def rename(self, occupant: Occupant, nick: str) -> None:
        """Let somebody have another name."""
        self.occupants.pop(nick_key(occupant.nick), None)
        occupant.nick = nick
        self.occupants[nick_key(nick)] = occupant

    # --- telling ------------------------------------------------------------------------

    def send(self, seat: Seat, stanza: Stanza, what: What) -> None:
        """Send to one app."""
        addressed = stanza.having(to=str(seat.jid))
        if seat.session is not None:
            seat.session.send(addressed, what)
        else:
            self._abroad(seat.jid, addressed, what)

    def reflect(self, stanza: Stanza, what: What) -> None:
        """Send a message to everybody."""
        self.said += 1
        for occupant in list(self.occupants.values()):
            for seat in list(occupant.seats.values()):
                self.send(seat, stanza, what)

    def reveals(self, occupant: Occupant, viewer: Occupant) -> bool:
        """Whether somebody sees another's address."""
        anonymous = self.room.config.anonymous
        return not anonymous or viewer is occupant or viewer.role is Role.MODERATOR

    def shows(self, occupant: Occupant, viewer: Occupant) -> bool:
        """Whether somebody is told of another's presence."""
        if viewer is occupant or viewer.role is Role.MODERATOR:
            return True
        return occupant.role in self.room.config.shown

    def show(self, occupant: Occupant, viewer: Seat, watcher: Occupant) -> None:
        """Tell one app that somebody is here."""
        seat = occupant.seat
        item = occupant.item(seat.jid)
        if self.shows(occupant, watcher):
            one = self._presence(occupant, seat.presence, item, ())
            if not self.reveals(occupant, watcher):
                one = self._presence(occupant, seat.presence, replace(item, jid=None), ())
            self.send(viewer, one, What.PRESENCE)

    def announce(
        self,
        occupant: Occupant,
        presence: Stanza,
        item: Item,
        *,
        codes: Iterable[int] = (),
        own: Iterable[int] = (),
        more: Sequence[Element] = (),
    ) -> None:
        """Tell everybody how somebody is now; ``own``: what only they are told besides 110."""
        known = tuple(codes)
        full = self._presence(occupant, presence, item, known, *more)
        bare = self._presence(occupant, presence, replace(item, jid=None), known, *more)
        mine = self._presence(occupant, presence, item, (*known, *own, muc.SELF), *more)
        for viewer in list(self.occupants.values()):
            if viewer is occupant or not self.shows(occupant, viewer):
                continue
            one = full if self.reveals(occupant, viewer) else bare
            for seat in list(viewer.seats.values()):
                self.send(seat, one, What.PRESENCE)
        for seat in list(occupant.seats.values()):
            self.send(seat, mine, What.PRESENCE)

    def part(self, occupant: Occupant, seat: Seat, said: Stanza, item: Item, *codes: int) -> None:
        """Tell one app that it is here no more."""
        last = self._presence(occupant, said, item, (*codes, muc.SELF))
        self.send(seat, last, What.PRESENCE)

    def _presence(
        self, occupant: Occupant, said: Stanza, item: Item, codes: Iterable[int], *more: Element
    ) -> Stanza:
        stanza = said.having(from_=str(self.place(occupant.nick)))
        who = Element(muc.OCCUPANT_ID, {"id": occupant.key})
        return stanza.adding(who, muc.shown([item], codes, *more))


def kept_stanza(content: bytes) -> Stanza:
    """Return a message of an archive, with its bytes, for sending on."""
    attributes = dict(parse(content).attributes)
    if not content.endswith(_END):
        return Stanza("message", CLIENT, attributes)
    inner = content[content.index(b">") + 1 : -len(_END)]
    return Stanza("message", CLIENT, attributes, inner)
