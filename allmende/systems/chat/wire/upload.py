"""Places for files over XMPP: XEP-0363, at an address of its own."""

from allmende.core.errors import QuotaExceeded
from allmende.protocols.xml.tree import Element
from allmende.protocols.xmpp import disco, upload
from allmende.protocols.xmpp.disco import INFO_NAME, ITEMS_NAME
from allmende.protocols.xmpp.errors import StanzaError
from allmende.systems.chat.service.uploads import TooMuchToday, UploadService
from allmende.systems.chat.wire.errors import Translate
from allmende.systems.chat.wire.house import PING
from allmende.systems.chat.wire.iq import IqTable, Request, Where


class Upload:
    """Answers for the host of files."""

    def __init__(self, uploads: UploadService, table: IqTable, translate: Translate) -> None:
        self._uploads = uploads
        self._table = table
        self._translate = translate

    def join(self) -> None:
        """Let it answer."""
        table = self._table
        table.announce(Where.FILES, disco.INFO, disco.ITEMS)
        table.add(Where.FILES, upload.NAME, self._ask, upload.UPLOAD)
        table.add(Where.FILES, INFO_NAME, self._info)
        table.add(Where.FILES, ITEMS_NAME, self._items)
        table.add(Where.FILES, f"{PING} ping", self._pong, PING)

    async def _ask(self, request: Request) -> Element:
        """Return a place for a file of one of our own."""
        if request.is_set:
            raise StanzaError("bad-request")
        if request.session is None:
            raise StanzaError("not-allowed")
        wanted = upload.read(request.payload)
        try:
            place = await self._uploads.slot(
                request.session.caller, wanted.name, wanted.size, wanted.type
            )
        except TooMuchToday as problem:
            stamp = problem.free_at.strftime("%Y-%m-%dT%H:%M:%SZ")
            raise upload.later(stamp, self._translate(problem)) from None
        except QuotaExceeded as problem:
            most = self._uploads.settings.max_bytes
            raise upload.too_large(most, self._translate(problem)) from None
        return upload.slot(place.put, place.get)

    async def _info(self, request: Request) -> Element:
        if request.payload.get("node"):
            raise StanzaError("item-not-found")
        form = upload.limits(self._uploads.settings.max_bytes)
        return disco.info([upload.IDENTITY], self._table.features(Where.FILES), forms=[form])

    async def _items(self, request: Request) -> Element:
        return disco.items((), node=request.payload.get("node"))

    async def _pong(self, _request: Request) -> Element | None:
        return None
