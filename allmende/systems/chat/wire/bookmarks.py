"""Rooms in mind: one node, and the two older writings of it (XEP-0402, 0048, 0049).

They stand in the node of XEP-0402 alone. The old list, private or as a node, is made of it when it
is read and taken apart when it is written; what of it is no room is kept beside.
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from allmende.core.accounts import Caller
from allmende.core.errors import NotFound
from allmende.core.ids import AccountId
from allmende.protocols.xml.tree import Element, parse, write
from allmende.protocols.xmpp import bookmarks, pubsub
from allmende.protocols.xmpp.bookmarks import CURRENT, FEATURES, NODE, OLD, STORAGE
from allmende.protocols.xmpp.errors import StanzaError
from allmende.protocols.xmpp.jid import Jid
from allmende.protocols.xmpp.pubsub import Entry
from allmende.systems.chat.model.items import MAX_ITEMS, USUAL, Access, Item, SendLast
from allmende.systems.chat.service.items import OWNER, Reader
from allmende.systems.chat.service.papers import PaperService
from allmende.systems.chat.wire.iq import IqTable, Where
from allmende.systems.chat.wire.pep import Pep

OPTIONS: Final = replace(
    USUAL, access=Access.WHITELIST, max_items=MAX_ITEMS, send_last=SendLast.NEVER
)
"""What the node has, whatever its publisher forgets to ask for (XEP-0402, 3.3)."""

_NO_ROOMS: Final = "chat.no-node"


class Bookmarks:
    """Is the `pep.Mirror` of the old node."""

    def __init__(self, pep: Pep, papers: PaperService) -> None:
        self._pep = pep
        self._papers = papers

    def join(self, table: IqTable) -> None:
        """Let it stand for the old node, and announce that it does."""
        self._pep.usually(NODE, OPTIONS)
        self._pep.mirror(OLD, self)
        self._pep.on_change(NODE, self._changed)
        table.announce(Where.ACCOUNT, *FEATURES)

    async def storage(self, who: Caller, account: AccountId) -> Element:
        """Return the old list."""
        rooms = [(item.name, parse(item.payload)) for item in await self._rooms(account)]
        others = await self._papers.private(who, STORAGE)
        return bookmarks.write_old(rooms, () if others is None else parse(others))

    async def keep_storage(self, owner: Jid, who: Caller, storage: Element) -> None:
        """Let the rooms be those of an old list. Raises StanzaError ``bad-request``."""
        if storage.name != STORAGE or who.account_id is None:
            raise StanzaError("bad-request")
        before = {item.name: parse(item.payload) for item in await self._rooms(who.account_id)}
        wanted = [
            (address, write(bookmarks.merged(room, before.get(address))))
            for address, room in bookmarks.read_old(storage).items()
        ]
        others = bookmarks.others_of(storage)
        await self._papers.keep_private(who, STORAGE, write(others) if others.content else None)
        done, gone = await self._pep.items.replace_all(who, NODE, wanted, OPTIONS)
        await self._pep.tell_gone(owner, who, done.node, gone)
        await self._pep.tell(owner, who, done)

    # --- the old node -------------------------------------------------------------------

    async def publish(self, owner: Jid, who: Caller, items: Sequence[Entry]) -> Sequence[str]:
        """Take an old list; whatever its item is called, there is one."""
        storage = items[-1].payload
        if storage is None:
            raise pubsub.problem("bad-request", "payload-required")
        await self.keep_storage(owner, who, storage)
        return [CURRENT]

    async def entries(self, owner: AccountId, reader: Reader) -> Sequence[Entry]:
        """Return the old list as the one item. Raises NotFound for others, and without rooms."""
        rooms = await self._rooms(owner) if reader.is_owner else ()
        if not rooms:
            raise NotFound(_NO_ROOMS)
        storage = await self.storage(Caller(account_id=owner), owner)
        return [Entry(CURRENT, storage)]

    async def _changed(self, owner: Jid, who: Caller) -> None:
        """Tell clients that know the old node alone."""
        try:
            node = await self._pep.items.node(who, NODE)
        except NotFound:  # the node itself was deleted
            return
        storage = await self.storage(who, node.account_id)
        event = pubsub.told_items(OLD, [Entry(CURRENT, storage)])
        await self._pep.send_event(owner, node, OLD, event)

    async def _rooms(self, owner: AccountId) -> Sequence[Item]:
        """Return the rooms, the oldest first; those beyond what one answer holds are left out."""
        try:
            found = await self._pep.items.items(owner, OWNER, NODE)
        except NotFound:
            return ()
        return found[::-1]
