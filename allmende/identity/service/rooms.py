"""Rooms of groups, rooms opened without account, and the links into both."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Final

from sqlalchemy import Connection

from allmende.core.accounts import Caller
from allmende.core.errors import Conflict, NotAllowed, NotFound, QuotaExceeded
from allmende.core.ids import GroupId, LinkId, RoomId
from allmende.core.permissions import Permission
from allmende.core.rooms import LinkRight, Lobby, Room, RoomLink
from allmende.identity import access
from allmende.identity.events import LinkRevoked, RoomChanged, RoomGone, RoomMade
from allmende.identity.model import invites as limits
from allmende.identity.model.answers import OpenedRoom
from allmende.identity.model.names import clean_title
from allmende.identity.model.tokens import (
    new_slug,
    new_token,
    token_hash,
    words_digest,
    words_hash,
)
from allmende.identity.model.words import numbers_of
from allmende.identity.service.invites import is_stranger
from allmende.identity.service.needs import Needs
from allmende.identity.store import rooms
from allmende.storage.deletions import note_deletion
from allmende.storage.outbox import record

_UNSAVED: Final = RoomId(0)
_NO_LINK: Final = LinkId(0)


class Rooms(Needs):
    """Places to meet."""

    async def make_room(self, who: Caller, group_id: GroupId, name: str) -> Room:
        """Add a room to a group. Raises NotFound, NotAllowed, InvalidInput, QuotaExceeded."""
        title, now = clean_title(name), self._clock.now()
        new = Room(_UNSAVED, group_id, new_slug(), title, Lobby.GUESTS, False, None)

        def change(db: Connection) -> Room:
            access.require_in_group(db, who, Permission.ROOM_MAKE, group_id)
            if len(rooms.rooms_of(db, group_id)) >= limits.MAX_ROOMS_PER_GROUP:
                raise QuotaExceeded("identity.too-many-rooms", max=limits.MAX_ROOMS_PER_GROUP)
            room = rooms.add_room(db, new)
            record(db, RoomMade(at=now, room_id=room.id, group_id=group_id))
            return room

        return await self._database.write(change)

    async def open_room(self, name: str) -> OpenedRoom:
        """Open a room without account, with a lobby for guests, until it was idle for
        30 days, or what the operator set.

        Its facilitator link never expires before the room. Whoever may do this, and how often,
        is decided by desk. Raises InvalidInput ``name``.
        """
        title, now, token = clean_title(name), self._clock.now(), new_token()
        ends_at = now + self._settings.open_room_idle
        new = Room(_UNSAVED, None, new_slug(), title, Lobby.GUESTS, False, ends_at)

        def change(db: Connection) -> OpenedRoom:
            room = rooms.add_room(db, new)
            link = RoomLink(_NO_LINK, room.id, LinkRight.FACILITATE, "", None, None)
            rooms.add_link(db, link, token_hash=token_hash(token))
            record(db, RoomMade(at=now, room_id=room.id, group_id=None))
            return OpenedRoom(room, token)

        return await self._database.write(change)

    async def change_room(
        self, who: Caller, room_id: RoomId, *, name: str, lobby: Lobby, guests_share: bool
    ) -> Room:
        """Change name, lobby and rights of guests; in open rooms facilitators may, too.

        Raises NotFound, NotAllowed, InvalidInput ``name``.
        """
        title, now = clean_title(name), self._clock.now()

        def change(db: Connection) -> Room:
            room = _require_settings(db, who, room_id)
            rooms.change_room(db, room_id, name=title, lobby=lobby, guests_share=guests_share)
            record(db, RoomChanged(at=now, room_id=room_id))
            return replace(room, name=title, lobby=lobby, guests_share=guests_share)

        return await self._database.write(change)

    async def delete_room(self, who: Caller, room_id: RoomId) -> None:
        """Delete a room and what hangs on it; the main room of a group goes with the group.

        Raises NotFound, NotAllowed, Conflict ``identity.main-room``.
        """
        now = self._clock.now()

        def change(db: Connection) -> None:
            room = _require_settings(db, who, room_id)
            if room.group_id is not None and rooms.main_room(db, room.group_id) == room:
                raise Conflict("identity.main-room")
            rooms.delete_room(db, room_id)
            note_deletion(db, "identity.room", str(room_id), now)
            record(db, RoomGone(at=now, room_id=room_id))

        await self._database.write(change)

    async def room(self, who: Caller, slug: str) -> Room:
        """Return the room at ``slug`` if the caller may see it. Raises NotFound."""

        def question(db: Connection) -> Room:
            room = access.room_by_slug(db, slug)
            return access.require(db, who, Permission.ROOM_SEE, room.id)

        return await self._database.read(question)

    async def rights(self, who: Caller, room_id: RoomId) -> frozenset[Permission]:
        """Return everything the caller may do in a room; nothing if there is none."""

        def question(db: Connection) -> frozenset[Permission]:
            room = rooms.find_room(db, room_id)
            return frozenset() if room is None else access.rights(db, who, room)

        return await self._database.read(question)

    async def may(self, who: Caller, room_id: RoomId, permission: Permission) -> bool:
        """Return whether the caller has this right now; for live pages."""
        return await self._database.read(lambda db: access.may(db, who, permission, room_id))

    async def make_link(
        self,
        who: Caller,
        room_id: RoomId,
        right: LinkRight,
        label: str = "",
        days: int | None = None,
        uses: int | None = None,
    ) -> str:
        """Return the token of a new link into a room (128 bit, kept as a hash only).

        ``invite_words`` tells its six words. ``days`` and ``uses`` None: without end. Raises
        NotFound, NotAllowed (an account that is too new: ``identity.links-not-yet``), InvalidInput
        with ``label``, ``days`` or ``uses``, QuotaExceeded ``identity.too-many-links``.
        """
        if days is not None:
            limits.require_between(days, limits.MAX_LINK_DAYS, "days")
        if uses is not None:
            limits.require_between(uses, limits.MAX_LINK_USES, "uses")
        shown = clean_title(label, "label") if label.strip() else ""
        token, now, key = new_token(128), self._clock.now(), await self._house_key()
        words = words_hash(key, numbers_of(words_digest(key, token)))
        expires_at = None if days is None else now + timedelta(days=days)
        link = RoomLink(_NO_LINK, room_id, right, shown, expires_at, uses)

        def change(db: Connection) -> None:
            _require_settings(db, who, room_id)
            if who.account_id is not None and is_stranger(db, who.account_id, now):
                raise NotAllowed("identity.links-not-yet")
            if rooms.count_links(db, room_id) >= limits.MAX_LINKS_PER_ROOM:
                raise QuotaExceeded("identity.too-many-links", max=limits.MAX_LINKS_PER_ROOM)
            rooms.add_link(db, link, token_hash=token_hash(token), words_hash=words)

        await self._database.write(change)
        return token

    async def links(self, who: Caller, room_id: RoomId) -> Sequence[RoomLink]:
        """Return the links into a room, without their tokens. Raises NotFound, NotAllowed."""

        def question(db: Connection) -> Sequence[RoomLink]:
            _require_settings(db, who, room_id)
            return rooms.links_of(db, room_id)

        return await self._database.read(question)

    async def revoke_link(self, who: Caller, link_id: LinkId) -> None:
        """Take a link back; who came by it is out.

        Raises NotFound ``identity.no-such-link``, also for one of a room that the caller does not
        see, NotAllowed.
        """
        now = self._clock.now()

        def change(db: Connection) -> None:
            room_id = rooms.find_link_room(db, link_id)
            if room_id is None or not access.may(db, who, Permission.ROOM_SEE, room_id):
                raise NotFound("identity.no-such-link")
            _require_settings(db, who, room_id)
            rooms.revoke_link(db, link_id)
            record(db, LinkRevoked(at=now, link_id=link_id, room_id=room_id))

        await self._database.write(change)

    async def room_named(self, slug: str) -> Room:
        """Return the room at ``slug``, whoever asks, for pages that then ask for the right."""
        return await self._database.read(lambda db: access.room_by_slug(db, slug))


def _require_settings(db: Connection, who: Caller, room_id: RoomId) -> Room:
    """Return the room if ``who`` may change it: admins of its group, or who opened it."""
    room = access.require(db, who, Permission.ROOM_SEE, room_id)
    needed = Permission.ROOM_FACILITATE if room.group_id is None else Permission.ROOM_ADMINISTER
    return access.require(db, who, needed, room_id)
