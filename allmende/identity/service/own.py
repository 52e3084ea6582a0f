"""What a program asks first: who it is here, and which rooms there are for it."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Connection

from allmende.core.accounts import Caller, Scope
from allmende.core.groups import Group
from allmende.core.rooms import Room
from allmende.identity.service.needs import account_of
from allmende.identity.service.sessions import Sessions
from allmende.identity.store import groups, rooms


@dataclass(frozen=True, slots=True)
class Own:
    """The account of a caller, what its app password opens, and the rooms of its groups.

    ``scopes`` is empty for people, who may do whatever their pages offer.
    """

    name: str
    scopes: frozenset[Scope]
    rooms: Sequence[tuple[Group, Room]]


class Owning(Sessions):
    """Nothing here is about anybody else."""

    async def own(self, who: Caller) -> Own:
        """Return what is the caller's. Raises NotSignedIn."""
        account_id = account_of(who)

        def question(db: Connection) -> list[tuple[Group, Room]]:
            return [
                (membership.group, room)
                for membership in groups.groups_of(db, account_id)
                for room in rooms.rooms_of(db, membership.group.id)
            ]

        found = await self._database.read(question)
        return Own(await self.name_of(account_id), who.scopes, found)
