"""Private data of clients: XEP-0049. The list of rooms in it stands elsewhere."""

from typing import Final

from allmende.protocols.xml.tree import Element, element, parse, write
from allmende.protocols.xmpp.bookmarks import STORAGE
from allmende.protocols.xmpp.errors import StanzaError
from allmende.systems.chat.service.papers import PaperService
from allmende.systems.chat.wire.bookmarks import Bookmarks
from allmende.systems.chat.wire.iq import IqTable, Request, Where
from allmende.systems.chat.wire.pep import own_caller

PRIVATE: Final = "jabber:iq:private"


class Private:
    """Answers for what nobody but its owner reads."""

    def __init__(self, papers: PaperService, bookmarks: Bookmarks) -> None:
        self._papers = papers
        self._bookmarks = bookmarks

    def join(self, table: IqTable) -> None:
        """Let it answer."""
        table.add(Where.ACCOUNT, f"{PRIVATE} query", self.ask, PRIVATE)

    async def ask(self, request: Request) -> Element | None:
        """Answer with what is kept under the name of the one element inside, or keep it."""
        who = own_caller(request)
        inside = list(request.payload)
        if len(inside) != 1 or not inside[0].namespace:
            raise StanzaError("bad-request" if inside else "not-acceptable")
        paper = inside[0]
        if paper.name == STORAGE:
            return await self._rooms(request, paper)
        if request.is_set:
            await self._papers.keep_private(who, paper.name, write(paper))
            return None
        found = await self._papers.private(who, paper.name)
        return element(PRIVATE, "query", paper if found is None else parse(found))

    async def _rooms(self, request: Request, paper: Element) -> Element | None:
        who, owner = own_caller(request), request.target.bare
        if who.account_id is None:
            raise StanzaError("forbidden")
        if request.is_set:
            await self._bookmarks.keep_storage(owner, who, paper)
            return None
        return element(PRIVATE, "query", await self._bookmarks.storage(who, who.account_id))
