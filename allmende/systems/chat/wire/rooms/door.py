"""Coming in, being called otherwise, going. XEP-0045, 7.1, 7.6, 7.14."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from typing import Final

from allmende.protocols.precis import shown_nickname
from allmende.protocols.xml.tree import Element, element
from allmende.protocols.xmpp import ids, muc
from allmende.protocols.xmpp.delay import delay
from allmende.protocols.xmpp.errors import StanzaError
from allmende.protocols.xmpp.jid import Jid
from allmende.protocols.xmpp.muc import Joining
from allmende.protocols.xmpp.names import CLIENT
from allmende.protocols.xmpp.stanza import Child, Stanza
from allmende.systems.chat.model.history import Archived, Asked
from allmende.systems.chat.model.rooms import Affiliation, Entry, Role, entry, nick_key, role_of
from allmende.systems.chat.wire.rooms.chronicle import Chronicle
from allmende.systems.chat.wire.rooms.hall import Hall, Occupant, Seat, kept_stanza
from allmende.systems.chat.wire.rooms.halls import Entrance, Halls
from allmende.systems.chat.wire.session import Session, What

USUAL_HISTORY: Final = 20
MAX_HISTORY: Final = 100
MAX_JOINED: Final = 500
RENAMES_EVERY_S: Final = 5.0
_TRIES: Final = 5
_KEPT: Final = frozenset((f"{CLIENT} show", f"{CLIENT} status"))
_OURS: Final = frozenset((muc.JOIN, muc.USER_X, muc.OCCUPANT_ID))
_GONE: Final = Stanza("presence", CLIENT, {"type": "unavailable"})
_ERRORS: Final = {
    Entry.BANNED: "forbidden",
    Entry.MEMBERS_ONLY: "registration-required",
    Entry.PASSWORD: "not-authorized",
    Entry.FULL: "service-unavailable",
}


class Door:
    """Takes presence for rooms. ``monotonic_s``: of the clock."""

    def __init__(
        self,
        halls: Halls,
        chronicle: Chronicle,
        now: Callable[[], datetime],
        monotonic_s: Callable[[], float],
    ) -> None:
        self._halls = halls
        self._chronicle = chronicle
        self._now = now
        self._monotonic_s = monotonic_s

    async def take(self, sender: Jid, session: Session | None, to: Jid, stanza: Stanza) -> None:
        """Act on presence. Raises StanzaError, AllmendeError."""
        if stanza.type in ("unavailable", "error"):
            await self._leave(sender, to, stanza)
        elif not stanza.type:
            await self._come(Seat(sender, session, _said(stanza)), to, stanza)

    # --- coming -------------------------------------------------------------------------

    async def _come(self, seat: Seat, to: Jid, stanza: Stanza) -> None:
        joining = muc.joining(stanza)
        if not to.resource:
            raise StanzaError("jid-malformed")
        nick, key = _nick(to.resource)
        async with self._halls.using(to.local) as entrance:
            hall = entrance.hall
            here = None if hall is None else hall.of(seat.jid)
            if hall is not None and here is not None and joining is None:
                self._change(hall, here, seat, nick, key)
                return
            if joining is None:
                raise StanzaError("not-acceptable")
            if hall is None:
                hall = await self._open(seat, to, entrance)
            if here is not None and here.nick != nick:
                self._rise(hall, here, here.seats[seat.jid], _GONE)
            await self._enter(hall, seat, (nick, key), joining, to)

    async def _open(self, seat: Seat, to: Jid, entrance: Entrance) -> Hall:
        """Make the room that is not there. Only people of this server may."""
        if seat.session is None:
            raise StanzaError("not-allowed")
        hall = await self._halls.make(to.local, seat.jid, seat.session.account, entrance)
        hall.locked = True
        return hall

    async def _enter(
        self, hall: Hall, seat: Seat, name: tuple[str, str], joining: Joining, to: Jid
    ) -> None:
        nick, key = name
        address = str(seat.jid.bare)
        await self._require_entry(hall, seat, joining)
        self._require_free(hall, address, key)
        history = await self._history(hall, seat, joining)
        fresh = hall.occupants.get(key)
        for other in list(hall.occupants.values()):
            if other is not fresh:
                hall.show(other, seat, Occupant("", address, "", *_standing(hall, address)))
        occupant = fresh or Occupant(nick, address, hall.key_of(address), *_standing(hall, address))
        hall.sit(occupant, seat)
        self._greet(hall, occupant, seat, nick, changed=nick != to.resource)
        for message in history:
            hall.send(seat, message, What.GROUPCHAT)
        hall.send(seat, _subject(hall), What.GROUPCHAT)

    def _greet(
        self, hall: Hall, occupant: Occupant, seat: Seat, nick: str, *, changed: bool
    ) -> None:
        """Tell everybody, and the newcomer last, that they are here."""
        own = [] if hall.room.config.anonymous else [muc.NON_ANONYMOUS]
        own.append(muc.LOGGED)
        if hall.locked:
            own.append(muc.CREATED)
        if changed or occupant.nick != nick:
            own.append(muc.NICK_SET)
        hall.announce(occupant, seat.presence, occupant.item(seat.jid), own=own)

    async def _require_entry(self, hall: Hall, seat: Seat, joining: Joining) -> None:
        address, room = str(seat.jid.bare), hall.room
        is_owner = room.standing(address).affiliation is Affiliation.OWNER
        if hall.locked and not is_owner:
            raise StanzaError("item-not-found")
        if sum(seat.jid in one.seats for one in self._halls) >= MAX_JOINED:
            raise StanzaError("resource-constraint")
        found = entry(room, address, joining.password, len(hall.occupants))
        if found is not Entry.OPEN:
            raise StanzaError(_ERRORS[found])
        if room.of_group is not None and (
            seat.session is None
            or not await self._halls.groups.lets_in(seat.session.caller, room.of_group)
        ):
            raise StanzaError("forbidden")

    def _require_free(self, hall: Hall, address: str, key: str) -> None:
        """Nobody takes another's name, nor one that looks like it."""
        holder, there = hall.room.holder(key), hall.occupants.get(key)
        if holder not in ("", address) or (there is not None and there.address != address):
            raise StanzaError("conflict")

    # --- what was said before -----------------------------------------------------------

    async def _history(self, hall: Hall, seat: Seat, joining: Joining) -> Sequence[Stanza]:
        """Return it; read again if something was said meanwhile, so that nothing is missing."""
        wish = joining.history
        most = USUAL_HISTORY if wish.stanzas is None else min(wish.stanzas, MAX_HISTORY)
        if wish.stanzas is None and (wish.since is not None or wish.seconds is not None):
            most = MAX_HISTORY
        if not most or wish.chars == 0 or wish.seconds == 0:
            return ()
        since = wish.since
        if wish.seconds is not None:
            since = self._now() - timedelta(seconds=min(wish.seconds, 10 * 365 * 86_400))
        asked = Asked(newest=True, most=most, since=since)
        said, page = hall.said, await self._chronicle.page(hall, seat.session, asked)
        for _ in range(_TRIES):
            if hall.said == said:
                break
            said, page = hall.said, await self._chronicle.page(hall, seat.session, asked)
        found = [self._old(hall, item) for item in page.items]
        return _within(found, wish.chars)

    def _old(self, hall: Hall, item: Archived) -> Stanza:
        address = str(hall.address)
        return kept_stanza(item.content).adding(
            delay(item.sent_at, address), ids.stanza_id(item.uid, address)
        )

    # --- being there --------------------------------------------------------------------

    def _change(self, hall: Hall, here: Occupant, seat: Seat, nick: str, key: str) -> None:
        if nick != here.nick:
            self._rename(hall, here, seat, nick, key)
        hall.sit(here, seat)
        hall.announce(here, seat.presence, here.item(seat.jid))

    def _rename(self, hall: Hall, here: Occupant, seat: Seat, nick: str, key: str) -> None:
        self._require_free(hall, here.address, key)
        there = hall.occupants.get(key)
        if there is not None and there is not here:
            raise StanzaError("conflict")
        now_s = self._monotonic_s()
        if now_s - here.renamed_s < RENAMES_EVERY_S:
            raise StanzaError("policy-violation", kind="wait")
        here.renamed_s = now_s
        item = replace(here.item(seat.jid), nick=nick)
        hall.announce(here, _GONE, item, codes=(muc.NEW_NICK,))
        hall.rename(here, nick)

    # --- going --------------------------------------------------------------------------

    async def _leave(self, sender: Jid, to: Jid, stanza: Stanza) -> None:
        live = self._halls.live(to.local)
        if live is None or live.of(sender) is None:
            return
        async with self._halls.using(to.local) as entrance:
            hall = entrance.hall
            here = None if hall is None else hall.of(sender)
            if hall is None or here is None:
                return
            # Who goes may say an old name: many an app keeps the one that it came with.
            if stanza.type == "error" and to.resource not in ("", here.nick):
                return
            self._rise(hall, here, here.seats[sender], _said(stanza).having(type="unavailable"))

    def _rise(self, hall: Hall, here: Occupant, seat: Seat, said: Stanza) -> None:
        put_out(hall, here, [seat], replace(here.item(seat.jid), role=Role.NONE.value), said=said)


def put_out(
    hall: Hall,
    occupant: Occupant,
    seats: Sequence[Seat],
    item: muc.Item,
    *codes: int,
    said: Stanza = _GONE,
    more: Sequence[Element] = (),
) -> None:
    """Let some of somebody's apps be here no more, and tell everybody who has to know."""
    if len(seats) == len(occupant.seats):
        hall.announce(occupant, said, item, codes=codes, more=more)
        for seat in list(seats):
            hall.rise(occupant, seat.jid)
        return
    for seat in seats:
        hall.part(occupant, seat, said, item, *codes)
        hall.rise(occupant, seat.jid)


def _standing(hall: Hall, address: str) -> tuple[Affiliation, Role]:
    affiliation = hall.room.standing(address).affiliation
    return affiliation, role_of(hall.room.config, affiliation)


def _nick(text: str) -> tuple[str, str]:
    """Return a name as it is shown and as it is compared. Raises StanzaError."""
    try:
        return shown_nickname(text), nick_key(text)
    except ValueError as problem:
        raise StanzaError("not-acceptable") from problem


def _said(stanza: Stanza) -> Stanza:
    """Return what presence says, without who and to whom."""
    is_gone = stanza.type in ("unavailable", "error")
    unwanted = partial(_is_unwanted, gone=is_gone)
    rest = stanza.without(unwanted)
    lang = {name: value for name, value in stanza.attributes.items() if " " in name}
    return Stanza("presence", CLIENT, lang, rest.inner, rest.children)


def _is_unwanted(child: Child, *, gone: bool) -> bool:
    return child.name in _OURS or (gone and child.name not in _KEPT)


def _subject(hall: Hall) -> Stanza:
    subject = hall.room.subject
    place = hall.place(subject.by) if subject.by else hall.address
    head = Stanza("message", CLIENT, {"type": "groupchat", "from": str(place)})
    content = [element(CLIENT, "subject", *([subject.text] if subject.text else []))]
    if subject.at is not None:
        content.append(delay(subject.at, str(hall.address)))
    return head.adding(*content)


def _within(found: Sequence[Stanza], chars: int | None) -> Sequence[Stanza]:
    """Return the last that are no more than so many characters (here: bytes)."""
    if chars is None:
        return found
    kept: list[Stanza] = []
    for stanza in reversed(found):
        chars -= len(stanza.inner)
        if chars < 0:
            break
        kept.append(stanza)
    return kept[::-1]
