"""Guests whose program shows no page: they type a link's token or its six words."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection

from allmende.core.accounts import STRANGER, Caller
from allmende.core.errors import InvalidInput, NotAllowed, NotFound
from allmende.core.rooms import Room, RoomLink
from allmende.identity.model.tokens import guest_id_of, new_guest_id, token_hash, words_hash
from allmende.identity.service.guests import Guests, Knock, come_in, is_renewed
from allmende.identity.store import rooms


@dataclass(frozen=True, slots=True)
class _Typed:
    """What somebody typed, as it may be found: a slug, the hash of a token, hashes of words."""

    slug: str
    token_hash: str
    words_hashes: Sequence[str]


class NativeGuests(Guests):
    """The same guests as on the pages; their key is what they typed, each time anew."""

    async def guest_by_token(self, typed: str, name: str, certificate: str = "") -> Caller:
        """Return a guest of the room that a link's token or six words lead to.

        The address of an open room leads into it as well. Whoever shows a ``certificate`` (its
        SHA-256) is the same guest each time, so that who was removed stays out. Raises NotFound
        ``identity.link-not-valid``, NotAllowed ``identity.removed``, InvalidInput ``name``.
        """
        key, now = await self._house_key(), self._clock.now()
        sought = _Typed(typed.strip(), token_hash(typed.strip()), self._words_hashes(key, typed))
        drawn, renewed_until = new_guest_id(), self.renewed_until()

        def come(db: Connection, room: Room, link: RoomLink | None) -> Caller:
            number = drawn
            if certificate:
                number = guest_id_of(key, certificate, str(room.id))
                if rooms.is_banned(db, room.id, f"g{number}"):
                    raise NotAllowed("identity.removed")
            return come_in(db, room, Knock(STRANGER, name, None, number, now, renewed_until), link)

        def question(db: Connection) -> Caller | None:
            room, link = _found(db, sought, now)
            counts = link is not None and link.uses_left is not None
            changes = counts or is_renewed(room, renewed_until)
            return None if changes else come(db, room, link)

        found = await self._database.read(question)
        if found is not None:
            return found
        return await self._database.write(lambda db: come(db, *_found(db, sought, now)))

    def _words_hashes(self, key: bytes, typed: str) -> Sequence[str]:
        """Return hashes of what typed words may mean; words that are in no list mean nothing."""
        try:
            return [words_hash(key, numbers) for numbers in self._words.readings(typed)]
        except InvalidInput:
            return ()


def _found(db: Connection, sought: _Typed, now: datetime) -> tuple[Room, RoomLink | None]:
    link = rooms.find_link(db, sought.token_hash, now)
    for hashed in sought.words_hashes:
        link = link or rooms.find_link_by_words(db, hashed, now)
    if link is not None:
        room = rooms.find_room(db, link.room_id)
    else:
        room = rooms.find_room_by_slug(db, sought.slug)
        room = None if room is None or room.group_id is not None else room
    if room is None:
        raise NotFound("identity.link-not-valid")
    return room, link
