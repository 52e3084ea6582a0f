"""Who sees whom: the lists of those who are here, what changes in them, and what follows."""

import asyncio
from collections.abc import Awaitable, Callable, Collection, Iterator
from dataclasses import dataclass
from typing import Final

from allmende.core.ids import AccountId
from allmende.protocols.xmpp import roster
from allmende.protocols.xmpp.blocking import forms
from allmende.protocols.xmpp.jid import Jid, JidMalformed, parse
from allmende.protocols.xmpp.names import CLIENT
from allmende.protocols.xmpp.stanza import Stanza
from allmende.systems.chat.model.contacts import Circle, Contact
from allmende.systems.chat.wire.session import Session, Sessions, What

CircleOf = Callable[[AccountId], Awaitable[Circle]]

_SUBSCRIPTIONS: Final = {
    (False, False): "none",
    (True, False): "to",
    (False, True): "from",
    (True, True): "both",
}


@dataclass(frozen=True, slots=True)
class View:
    """Sessions that are shown an account, and those that it is shown."""

    watchers: frozenset[Session]
    owners: frozenset[Session]


class Sight:
    """Knows the list of each account that has a session, as its clients were last told."""

    def __init__(self, circle_of: CircleOf, sessions: Sessions) -> None:
        self._circle_of = circle_of
        self._sessions = sessions
        self._told: dict[Jid, Circle] = {}
        self._locks: dict[Jid, asyncio.Lock] = {}
        self._pushes = 0

    async def begin(self, session: Session) -> Circle:
        """Return the list of a session's account, and tell its clients of changes from now on."""
        bare = session.jid.bare
        if bare not in self._told:
            found = await self._circle_of(session.account)
            self._told.setdefault(bare, found)
            await self.refresh(bare)  # what changed while it was read
        return self._told[bare]

    def end(self, bare: Jid) -> None:
        """Forget the list of an account that has no session any more."""
        if not self._sessions.of(bare):
            self._told.pop(bare, None)
            self._locks.pop(bare, None)

    def circle(self, bare: Jid) -> Circle | None:
        """Return the list of an account that is here."""
        return self._told.get(bare)

    # --- who is shown to whom -----------------------------------------------------------

    def may_see(self, watcher: Jid, owner: Jid) -> bool:
        """Return whether somebody is shown when an account of this server is here."""
        told = self._told.get(owner.bare)
        if told is None:
            return False
        return told.contact(str(watcher.bare)).standing.seen and not self.is_cut(watcher, owner)

    def is_cut(self, one: Jid, other: Jid) -> bool:
        """Return whether either of two blocks the other, as far as they are here."""
        return any(
            told is not None and told.blocks(forms(blocked))
            for told, blocked in (
                (self._told.get(one.bare), other),
                (self._told.get(other.bare), one),
            )
        )

    def watchers(self, owner: Jid) -> Iterator[Session]:
        """Yield the sessions that are shown ``owner``: those of contacts, and its own."""
        yield from self.available(owner.bare)
        told = self._told.get(owner.bare)
        for contact in told.contacts.values() if told is not None else ():
            if contact.standing.seen and contact.peer is not None:
                watcher = _jid(contact)
                if watcher is not None:
                    shown = self.available(watcher)
                    yield from (one for one in shown if not self.is_cut(one.jid, owner))

    def seen_by(self, watcher: Jid) -> Iterator[Session]:
        """Yield the sessions of contacts that are here and shown to ``watcher``."""
        told = self._told.get(watcher.bare)
        for contact in told.contacts.values() if told is not None else ():
            if contact.standing.sees and contact.peer is not None:
                owner = _jid(contact)
                if owner is not None:
                    here = self.available(owner)
                    yield from (one for one in here if self.may_see(watcher, one.jid))

    def view(self, bare: Jid) -> View:
        """Return who sees an account at this moment, and whom it sees."""
        watchers = frozenset(one for one in self.watchers(bare) if one.jid.bare != bare)
        return View(watchers, frozenset(self.seen_by(bare)))

    def show_difference(self, bare: Jid, before: View) -> None:
        """Show to both sides who sees whom no more, or again."""
        now, own = self.view(bare), self.available(bare)
        for here, lost, found in (
            (True, before.watchers - now.watchers, now.watchers - before.watchers),
            (False, before.owners - now.owners, now.owners - before.owners),
        ):
            for mine in own:
                for other in (*lost, *found):
                    owner, watcher = (mine, other) if here else (other, mine)
                    shown = gone(owner.jid) if other in lost else owner.presence
                    if shown is not None:
                        watcher.send(shown.having(to=str(watcher.jid.bare)), What.PRESENCE)

    def available(self, bare: Jid) -> Collection[Session]:
        """Return the sessions of an account that have said they are here."""
        return [one for one in self._sessions.of(bare).values() if one.presence is not None]

    # --- changes ------------------------------------------------------------------------

    async def refresh(self, bare: Jid) -> None:
        """Tell the clients of an account what is different in its list, and show whom it sees."""
        if bare not in self._told:
            return
        async with self._locks.setdefault(bare, asyncio.Lock()):
            session = next(iter(self._sessions.of(bare).values()), None)
            if session is None or bare not in self._told:
                self.end(bare)
                return
            after = await self._circle_of(session.account)
            before = self._told.get(bare)
            if before is None or before is after:
                return
            self._told[bare] = after
            for address in sorted({*before.contacts, *after.contacts}):
                self._follow(bare, before.contact(address), after)

    async def refresh_those(self, accounts: Collection[AccountId] | None = None) -> None:
        """Do that for the accounts that are here; None: for all of them."""
        for bare in list(self._told):
            session = next(iter(self._sessions.of(bare).values()), None)
            if session is not None and (accounts is None or session.account in accounts):
                await self.refresh(bare)

    def _follow(self, bare: Jid, before: Contact, circle: Circle) -> None:
        after = circle.contact(before.address)
        item = item_of(after)
        if item is None:
            return
        if not after.is_shown and before.is_shown:
            self._push(bare, roster.Item(item.jid, subscription="remove"), circle.version)
        elif after.is_shown and (not before.is_shown or item != item_of(before)):
            self._push(bare, item, circle.version)
        if after.standing.sees != before.standing.sees and item.jid.bare != bare:
            self._show(bare, item.jid, is_here=after.standing.sees)

    def _push(self, bare: Jid, item: roster.Item, version: str) -> None:
        """Tell every client that has asked for the list (RFC 6121, 2.1.6)."""
        self._pushes += 1
        query = roster.query_of([item], version)
        for session in self._sessions.of(bare).values():
            if session.interested:
                attributes = {"type": "set", "id": f"list{self._pushes}", "to": str(session.jid)}
                session.send(Stanza("iq", CLIENT, attributes).adding(query), What.IQ)

    def _show(self, bare: Jid, contact: Jid, *, is_here: bool) -> None:
        """Show the devices of a contact, or that they are gone for this watcher."""
        if is_here and self.is_cut(bare, contact):
            return
        for owner in self.available(contact):
            shown = owner.presence if is_here else gone(owner.jid)
            if shown is not None:
                for session in self.available(bare):
                    session.send(shown.having(to=str(bare)), What.PRESENCE)


def gone(jid: Jid) -> Stanza:
    """Return that a device is not here any more."""
    return Stanza("presence", CLIENT, {"from": str(jid), "type": "unavailable"})


def item_of(contact: Contact) -> roster.Item | None:
    """Return a contact as it is written; None if its address cannot be."""
    jid, stands = _jid(contact), contact.standing
    if jid is None:
        return None
    return roster.Item(
        jid,
        contact.name,
        contact.labels,
        _SUBSCRIPTIONS[stands.sees, stands.seen],
        ask=stands.asks,
        approved=stands.approved,
    )


def _jid(contact: Contact) -> Jid | None:
    try:
        return parse(contact.address)
    except JidMalformed:
        return None
