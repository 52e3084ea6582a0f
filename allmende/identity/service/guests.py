"""Entering a room as a member or guest, being called something, being removed."""

from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import Connection

from allmende.core.accounts import Caller, Guest
from allmende.core.errors import InvalidInput, NotAllowed, NotFound, NotSignedIn
from allmende.core.ids import MAX_ID, AccountId, GuestId, LinkId, RoomId
from allmende.core.permissions import BY_ROLE, Permission
from allmende.core.rooms import LinkRight, Room, RoomLink
from allmende.identity import access
from allmende.identity.events import GuestBanned
from allmende.identity.model.answers import Entered, Entrance
from allmende.identity.model.guests import GUEST_TOKEN_LIFETIME, guest_token
from allmende.identity.model.invites import BAN_LIFETIME, OPEN_ROOM_RENEWAL
from allmende.identity.model.names import clean_display_name
from allmende.identity.model.tokens import new_guest_id, token_hash
from allmende.identity.model.ways import Way
from allmende.identity.service.needs import Needs
from allmende.identity.store import accounts, groups, rooms
from allmende.storage.outbox import record


@dataclass(frozen=True, slots=True)
class Knock:
    """What somebody brings to the door. Drawn outside the change, which may run twice."""

    who: Caller
    name: str
    link_hash: str | None
    new_id: GuestId
    now: datetime
    renewed_until: datetime


class Guests(Needs):
    """Who somebody is inside a room."""

    async def entrance(self, who: Caller, slug: str, link_token: str | None) -> Entrance:
        """Return what a caller would enter as: for the page before the call.

        A link that is unknown, used up or over is as good as none. Raises NotFound
        ``room.not-found`` where nothing else leads in.
        """
        hashed, now = _hash(link_token), self._clock.now()

        def question(db: Connection) -> Entrance:
            room = access.room_by_slug(db, slug)
            role = access.role_in_room(db, who, room)
            if role is not None:
                name = access.display_name(db, who, room.id)
                return Entrance(room, role, None, name, _way_of_member(db, who, room))
            guest, link = who.guest_of(room.id), _find_link(db, room.id, hashed, now)
            right = _right_shown(db, room, guest, link)
            name = "" if guest is None else guest.name
            code = "" if link is None else link_token
            return Entrance(room, None, right, name, way_by_code(room, code, name))

        return await self._database.read(question)

    async def enter(
        self, who: Caller, room_id: RoomId, name: str, link_token: str | None
    ) -> Entered:
        """Become somebody in a room: members themselves, everybody else a guest called ``name``.

        A guest who comes back keeps their number. Nothing of a guest is stored; the answer
        carries a new ``guest_token`` for their cookie. Raises NotFound ``room.not-found`` or
        ``identity.link-not-valid``, NotAllowed ``identity.removed``, InvalidInput ``name``.
        """
        now, renewed_until = self._clock.now(), self.renewed_until()
        knock = Knock(who, name, _hash(link_token), new_guest_id(), now, renewed_until)
        caller = await self._database.write(lambda db: _enter(db, room_id, knock))
        return await self._entered(caller, room_id)

    def renewed_until(self) -> datetime:
        """Return until when an open room lives that somebody enters now."""
        return self._clock.now() + self._settings.open_room_idle

    async def rename_guest(self, who: Caller, room_id: RoomId, name: str) -> Entered:
        """Call a guest something else.

        Raises NotSignedIn ``identity.not-entered``, InvalidInput ``name``, NotFound, NotAllowed.
        """
        guest = who.guest_of(room_id)
        if guest is None:
            raise NotSignedIn("identity.not-entered")
        named = Guest(guest.id, guest.room_id, clean_display_name(name), guest.link_id)
        caller = replace(who, guest=named)
        await self._database.read(
            lambda db: access.require(db, caller, Permission.ROOM_ENTER, room_id)
        )
        return await self._entered(caller, room_id)

    async def ban(self, who: Caller, room_id: RoomId, key: str, reason: str = "") -> None:
        """Shut ``key`` (``a<account>`` or ``g<guest>``) out of a room for 12 hours.

        For those who facilitate there, or look after the server and see the room. Raises NotFound,
        NotAllowed: for all others, for oneself, and for accounts that may administer the room.
        InvalidInput ``key``.
        """
        now, guest_id, account_id = self._clock.now(), *_person(key)

        def change(db: Connection) -> None:
            room = access.require(db, who, Permission.ROOM_SEE, room_id)
            if not access.keeps_order(db, who):
                access.require(db, who, Permission.ROOM_FACILITATE, room_id)
            if account_id is not None and _is_out_of_reach(db, who, room, account_id):
                raise NotAllowed("room.not-allowed", permission=Permission.ROOM_FACILITATE)
            rooms.add_ban(
                db, room_id=room_id, person=key, reason=reason[:200], ends_at=now + BAN_LIFETIME
            )
            fact = GuestBanned(at=now, room_id=room_id, guest_id=guest_id, account_id=account_id)
            record(db, fact)

        await self._database.write(change)

    async def _entered(self, caller: Caller, room_id: RoomId) -> Entered:
        guest = caller.guest_of(room_id)
        if guest is None:
            return Entered(caller, None)
        ends_at = self._clock.now() + GUEST_TOKEN_LIFETIME
        return Entered(caller, guest_token(await self._house_key(), guest, ends_at))


def way_by_code(room: Room, code: str | None, name: str = "") -> Way | None:
    """Return how a Mumble client gets in by a link, or by the address of an open room."""
    shown = code or (room.slug if room.group_id is None else "")
    return Way(room=room, name=name, code=shown) if shown else None


def way_of_group(db: Connection, room: Room, name: str = "") -> Way | None:
    """Return how a Mumble client of a member finds a room of a group."""
    group = None if room.group_id is None else groups.find_group(db, room.group_id)
    return None if group is None else Way(room=room, name=name, group=group.name)


def _way_of_member(db: Connection, who: Caller, room: Room) -> Way | None:
    account = None if who.account_id is None else accounts.find_account(db, who.account_id)
    return None if account is None else way_of_group(db, room, account.name)


def _enter(db: Connection, room_id: RoomId, knock: Knock) -> Caller:
    room = rooms.find_room(db, room_id)
    if room is None:
        raise NotFound("room.not-found")
    return come_in(db, room, knock, _find_link(db, room_id, knock.link_hash, knock.now))


def come_in(db: Connection, room: Room, knock: Knock, link: RoomLink | None) -> Caller:
    """Let somebody into a room, by a link where there is one. Raises like ``Guests.enter``."""
    who = knock.who
    if who.account_id is not None and access.role_in_room(db, who, room) is not None:
        _require_welcome(db, room, access.account_key(who.account_id))
        return replace(who, guest=None)
    guest = who.guest_of(room.id)
    if guest is not None:
        _require_welcome(db, room, access.guest_key(guest))
    name = clean_display_name(knock.name)
    link_id = _way_in(db, room, guest, link)
    _renew(db, room, knock.renewed_until)
    number = knock.new_id if guest is None else guest.id
    return replace(who, guest=Guest(number, room.id, name, link_id))


def as_before(
    place: access.Place, who: Caller, name: str, renewed_until: datetime
) -> Caller | None:
    """Return as whom somebody enters for whom ``come_in`` would change nothing, else None."""
    if Permission.ROOM_ENTER not in place.rights or is_renewed(place.room, renewed_until):
        return None
    if place.role is not None:
        return replace(who, guest=None)
    guest = who.guest_of(place.room.id)
    return who if guest is not None and guest.name == clean_display_name(name) else None


def is_renewed(room: Room, ends_at: datetime) -> bool:
    """Return whether entering moves the end of an open room."""
    return room.ends_at is not None and ends_at - room.ends_at >= OPEN_ROOM_RENEWAL


def _way_in(
    db: Connection, room: Room, guest: Guest | None, link: RoomLink | None
) -> LinkId | None:
    """Return the link that somebody enters by, None for the bare address of an open room."""
    if link is not None:
        came_by_it = guest is not None and guest.link_id == link.id
        if not came_by_it and link.uses_left is not None and not rooms.use_link(db, link.id):
            raise NotFound("identity.link-not-valid")
        return link.id
    if guest is not None and access.guest_right(db, guest, room) is not None:
        return guest.link_id
    if room.group_id is not None:
        raise NotFound("room.not-found")
    return None


def _right_shown(
    db: Connection, room: Room, guest: Guest | None, link: RoomLink | None
) -> LinkRight:
    if link is not None and link.uses_left != 0:
        return link.right
    right = None if guest is None else access.guest_right(db, guest, room)
    if right is not None:
        return right
    if room.group_id is not None:
        raise NotFound("room.not-found")
    return LinkRight.SPEAK


def _find_link(
    db: Connection, room_id: RoomId, hashed: str | None, now: datetime
) -> RoomLink | None:
    link = None if hashed is None else rooms.find_link(db, hashed, now)
    return link if link is not None and link.room_id == room_id else None


def _require_welcome(db: Connection, room: Room, key: str) -> None:
    if rooms.is_banned(db, room.id, key):
        raise NotAllowed("identity.removed")


def _renew(db: Connection, room: Room, ends_at: datetime) -> None:
    """Move the end of an open room; not told as a fact, since nobody has to act on it."""
    if is_renewed(room, ends_at):
        rooms.renew_room(db, room.id, ends_at)


def _is_out_of_reach(db: Connection, who: Caller, room: Room, account_id: AccountId) -> bool:
    if account_id == who.account_id:
        return True
    role = None if room.group_id is None else groups.find_role(db, room.group_id, account_id)
    return role is not None and Permission.ROOM_ADMINISTER in BY_ROLE[role]


def _person(key: str) -> tuple[GuestId | None, AccountId | None]:
    kind, number = key[:1], key[1:]
    if kind == "g" and len(number) == 26 and number.isascii() and number.isalnum():
        return GuestId(number), None
    is_number = number.isascii() and number.isdecimal() and len(number) < 20
    if kind == "a" and is_number and int(number) <= MAX_ID:
        return None, AccountId(int(number))
    raise InvalidInput("identity.no-such-person", field="key")


def _hash(token: str | None) -> str | None:
    return token_hash(token) if token else None
