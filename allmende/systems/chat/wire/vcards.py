"""The old card of a person: XEP-0054, with the picture of XEP-0398."""

from typing import Final

from allmende.protocols.xml.tree import Element, parse, write
from allmende.protocols.xmpp import vcard
from allmende.protocols.xmpp.errors import StanzaError
from allmende.systems.chat.service.papers import PaperService
from allmende.systems.chat.wire.avatars import Avatars
from allmende.systems.chat.wire.iq import IqTable, Request, Where
from allmende.systems.chat.wire.pep import Accounts, Pep, own_caller

_NOT_THERE: Final = "item-not-found"


class Vcards:
    """Answers for the cards of all accounts."""

    def __init__(
        self, papers: PaperService, avatars: Avatars, accounts: Accounts, pep: Pep
    ) -> None:
        self._papers = papers
        self._avatars = avatars
        self._accounts = accounts
        self._pep = pep

    def join(self, table: IqTable) -> None:
        """Let it answer."""
        table.add(Where.ACCOUNT, vcard.NAME, self.ask, vcard.VCARD, vcard.CONVERSION)

    async def ask(self, request: Request) -> Element | None:
        """Return a card, or keep one's own."""
        if request.is_set:
            await self._keep(request)
            return None
        account = await self._accounts.account_at(str(request.target.bare))
        if account is None:
            raise StanzaError(_NOT_THERE)
        kept = await self._papers.vcard(account)
        reader = await self._pep.reader(request, account)
        picture = await self._avatars.picture(account, reader)
        if kept is None and picture is None:
            if request.is_own:
                return vcard.EMPTY
            raise StanzaError(_NOT_THERE)
        card = vcard.EMPTY if kept is None else parse(kept)
        return card if picture is None else vcard.with_photo(card, *picture)

    async def _keep(self, request: Request) -> None:
        who, owner = own_caller(request), request.target.bare
        if who.account_id is None:
            raise StanzaError("forbidden")
        photo = vcard.photo_of(request.payload)
        if photo is not None:
            await self._avatars.keep(owner, who, photo)
        await self._papers.keep_vcard(who, write(vcard.without_photo(request.payload)))
        if photo is None:
            await self._avatars.remove(owner, who, who.account_id)
