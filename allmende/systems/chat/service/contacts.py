"""What people may do with their contacts, and with those whom they want nothing of.

Accounts here have shown who they are already. Both sides of an act change in one commit, if both
are of this server.
"""

from collections.abc import Callable, Collection, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Final, TypeVar

from sqlalchemy import Connection

from allmende.core.errors import InvalidInput, NotAllowed, NotFound, QuotaExceeded
from allmende.core.exports import ExportedFile, readable_json
from allmende.core.ids import AccountId, GroupId
from allmende.identity.store import groups
from allmende.storage.database import Database
from allmende.systems.chat.model.contacts import (
    MAX_BLOCKED,
    MAX_CONTACTS,
    MAX_REQUEST_BYTES,
    MAX_STRANGER_CHARS,
    MAX_STRANGERS,
    Act,
    Circle,
    Contact,
    Said,
    Standing,
    clean_labels,
    clean_name,
    farewell,
    incoming,
    outgoing,
)
from allmende.systems.chat.service.circles import (
    account_at,
    are_fellows,
    circle_of,
    share_group,
)
from allmende.systems.chat.store import contacts as store

_REMEMBERED: Final = 4096
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Party:
    """One of two: an account of this server, or (``account_id`` None) somebody elsewhere."""

    account_id: AccountId | None
    address: str


class ContactService:
    """The lists of this server; ``domain``: that of its accounts."""

    def __init__(self, database: Database, domain: str) -> None:
        self._database = database
        self._domain = domain
        self._circles: dict[AccountId, Circle] = {}
        self._changes = 0

    # --- reading ------------------------------------------------------------------------

    async def circle(self, account_id: AccountId) -> Circle:
        """Return whom an account knows and blocks; from memory while nothing changed."""
        known = self._circles.get(account_id)
        if known is not None:
            return known
        changes = self._changes
        found = await self._database.read(lambda db: circle_of(db, account_id, self._domain))
        if changes == self._changes:
            while len(self._circles) >= _REMEMBERED:
                self._circles.pop(next(iter(self._circles)))
            self._circles[account_id] = found
        return found

    async def account_at(self, address: str) -> AccountId | None:
        """Return the account of this server with a bare address."""
        return await self._database.read(lambda db: account_at(db, address, self._domain))

    async def members(self, group_id: GroupId) -> Collection[AccountId]:
        """Return who is in a group: their lists may have changed with it."""
        found = await self._database.read(lambda db: groups.members(db, group_id))
        return [member.account_id for member in found]

    def forget(self) -> None:
        """Read all circles again: groups have changed."""
        self._circles.clear()
        self._changes += 1

    # --- the list -----------------------------------------------------------------------

    async def put(
        self, account_id: AccountId, address: str, name: str, labels: Sequence[str]
    ) -> None:
        """Add somebody to the list, or change how they are called and sorted.

        Raises InvalidInput ``chat.contact-self``, ``chat.contact-name``, ``chat.contact-labels``;
        QuotaExceeded ``chat.contact-too-many``.
        """
        name, labels = clean_name(name), clean_labels(labels)

        def change(db: Connection) -> None:
            peer = self._other(db, account_id, address)
            before = store.find_contact(db, account_id, address)
            if before is None:
                _require_room(db, account_id)
                before = Contact(address, peer=peer.account_id)
            after = replace(before, name=name, labels=labels, listed=True, peer=peer.account_id)
            store.keep_contact(db, account_id, after)

        await self._write(change, account_id)

    async def drop(self, me: Party, address: str) -> Sequence[Said]:
        """Take somebody off the list; return what they have to hear of it.

        Raises NotFound ``chat.contact-unknown``, NotAllowed ``chat.contact-is-fellow``.
        """
        account_id = _account(me)

        def change(db: Connection) -> Sequence[Said]:
            peer = self._other(db, account_id, address)
            if _are_fellows(db, account_id, peer):
                raise NotAllowed("chat.contact-is-fellow")
            before = store.find_contact(db, account_id, address)
            if before is None or not before.is_shown:
                raise NotFound("chat.contact-unknown")
            said = [_exchange(db, me, peer, act) for act in farewell(before.standing)]
            store.keep_contact(
                db, account_id, Contact(address, peer.account_id, heard=before.heard)
            )
            return said

        said = await self._write(change, account_id)
        self._changed(*(one.peer for one in said))
        return said

    # --- who sees whom ------------------------------------------------------------------

    async def say(self, me: Party, address: str, act: Act, request: bytes = b"") -> Said:
        """Ask, stop, allow or refuse. ``request``: what is written beside a question.

        Fellow members see each other while they are that: nothing changes then. Raises
        InvalidInput ``chat.contact-self``, QuotaExceeded ``chat.contact-too-many``.
        """
        account_id = _account(me)

        def change(db: Connection) -> Said:
            peer = self._other(db, account_id, address)
            if _are_fellows(db, account_id, peer):
                return Said(act, False, peer.account_id, answer=_of_fellow(act))
            if store.find_contact(db, account_id, address) is None:
                _require_room(db, account_id)
            return _exchange(db, me, peer, act, request)

        said = await self._write(change, account_id)
        self._changed(said.peer)
        return said

    async def hear(
        self, account_id: AccountId, sender: str, act: Act, request: bytes = b""
    ) -> Said:
        """Take what somebody of another server asks, stops, allows or refuses."""

        def change(db: Connection) -> Said:
            shown, answer = _receive(db, account_id, Party(None, sender), act, request)
            return Said(act, True, account_id, shown, answer)

        return await self._write(change, account_id)

    # --- strangers ----------------------------------------------------------------------

    async def admit(self, account_id: AccountId, sender: Party, *, chars: int) -> None:
        """Let a message through to an account, or not.

        Who is neither contact nor fellow member sends one, of ``chars`` at most 500, until the
        account writes back. Raises NotAllowed ``chat.stranger-waits``, InvalidInput
        ``chat.stranger-too-long``.
        """
        circle = await self.circle(account_id)
        contact = circle.contact(sender.address)
        if contact.is_known or sender.account_id == account_id:
            return

        def question(db: Connection) -> bool:
            own = sender.account_id
            return own is not None and share_group(db, account_id, own)

        if await self._database.read(question):
            return
        if contact.heard:
            raise NotAllowed("chat.stranger-waits")
        if chars > MAX_STRANGER_CHARS:
            raise InvalidInput("chat.stranger-too-long", limit=MAX_STRANGER_CHARS)

        def change(db: Connection) -> None:
            before = store.find_contact(db, account_id, sender.address)
            if before is not None and before.heard:
                raise NotAllowed("chat.stranger-waits")
            if before is None and _is_crowded(db, account_id):
                raise NotAllowed("chat.stranger-waits")
            before = before or Contact(sender.address, peer=sender.account_id)
            store.keep_contact(db, account_id, replace(before, heard=True))

        await self._write(change, account_id)

    async def accept(self, account_id: AccountId, address: str) -> None:
        """An account writes to somebody: they may write back."""
        circle = await self.circle(account_id)
        if circle.contact(address).is_known:
            return

        def change(db: Connection) -> None:
            peer = account_at(db, address, self._domain)
            if peer == account_id:
                return
            before = store.find_contact(db, account_id, address)
            if before is None and _is_full(db, account_id):
                return  # it is sent all the same; the answer is a stranger's
            before = before or Contact(address, peer=peer)
            store.keep_contact(db, account_id, replace(before, accepted=True))

        await self._write(change, account_id)

    # --- blocking -----------------------------------------------------------------------

    async def block(self, account_id: AccountId, addresses: Collection[str]) -> Sequence[str]:
        """Want nothing of these any more: people, devices, or whole servers; return the new ones.

        Raises QuotaExceeded ``chat.blocked-too-many``.
        """

        def change(db: Connection) -> Sequence[str]:
            blocked = store.blocked_by(db, account_id)
            new = sorted(set(addresses) - set(blocked))
            if len(blocked) + len(new) > MAX_BLOCKED:
                raise QuotaExceeded("chat.blocked-too-many", limit=MAX_BLOCKED)
            store.add_blocks(db, account_id, new)
            return new

        return await self._write(change, account_id)

    async def unblock(
        self, account_id: AccountId, addresses: Collection[str] | None = None
    ) -> Sequence[str]:
        """Hear of these again, or (None) of everybody; return whose block is gone."""

        def change(db: Connection) -> Sequence[str]:
            blocked = store.blocked_by(db, account_id)
            gone = [one for one in blocked if addresses is None or one in addresses]
            store.unblock(db, account_id, gone)
            return gone

        return await self._write(change, account_id)

    # --- by itself ----------------------------------------------------------------------

    async def account_gone(self, account_id: AccountId) -> None:
        """Forget what an account kept, and take it off others' lists. Twice is once."""

        await self._database.write(lambda db: store.forget_account(db, account_id))
        self.forget()

    # --- inside -------------------------------------------------------------------------

    async def _write(self, change: Callable[[Connection], T], account_id: AccountId) -> T:
        try:
            done = await self._database.write(change)
        except BaseException:
            self.forget()  # a change that nobody waits for any more is made all the same
            raise
        self._changed(account_id)
        return done

    def _changed(self, *accounts: AccountId | None) -> None:
        for account_id in accounts:
            if account_id is not None:
                self._circles.pop(account_id, None)
        self._changes += 1

    def _other(self, db: Connection, account_id: AccountId, address: str) -> Party:
        peer = account_at(db, address, self._domain)
        if peer == account_id:
            raise InvalidInput("chat.contact-self", field="address")
        return Party(peer, address)


def contact_files(db: Connection, account_id: AccountId) -> Sequence[ExportedFile]:
    """Return what is handed out to an account of its contacts and blocks."""
    contacts = [
        {
            "address": one.address,
            "name": one.name,
            "labels": list(one.labels),
            **asdict(one.standing),
        }
        for one in store.contacts_of(db, account_id)
    ]
    blocked = store.blocked_by(db, account_id)
    files = (("contacts", contacts), ("blocked", [{"address": one} for one in blocked]))
    return [ExportedFile(f"chat/{name}.json", readable_json(rows)) for name, rows in files if rows]


def _account(party: Party) -> AccountId:
    if party.account_id is None:
        raise AssertionError("only accounts of this server act here")
    return party.account_id


def _are_fellows(db: Connection, account_id: AccountId, other: Party) -> bool:
    return other.account_id is not None and are_fellows(db, account_id, other.account_id)


def _require_room(db: Connection, account_id: AccountId) -> None:
    if _is_full(db, account_id):
        raise QuotaExceeded("chat.contact-too-many", limit=MAX_CONTACTS)


def _is_full(db: Connection, account_id: AccountId) -> bool:
    known = [one for one in store.contacts_of(db, account_id) if one.is_known]
    return len(known) >= MAX_CONTACTS


def _is_crowded(db: Connection, account_id: AccountId) -> bool:
    strangers = [one for one in store.contacts_of(db, account_id) if not one.is_known]
    return len(strangers) >= MAX_STRANGERS


def _exchange(db: Connection, me: Party, peer: Party, act: Act, request: bytes = b"") -> Said:
    """Change this side, and the other one if it is here and does not block this one."""
    account_id = _account(me)
    mine = store.find_contact(db, account_id, peer.address) or Contact(peer.address)
    told = outgoing(mine.standing, act)
    mine = replace(mine, peer=peer.account_id)
    _keep(db, account_id, mine, told.standing)
    if not told.goes_on or peer.account_id is None:
        return Said(act, told.goes_on, peer.account_id)
    blocked = store.blocked_by(db, peer.account_id)
    if not {me.address, me.address.partition("@")[2]}.isdisjoint(blocked):
        return Said(act, False, peer.account_id)
    shown, answer = _receive(db, peer.account_id, me, act, request)
    if answer is not None:
        _receive(db, account_id, peer, answer)
    return Said(act, True, peer.account_id, shown, answer)


def _receive(
    db: Connection, account_id: AccountId, sender: Party, act: Act, request: bytes = b""
) -> tuple[bool, Act | None]:
    """Change the side that hears ``act``; return whether it is shown, and what is answered."""
    before = store.find_contact(db, account_id, sender.address)
    contact = before or Contact(sender.address)
    heard = incoming(contact.standing, act)
    if before is None and heard.standing.asked and _is_crowded(db, account_id):
        return False, None
    contact = replace(contact, peer=sender.account_id)
    if heard.shown and act is Act.ASK:
        contact = replace(contact, request=request if len(request) <= MAX_REQUEST_BYTES else b"")
    _keep(db, account_id, contact, heard.standing)
    return heard.shown, heard.answer


def _keep(db: Connection, account_id: AccountId, contact: Contact, standing: Standing) -> None:
    request = contact.request if standing.asked else b""
    tied = standing.sees or standing.seen or standing.asks
    after = replace(contact, standing=standing, request=request, listed=contact.listed or tied)
    store.keep_contact(db, account_id, after)


def _of_fellow(act: Act) -> Act | None:
    return Act.ALLOW if act is Act.ASK else None
