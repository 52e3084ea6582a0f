"""Blocking over XMPP. XEP-0191: both sides see each other go, and come again."""

from collections.abc import Sequence

from allmende.protocols.xml.tree import Element
from allmende.protocols.xmpp.blocking import (
    BLOCK,
    BLOCKED,
    BLOCKLIST,
    NAMESPACE,
    UNBLOCK,
    forms,
    listed,
    read_items,
)
from allmende.protocols.xmpp.errors import StanzaError
from allmende.protocols.xmpp.jid import Jid
from allmende.protocols.xmpp.names import CLIENT
from allmende.protocols.xmpp.stanza import Stanza
from allmende.systems.chat.service.contacts import ContactService
from allmende.systems.chat.wire.iq import IqTable, Request, Where
from allmende.systems.chat.wire.outlet import Left
from allmende.systems.chat.wire.session import Session, Sessions, What
from allmende.systems.chat.wire.sight import Sight, View


class Blocking:
    """Add it to a table with `join`; the router and messages ask it too."""

    def __init__(
        self, contacts: ContactService, sight: Sight, sessions: Sessions, table: IqTable
    ) -> None:
        self._contacts = contacts
        self._sight = sight
        self._sessions = sessions
        self._table = table
        self._asked: set[Jid] = set()
        self._pushes = 0

    def join(self) -> None:
        """Let it answer."""
        self._table.add(Where.ACCOUNT, BLOCKLIST, self._list, NAMESPACE)
        self._table.add(Where.ACCOUNT, BLOCK, self._block)
        self._table.add(Where.ACCOUNT, UNBLOCK, self._unblock)
        self._table.announce(Where.SERVER, NAMESPACE)

    async def require_open(self, session: Session, to: Jid) -> None:
        """Raise StanzaError if the sender blocks whom they write to (XEP-0191, 3.6)."""
        circle = await self._contacts.circle(session.account)
        if circle.blocks(forms(to)):
            raise StanzaError("not-acceptable", kind="cancel", more=BLOCKED)

    async def left(self, session: Session, _left: Sequence[Left]) -> None:
        """Its stream is over."""
        self._asked.discard(session.jid)

    # --- answers ------------------------------------------------------------------------

    async def _list(self, request: Request) -> Element:
        session = _own(request)
        if request.is_set:
            raise StanzaError("bad-request")
        self._asked.add(session.jid)
        circle = await self._contacts.circle(session.account)
        return listed(BLOCKLIST, sorted(circle.blocked))

    async def _block(self, request: Request) -> None:
        session = _own(request)
        addresses = [str(jid) for jid in read_items(request.payload)]
        if not addresses or not request.is_set:
            raise StanzaError("bad-request")
        before = self._sight.view(session.jid.bare)
        await self._contacts.block(session.account, addresses)
        await self._changed(session.jid.bare, before, listed(BLOCK, addresses))

    async def _unblock(self, request: Request) -> None:
        session = _own(request)
        if not request.is_set:
            raise StanzaError("bad-request")
        addresses = [str(jid) for jid in read_items(request.payload)]
        before = self._sight.view(session.jid.bare)
        await self._contacts.unblock(session.account, addresses or None)
        await self._changed(session.jid.bare, before, listed(UNBLOCK, addresses))

    # --- inside -------------------------------------------------------------------------

    async def _changed(self, bare: Jid, before: View, news: Element) -> None:
        """Those who see each other no more, or again, are shown that; clients hear the list."""
        await self._sight.refresh(bare)
        self._sight.show_difference(bare, before)
        self._pushes += 1
        for session in self._sessions.of(bare).values():
            if session.jid in self._asked:
                attributes = {"type": "set", "id": f"block{self._pushes}", "to": str(session.jid)}
                session.send(Stanza("iq", CLIENT, attributes).adding(news), What.IQ)


def _own(request: Request) -> Session:
    if request.session is None or not request.is_own:
        raise StanzaError("forbidden")
    return request.session
