"""What identity hands out of a person or a group, and how a group comes in from elsewhere."""

from collections.abc import AsyncIterator, Mapping
from datetime import datetime
from functools import partial
from typing import Final

import msgspec
from sqlalchemy import Connection

from allmende.core.accounts import Caller
from allmende.core.errors import InvalidInput
from allmende.core.exports import (
    ExportedFile,
    Files,
    Numbers,
    TakenGroup,
    is_safe,
    readable_json,
)
from allmende.core.groups import Role
from allmende.core.ids import AccountId, GroupId, RoomId
from allmende.core.rooms import Lobby, Room
from allmende.identity.events import RoomMade
from allmende.identity.model.accounts import AccountState
from allmende.identity.model.groups import Preset, Rules
from allmende.identity.model.names import clean_title, slug_stem
from allmende.identity.model.tokens import ROOM_SLUG_CHARS, SLUG_ALPHABET, new_slug
from allmende.identity.service.deleting import erase_group
from allmende.identity.service.memberships import enter_group
from allmende.identity.service.needs import account_of
from allmende.identity.store import accounts, groups, rooms
from allmende.identity.store.tables import accounts as people
from allmende.identity.store.tables import groups as places
from allmende.identity.store.tables import handouts as consented
from allmende.identity.store.tables import proofs
from allmende.storage.bundle import decoded
from allmende.storage.database import Database
from allmende.storage.outbox import record
from allmende.storage.shown import Shown

MAX_ROOMS: Final = 1_000

_OF_ACCOUNT: Final[Mapping[str, Shown]] = {
    "account": Shown(people.accounts, "id", "password"),
    "leaving": Shown(people.leaving, "account_id"),
    "marks": Shown(people.marks, "account_id"),
    "origin": Shown(people.origins, "account_id"),
    "requests": Shown(people.requests, "account_id", "id hash"),
    "vouches": Shown(people.vouches, "account_id"),
    "invites": Shown(people.invites, "made_by", "id hash words_hash"),
    "sessions": Shown(proofs.sessions, "account_id", "id hash"),
    "passkeys": Shown(proofs.passkeys, "account_id", "id public_key"),
    "app-passwords": Shown(proofs.app_passwords, "account_id", "id scram hash"),
    "certificates": Shown(proofs.certificates, "account_id", "id"),
    "recovery": Shown(proofs.recovery_runs, "account_id", "id hash"),
    "memberships": Shown(places.memberships, "account_id"),
    "announcements": Shown(places.announcements, "account_id", "id by_account_id"),
    "offers": Shown(places.offers, "account_id", "id by_account_id"),
    "approvals": Shown(places.approvals, "account_id", "id"),
    "handouts": Shown(consented.handouts, "account_id", "id group_id pad_id"),
    "handout-consents": Shown(consented.consents, "account_id"),
}
_HASHED: Final = "nothing but a hash"
_LINK: Final = "opens a door of this house: a secret that is kept as a hash"
LEFT_OUT: Final[Mapping[str, str]] = {
    "identity_sign_in_link": _HASHED,
    "identity_totp": "the secret of the second step",
    "identity_backup_code": _HASHED,
    "identity_recovery": _HASHED,
    "identity_room_link": _LINK,
    "identity_ban": "ends within hours, and is about somebody else",
    "identity_invite_budget": "a number that is counted anew each month",
}


class StoredRoom(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A room in an archive."""

    number: int
    name: str
    lobby: Lobby
    guests_share: bool


class StoredGroup(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A group in an archive; its rooms in the order of their numbers."""

    name: str
    preset: Preset
    closed: bool
    history: bool
    messages_h: int | None
    invite_members: Role
    invite_people: Role
    rooms: tuple[StoredRoom, ...]


class StoredMember(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Somebody who was in the group when it was exported."""

    name: str
    role: Role
    display: str = ""


class Members(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Who was in the group."""

    members: tuple[StoredMember, ...]


class Addresses(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Where group and rooms were; they stay there if nobody else is."""

    group: str
    rooms: dict[str, str]


class IdentityExports:
    """The exporter of accounts, groups and rooms; it also begins the import of a group."""

    covers = frozenset(
        {shown.table.name for shown in _OF_ACCOUNT.values()}
        | {places.groups.name, places.rooms.name}
    )
    left_out = LEFT_OUT

    def __init__(self, database: Database) -> None:
        self._database = database

    async def of_account(self, who: Caller) -> AsyncIterator[ExportedFile]:
        """Yield the account, how it is signed in, and its groups by name."""
        account_id = account_of(who)
        for name, shown in _OF_ACCOUNT.items():
            rows = await self._database.read(partial(shown.rows, key=account_id))
            if rows:
                named = [await self._named(row) for row in rows]
                yield ExportedFile(f"account/{name}.json", readable_json(named))

    async def of_group(self, group_id: GroupId, numbers: Numbers) -> AsyncIterator[ExportedFile]:
        """Yield rules and rooms; and, for this house alone, addresses and members."""
        slug, group, members = await self._database.read(lambda db: _group(db, group_id, numbers))
        yield ExportedFile("group.json", readable_json(msgspec.to_builtins(group)))
        found = await self._database.read(lambda db: rooms.rooms_of(db, group_id))
        by_number = {str(numbers.give("room", room.id)): room.slug for room in found}
        addresses = msgspec.to_builtins(Addresses(slug, by_number))
        yield ExportedFile("addresses.json", readable_json(addresses), canonical=False)
        shown = msgspec.to_builtins(Members(tuple(members)))
        yield ExportedFile("members.json", readable_json(shown), canonical=False)

    async def take_group(self, taken: TakenGroup, files: Files) -> None:
        """Do nothing: ``begin_group`` did it."""

    async def begin_group(
        self, files: Files, now: datetime, *, admin: str, match_names: bool
    ) -> TakenGroup:
        """Make the group of an archive with its rooms.

        ``admin`` is the account that looks after it here; other members come in only where
        ``match_names`` says that the same name is the same person. Raises InvalidInput
        ``storage.archive-refused``, ``identity.no-such-account``.
        """
        group = decoded(files.read("group.json"), StoredGroup)
        members = decoded(files.read("members.json"), Members).members
        addresses = decoded(files.read("addresses.json"), Addresses)
        spare = [new_slug() for _ in range(len(group.rooms) + 1)]
        if len(group.rooms) > MAX_ROOMS:
            raise InvalidInput("storage.archive-refused", reason="too many rooms")

        def change(db: Connection) -> TakenGroup:
            own = _account_named(db, admin)
            if own is None:
                raise InvalidInput("identity.no-such-account")
            here = {own: Role.ADMIN}
            known: dict[str, AccountId] = {}
            for member in members if match_names else ():
                account_id = _account_named(db, member.name)
                if account_id is not None:
                    known[member.name] = account_id
                    here.setdefault(account_id, member.role)
            made = _add(db, group, addresses, spare)
            for account_id, role in here.items():
                enter_group(db, made[0], account_id, role, now, by=None)
            for room_id in made[1].values():
                record(db, RoomMade(at=now, room_id=room_id, group_id=made[0]))
            numbers = Numbers()
            for number, room_id in made[1].items():
                numbers.remember("room", number, room_id)
            return TakenGroup(made[0], numbers, known, now)

        return await self._database.write(change)

    async def undo(self, group_id: GroupId, now: datetime) -> None:
        """Take a group away again whose archive turned out to be broken."""
        await self._database.write(lambda db: erase_group(db, group_id, now))

    async def _named(self, row: Mapping[str, object]) -> Mapping[str, object]:
        """Say the name of a group instead of its number."""
        number = row.get("group_id")
        if not isinstance(number, int):
            return row
        group_id = GroupId(number)
        group = await self._database.read(lambda db: groups.find_group(db, group_id))
        rest = {key: value for key, value in row.items() if key != "group_id"}
        return rest if group is None else {**rest, "group": group.name, "address": group.slug}


def _account_named(db: Connection, name: str) -> AccountId | None:
    found = accounts.find_account_by_name(db, name.strip().lower())
    return None if found is None or found.state is not AccountState.ACTIVE else found.id


def _add(
    db: Connection, stored: StoredGroup, addresses: Addresses, spare: list[str]
) -> tuple[GroupId, dict[int, RoomId]]:
    """Add group and rooms, where they were if that is free here."""
    rules = Rules(
        stored.preset,
        stored.closed,
        stored.history,
        stored.messages_h,
        stored.invite_members,
        stored.invite_people,
    )
    title, slug = clean_title(stored.name), addresses.group
    if not is_safe(slug) or "/" in slug or groups.find_group_by_slug(db, slug) is not None:
        slug = "-".join(filter(None, (slug_stem(title), spare[-1])))
    group = groups.add_group(db, slug=slug, name=title, rules=rules)
    found: dict[int, RoomId] = {}
    for room, other in zip(stored.rooms, spare, strict=False):
        where = addresses.rooms.get(str(room.number), "")
        taken = rooms.find_room_by_slug(db, where) is not None
        if taken or len(where) < ROOM_SLUG_CHARS or set(where) - set(SLUG_ALPHABET):
            where = other
        name = clean_title(room.name)
        new = Room(RoomId(0), group.id, where, name, room.lobby, room.guests_share, None)
        found[room.number] = rooms.add_room(db, new).id
    return group.id, found


def _group(
    db: Connection, group_id: GroupId, numbers: Numbers
) -> tuple[str, StoredGroup, list[StoredMember]]:
    group, rules = groups.find_group(db, group_id), groups.find_rules(db, group_id)
    if group is None or rules is None:
        raise InvalidInput("group.not-found")
    stored = StoredGroup(
        group.name,
        rules.preset,
        rules.closed,
        rules.history,
        rules.messages_h,
        rules.invite_members,
        rules.invite_people,
        tuple(
            StoredRoom(numbers.give("room", room.id), room.name, room.lobby, room.guests_share)
            for room in rooms.rooms_of(db, group_id)
        ),
    )
    members = [
        StoredMember(one.name, one.role, one.display) for one in groups.members(db, group_id)
    ]
    return group.slug, stored, members
