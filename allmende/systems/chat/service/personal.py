"""Messages between two people: kept for each side as it wants, once each."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Final

from sqlalchemy import Connection

from allmende.core.clock import Clock
from allmende.core.ids import AccountId
from allmende.storage.database import Database
from allmende.systems.chat.model.personal import (
    MAX_OFFLINE,
    OFFLINE_FOR,
    SAME_FOR,
    USUAL,
    Choice,
    Kept,
    NewPersonal,
    Party,
    Side,
    Usually,
    shorter,
)
from allmende.systems.chat.model.uploads import Naming
from allmende.systems.chat.store import choices, contacts, offline, personal, uploads
from allmende.systems.chat.store.offline import NewWaiting, Waiting

_BATCH: Final = 500


class PersonalShelf:
    """Is a `service.archive.Shelf` of `NewPersonal`."""

    def add(self, db: Connection, items: Sequence[NewPersonal]) -> Sequence[Kept]:
        """Keep the rows of each side, and what has to wait."""
        known = _known(db, items)
        accounts = {
            party.account_id
            for item in items
            for party in (item.sender, item.receiver)
            if party.account_id is not None
        }
        batch = _Batch(db, choices.choices_of(db, accounts), items)
        outcomes = [batch.keep(item, known) for item in items]
        personal.add_sides(db, batch.sides)
        offline.add_waiting(db, batch.waiting)
        uploads.name_files(db, batch.namings())
        return outcomes


class _Batch:
    """What one commit adds."""

    def __init__(
        self, db: Connection, chosen: Mapping[AccountId, Choice], items: Sequence[NewPersonal]
    ) -> None:
        self._db = db
        self._chosen = chosen
        self._items = items
        self._waits = dict(offline.count_waiting(db, _waiters(items, chosen)))
        self.sides: list[Side] = []
        self.waiting: list[NewWaiting] = []

    def keep(self, new: NewPersonal, known: dict[bytes, str]) -> Kept:
        if new.origin is not None:
            earlier = known.setdefault(new.origin, new.uid)
            if earlier != new.uid:
                return Kept(earlier, sent=False, received=False, again=True)
        to_oneself = new.sender.account_id == new.receiver.account_id
        received = not to_oneself and self._add_side(new, new.receiver, new.sender, incoming=True)
        sent = self._add_side(new, new.sender, new.receiver, incoming=False)
        waits = new.waits and self._add_waiting(new)
        return Kept(new.uid, sent=sent, received=sent if to_oneself else received, waiting=waits)

    def namings(self) -> Sequence[Naming]:
        """Return how long each message is kept by whoever keeps it longest."""
        ends: dict[str, datetime] = {}
        kept = [(row.uid, row.ends_at) for row in self.sides]
        for uid, ends_at in (*kept, *((row.uid, row.ends_at) for row in self.waiting)):
            ends[uid] = max(ends_at, ends.get(uid, ends_at))
        return [
            Naming(new.sender.account_id, new.content, new.encrypted, new.sent_at, ends[new.uid])
            for new in self._items
            if new.uid in ends
        ]

    def _add_side(self, new: NewPersonal, own: Party, peer: Party, *, incoming: bool) -> bool:
        account_id = own.account_id
        if account_id is None:
            return False
        choice = self._chosen.get(account_id, USUAL)
        ends_at = choice.ends_at(new)
        if ends_at <= new.sent_at or not choice.keeps(
            peer.address, is_contact=self._is_contact(account_id, choice, peer.address)
        ):
            return False
        self.sides.append(
            Side(account_id, new.uid, peer.address, peer.resource, incoming, new.origin,
                 new.content, new.encrypted, new.sent_at, ends_at)
        )  # fmt: skip
        return True

    def _is_contact(self, account_id: AccountId, choice: Choice, address: str) -> bool:
        if choice.usually is not Usually.CONTACTS:
            return False
        return contacts.find_contact(self._db, account_id, address) is not None

    def _add_waiting(self, new: NewPersonal) -> bool:
        account_id = new.receiver.account_id
        if account_id is None or self._chosen.get(account_id, USUAL).fetches(new.sent_at):
            return False
        if self._waits.get(account_id, 0) >= MAX_OFFLINE:
            return False
        self._waits[account_id] = self._waits.get(account_id, 0) + 1
        ends_at = new.sent_at + shorter(OFFLINE_FOR, new.lasts)
        self.waiting.append(NewWaiting(account_id, new.uid, new.content, new.sent_at, ends_at))
        return True


@dataclass(frozen=True, slots=True)
class Unseen:
    """What a client may never have seen. ``archived``: its owner's archive has it."""

    content: bytes
    archived: bool


class WaitingService:
    """What waits for those whose apps fetch nothing from an archive.

    Only the wire calls this, for the account of a session that it has.
    """

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    async def waiting(self, account_id: AccountId) -> Sequence[Waiting]:
        """Return what waits, oldest first."""
        now = self._clock.now()
        return await self._database.read(
            lambda db: offline.waiting(db, account_id, now=now, most=MAX_OFFLINE)
        )

    async def taken(self, account_id: AccountId, up_to: Waiting) -> None:
        """All up to this one is with its receiver."""
        await self._database.write(lambda db: offline.drop_until(db, account_id, up_to.id))

    async def reached(self, account_id: AccountId, uid: str) -> None:
        """One is with its receiver, who came while it was being kept."""
        await self._database.write(lambda db: offline.drop_uid(db, account_id, uid))

    async def keep(self, account_id: AccountId, unseen: Sequence[Unseen]) -> None:
        """Let what a client may not have seen wait for the next one.

        What is in the archive waits only for those who fetch nothing from there.
        """
        now = self._clock.now()

        def change(db: Connection) -> None:
            fetches = choices.choice_of(db, account_id).fetches(now)
            left = MAX_OFFLINE - offline.count_waiting(db, [account_id]).get(account_id, 0)
            wanted = [one for one in unseen if not (one.archived and fetches)]
            new = [
                NewWaiting(account_id, "", one.content, now, now + OFFLINE_FOR)
                for one in wanted[: max(0, left)]
            ]
            offline.add_waiting(db, new)

        if unseen:
            await self._database.write(change)

    async def account_gone(self, account_id: AccountId) -> None:
        """Delete what an account kept, in pieces. What others keep of it is theirs."""
        await self._database.write(partial(_forget, account_id))
        while await self._database.write(
            lambda db: personal.forget_account(db, account_id, most=_BATCH)
        ):
            continue


def _forget(account_id: AccountId, db: Connection) -> None:
    offline.forget_account(db, account_id)
    choices.forget_account(db, account_id)


def _known(db: Connection, items: Sequence[NewPersonal]) -> dict[bytes, str]:
    """Return the uids of what was sent before, by origin."""
    origins = {item.origin for item in items if item.origin is not None}
    if not origins:
        return {}
    since = min(item.sent_at for item in items) - SAME_FOR
    return dict(personal.known_origins(db, origins, since))


def _waiters(
    items: Sequence[NewPersonal], chosen: Mapping[AccountId, Choice]
) -> Collection[AccountId]:
    return {
        item.receiver.account_id
        for item in items
        if item.waits
        and item.receiver.account_id is not None
        and not chosen.get(item.receiver.account_id, USUAL).fetches(item.sent_at)
    }
