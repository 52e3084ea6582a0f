"""The list of contacts over XMPP. RFC 6121, 2."""

from allmende.protocols.xml.tree import Element
from allmende.protocols.xmpp.errors import StanzaError
from allmende.protocols.xmpp.roster import QUERY, query_of, read_item, read_version
from allmende.systems.chat.service.contacts import ContactService, Party
from allmende.systems.chat.wire.iq import IqTable, Request, Where
from allmende.systems.chat.wire.presence import Presence
from allmende.systems.chat.wire.session import Session
from allmende.systems.chat.wire.sight import Sight, item_of


class Roster:
    """Add it to a table with `join`."""

    def __init__(
        self, contacts: ContactService, sight: Sight, presence: Presence, table: IqTable
    ) -> None:
        self._contacts = contacts
        self._sight = sight
        self._presence = presence
        self._table = table

    def join(self) -> None:
        """Let it answer."""
        self._table.add(Where.ACCOUNT, QUERY, self._answer)

    async def _answer(self, request: Request) -> Element | None:
        session = request.session
        if session is None or not request.is_own:
            raise StanzaError("forbidden")
        if not request.is_set:
            return await self._read(session, request.payload)
        await self._change(session, request.payload)
        return None

    async def _read(self, session: Session, query: Element) -> Element | None:
        """Nothing is sent to a client that has the list as it is (RFC 6121, 2.6.3)."""
        session.interested = True
        await self._sight.begin(session)
        circle = await self._contacts.circle(session.account)
        version = read_version(query)
        if version == circle.version:
            return None
        items = [item for one in circle.shown() if (item := item_of(one)) is not None]
        return query_of(items, None if version is None else circle.version)

    async def _change(self, session: Session, query: Element) -> None:
        item, me = read_item(query), session.jid.bare
        address = str(item.jid.bare)
        if item.is_removal:
            said = await self._contacts.drop(Party(session.account, str(me)), address)
            for one in said:
                self._presence.tell(me, item.jid.bare, one)
            await self._sight.refresh(item.jid.bare)
        else:
            await self._contacts.put(session.account, address, item.name, item.groups)
        await self._sight.refresh(me)
