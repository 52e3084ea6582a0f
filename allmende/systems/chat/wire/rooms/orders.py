"""Who is what in a room, and how it is: changed by those who may. XEP-0045, 8 to 10."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from allmende.core.errors import AllmendeError, NotAllowed
from allmende.protocols.xml.tree import Element, element
from allmende.protocols.xmpp import forms, muc
from allmende.protocols.xmpp.errors import StanzaError
from allmende.protocols.xmpp.jid import Jid
from allmende.protocols.xmpp.muc import Item
from allmende.protocols.xmpp.names import CLIENT
from allmende.protocols.xmpp.stanza import Stanza
from allmende.systems.chat.model.rooms import (
    MAX_AFFILIATED,
    Affiliation,
    Config,
    Role,
    Standing,
    belongs,
    leads,
    leaves_no_owner,
    may_affiliate,
    may_give_role,
    role_of,
)
from allmende.systems.chat.wire.errors import Translate
from allmende.systems.chat.wire.iq import IqTable, Request, Where
from allmende.systems.chat.wire.rooms import form
from allmende.systems.chat.wire.rooms.door import put_out
from allmende.systems.chat.wire.rooms.hall import Hall, Occupant
from allmende.systems.chat.wire.rooms.halls import Halls
from allmende.systems.chat.wire.session import What

_NO_LONGER_ANONYMOUS = 172
_NOW_ANONYMOUS = 173
_GONE = Stanza("presence", CLIENT, {"type": "unavailable"})


class Orders:
    """Add it to a table with `join`."""

    def __init__(self, halls: Halls, translate: Translate) -> None:
        self._halls = halls
        self._translate = translate

    def join(self, table: IqTable) -> None:
        """Let it answer."""
        table.add(Where.ROOM, muc.ADMIN_QUERY, self._administer)
        table.add(Where.ROOM, muc.OWNER_QUERY, self._own)

    # --- lists, roles, affiliations -----------------------------------------------------

    async def _administer(self, request: Request) -> Element | None:
        async with self._halls.inside(request.target.local) as hall:
            items = muc.ordered(request.payload)
            if not request.is_set:
                return muc.listed(self._list(hall, request.sender, items[0]))
            self._require_own_rules(hall)
            await self._change(hall, request.sender, items)
            return None

    def _list(self, hall: Hall, sender: Jid, wanted: Item) -> Sequence[Item]:
        here, room = hall.of(sender), hall.room
        affiliation = room.standing(str(sender.bare)).affiliation
        is_moderator = here is not None and here.role is Role.MODERATOR
        if wanted.role:
            if not is_moderator:
                raise StanzaError("forbidden")
            role = _role(wanted.role)
            found = [one for one in hall.occupants.values() if one.role is role]
            return [replace(one.item(one.seat.jid), nick=one.nick) for one in found]
        which = _affiliation(wanted.affiliation)
        is_open = not room.config.anonymous and belongs(affiliation) and belongs(which)
        if not (leads(affiliation) or is_open):
            raise StanzaError("forbidden")
        return [
            Item(which.value, jid=Jid(*_parts(address)), nick=room.standings[address].nick)
            for address in room.addresses(which)
        ]

    async def _change(self, hall: Hall, sender: Jid, items: Sequence[Item]) -> None:
        here = hall.of(sender)
        own = hall.room.standing(str(sender.bare)).affiliation
        changed: dict[str, Standing] = {}
        roles: list[tuple[Occupant, Role, Item]] = []
        for item in items:
            if item.affiliation:
                address, standing = self._affiliated(hall, own, item)
                changed[address] = standing
            elif item.role and item.nick:
                roles.append(self._given_role(hall, here, own, item))
            else:
                raise StanzaError("bad-request")
        if changed:
            await self._appoint(hall, changed)
        by = here.nick if here is not None else ""
        for item in items:
            if item.affiliation:
                address = self._address(hall, item)
                self.show_standing(hall, address, replace(item, actor=by))
        for occupant, role, item in roles:
            self._give_role(hall, occupant, role, replace(item, actor=by))

    def _affiliated(self, hall: Hall, own: Affiliation, item: Item) -> tuple[str, Standing]:
        address, now = self._address(hall, item), _affiliation(item.affiliation)
        was = hall.room.standing(address)
        if not may_affiliate(own, was.affiliation, now):
            raise StanzaError("not-allowed" if leads(own) else "forbidden")
        nick = item.nick if item.jid is not None and item.nick else was.nick
        return address, Standing(now, nick if now is not Affiliation.OUTCAST else "")

    async def _appoint(self, hall: Hall, changed: Mapping[str, Standing]) -> None:
        room = hall.room
        if leaves_no_owner(room, {each: one.affiliation for each, one in changed.items()}):
            raise StanzaError("conflict")
        for address, standing in changed.items():
            room = room.with_standing(address, standing)
        if len(room.standings) > MAX_AFFILIATED:
            raise StanzaError("resource-constraint")
        await self._halls.rooms.appoint(hall.room, changed)
        hall.room = replace(hall.room, standings=room.standings)

    def _given_role(
        self, hall: Hall, here: Occupant | None, own: Affiliation, item: Item
    ) -> tuple[Occupant, Role, Item]:
        there, role = hall.named(item.nick), _role(item.role)
        if here is None:
            raise StanzaError("forbidden")
        if there is None:
            raise StanzaError("item-not-found")
        if not may_give_role((own, here.role), there.affiliation, there.role, role):
            raise StanzaError("not-allowed" if here.role is Role.MODERATOR else "forbidden")
        return there, role, item

    def _address(self, hall: Hall, item: Item) -> str:
        if item.jid is not None:
            return str(item.jid.bare)
        found = hall.named(item.nick)
        if found is None:
            raise StanzaError("item-not-found")
        return found.address

    # --- what follows for those who are there -------------------------------------------

    def show_standing(self, hall: Hall, address: str, item: Item) -> None:
        """Let somebody be in the room what they are to it; who may not be there goes."""
        affiliation = hall.room.standing(address).affiliation
        for occupant in hall.people(address):
            occupant.affiliation = affiliation
            occupant.role = role_of(hall.room.config, affiliation)
            shown = _shown(occupant, item)
            if affiliation is Affiliation.OUTCAST:
                self._remove(hall, occupant, shown, muc.BANNED)
            elif affiliation is Affiliation.NONE and hall.room.config.members_only:
                self._remove(hall, occupant, shown, muc.NO_AFFILIATION)
            else:
                hall.announce(occupant, occupant.seat.presence, shown)

    def _give_role(self, hall: Hall, occupant: Occupant, role: Role, item: Item) -> None:
        occupant.role = role
        shown = _shown(occupant, item)
        if role is Role.NONE:
            self._remove(hall, occupant, shown, muc.KICKED)
        else:
            hall.announce(occupant, occupant.seat.presence, shown)

    def _remove(self, hall: Hall, occupant: Occupant, item: Item, *codes: int) -> None:
        shown = replace(item, role=Role.NONE.value)
        put_out(hall, occupant, list(occupant.seats.values()), shown, *codes)

    # --- how the room is ----------------------------------------------------------------

    async def _own(self, request: Request) -> Element | None:
        async with self._halls.inside(request.target.local) as hall:
            room = hall.room
            if room.standing(str(request.sender.bare)).affiliation is not Affiliation.OWNER:
                raise StanzaError("forbidden")
            if not request.is_set:
                return element(muc.OWNER, "query", forms.write(form.written(room.config)))
            self._require_own_rules(hall)
            wish = muc.destruction(request.payload)
            written = request.payload.child(forms.NAME)
            if wish is not None:
                await self._destroy(hall, *wish)
            elif written is None:
                raise StanzaError("bad-request")
            else:
                await self._configure(hall, forms.read(written))
            return None

    async def _configure(self, hall: Hall, filled: forms.Form) -> None:
        if filled.kind == "cancel":
            if hall.locked:
                await self._destroy(hall, "", None)
            return
        if filled.kind != "submit":
            raise StanzaError("bad-request")
        was = hall.room.config
        config = form.filled_in(was, filled)
        await self._halls.rooms.configure(hall.room, config)
        hall.room = replace(hall.room, config=config)
        hall.locked = False
        if config == was:
            return
        told = Stanza("message", CLIENT, {"type": "groupchat", "from": str(hall.address)})
        hall.reflect(told.adding(muc.shown((), _codes(was, config))), What.GROUPCHAT)
        self._apply(hall, was)

    def _apply(self, hall: Hall, was: Config) -> None:
        config = hall.room.config
        for occupant in list(hall.occupants.values()):
            if config.members_only and not belongs(occupant.affiliation):
                self._remove(hall, occupant, occupant.item(occupant.seat.jid),
                             muc.NOW_MEMBERS_ONLY)  # fmt: skip
            elif config.moderated != was.moderated and occupant.role is not Role.MODERATOR:
                role = role_of(config, occupant.affiliation)
                self._give_role(hall, occupant, role, Item())

    async def _destroy(self, hall: Hall, reason: str, heir: Jid | None) -> None:
        await self._halls.rooms.destroy(hall.room)
        hall.room = replace(hall.room, config=Config(persistent=True))
        more = [muc.destroyed(reason, heir)]
        for occupant in list(hall.occupants.values()):
            item = Item(Affiliation.NONE.value, Role.NONE.value)
            put_out(hall, occupant, list(occupant.seats.values()), item, more=more)

    def _require_own_rules(self, hall: Hall) -> None:
        """The room of a group is what the group makes of it."""
        if hall.room.of_group is not None:
            problem: AllmendeError = NotAllowed("chat.group-decides")
            raise StanzaError("not-allowed", self._translate(problem))


def _shown(occupant: Occupant, item: Item) -> Item:
    """Return who somebody is, with why and by whom."""
    return replace(occupant.item(occupant.seat.jid), reason=item.reason, actor=item.actor)


def _codes(was: Config, now: Config) -> list[int]:
    codes = [muc.CONFIG_CHANGED]
    if was.anonymous != now.anonymous:
        codes.append(_NOW_ANONYMOUS if now.anonymous else _NO_LONGER_ANONYMOUS)
    return codes


def _parts(address: str) -> tuple[str, str]:
    local, _, domain = address.rpartition("@")
    return local, domain


def _affiliation(text: str) -> Affiliation:
    try:
        return Affiliation(text)
    except ValueError as problem:
        raise StanzaError("bad-request") from problem


def _role(text: str) -> Role:
    try:
        return Role(text)
    except ValueError as problem:
        raise StanzaError("bad-request") from problem
