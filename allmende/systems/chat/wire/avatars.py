"""Pictures of accounts: published in two nodes, shown in the old card, named in presence.

XEP-0084, 0153, 0398. The picture stands in its node alone; the card gets it when it is read. What
is not seen in a picture does not come in with it; since a picture is called by its hash, it then
has another name, and what is said of it is changed alike.
"""

from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Final, Protocol

from allmende.core.accounts import Caller
from allmende.core.errors import NotFound
from allmende.core.ids import AccountId
from allmende.protocols.xml.tree import Element, parse, write
from allmende.protocols.xmpp import avatar
from allmende.protocols.xmpp.avatar import DATA, METADATA, Info
from allmende.protocols.xmpp.errors import StanzaError
from allmende.protocols.xmpp.jid import Jid
from allmende.protocols.xmpp.pubsub import Entry
from allmende.systems.chat.model.items import USUAL, Access
from allmende.systems.chat.service.items import OWNER, Reader
from allmende.systems.chat.wire.pep import Pep

OPTIONS: Final = replace(USUAL, access=Access.OPEN)
"""The picture of a card is for everybody, so that of its nodes is where they do not say."""

REMEMBERED: Final = 10_000

Renewed = Callable[[Jid], Awaitable[None]]
"""Called when an account has another picture: its presence says so."""


class Baring(Protocol):
    """Takes out of pictures what is not seen: `transports.pictures.Pictures`."""

    async def bare(self, data: bytes) -> bytes:
        """Return the picture without it. Raises InvalidInput, Unavailable."""
        ...


class Avatars:
    """Keeps pictures in their nodes, and knows which one is shown."""

    def __init__(self, pep: Pep, pictures: Baring | None = None) -> None:
        self._pep = pep
        self._pictures = pictures
        self._called: dict[tuple[Jid, str], Info] = {}
        self._renewed: Renewed | None = None
        self._hashes: dict[Jid, str] = {}

    def join(self) -> None:
        """Look after the two nodes."""
        for node in (DATA, METADATA):
            self._pep.usually(node, OPTIONS)
        self._pep.guard(DATA, self._guard_data)
        self._pep.guard(METADATA, self._guard_metadata)
        self._pep.on_change(METADATA, self._changed)

    def on_renewal(self, renewed: Renewed) -> None:
        """Call ``renewed`` after each change."""
        self._renewed = renewed

    async def hash_of(self, owner: Jid, account: AccountId) -> str:
        """Return what presence says of the picture, "" for none."""
        known = self._hashes.get(owner)
        if known is None:
            known = (await self._shown(account, OWNER))[0]
            if len(self._hashes) >= REMEMBERED:
                self._hashes.pop(next(iter(self._hashes)))
            self._hashes[owner] = known
        return known

    async def picture(self, account: AccountId, reader: Reader) -> tuple[str, bytes] | None:
        """Return the type and the bytes of the picture, as far as the reader may see it."""
        number, kind = await self._shown(account, reader)
        found = await self._newest(account, reader, DATA, number) if number else None
        return None if found is None else (kind, avatar.picture_in(found))

    async def keep(self, owner: Jid, who: Caller, data: bytes) -> None:
        """Publish a picture that came with a card. Raises StanzaError for what is none."""
        avatar.info_of(data)
        bare = await self._bare(data)
        info = avatar.info_of(bare)
        for node, one in ((DATA, avatar.data_of(bare)), (METADATA, avatar.metadata_of(info))):
            items = self._pep.items
            done = await items.publish(who, node, [(info.id, write(one))], None, OPTIONS)
            await self._pep.tell(owner, who, done)

    async def remove(self, owner: Jid, who: Caller, account: AccountId) -> None:
        """Say that there is no picture any more, if there was one."""
        if not (await self._shown(account, OWNER))[0]:
            return
        nothing = [("none", write(avatar.metadata_of(None)))]
        done = await self._pep.items.publish(who, METADATA, nothing, None, OPTIONS)
        await self._pep.tell(owner, who, done)

    async def _guard_data(self, owner: Jid, item: Entry) -> Entry:
        data = checked_picture(item)
        bare = await self._bare(data)
        if bare == data:
            return item
        info = avatar.info_of(bare)
        if len(self._called) >= REMEMBERED:
            self._called.pop(next(iter(self._called)))
        self._called[owner, item.name.lower()] = info
        return Entry(info.id, avatar.data_of(bare))

    async def _bare(self, data: bytes) -> bytes:
        if self._pictures is None or not avatar.is_known(data):
            return data
        return await self._pictures.bare(data)

    async def _guard_metadata(self, owner: Jid, item: Entry) -> Entry:
        said = item.payload
        named = "" if said is None else avatar.current(said)[0]
        info = self._called.get((owner, named))
        return item if info is None else Entry(info.id, avatar.metadata_of(info))

    async def _shown(self, account: AccountId, reader: Reader) -> tuple[str, str]:
        found = await self._newest(account, reader, METADATA)
        return ("", "") if found is None else avatar.current(found)

    async def _newest(
        self, account: AccountId, reader: Reader, node: str, name: str = ""
    ) -> Element | None:
        names = [name] if name else ()
        try:
            found = await self._pep.items.items(account, reader, node, names=names, most=1)
        except NotFound:
            return None
        return parse(found[0].payload) if found else None

    async def _changed(self, owner: Jid, _who: Caller) -> None:
        self._hashes.pop(owner, None)
        if self._renewed is not None:
            await self._renewed(owner)


def checked_picture(item: Entry) -> bytes:
    """Return what is published as a picture. Raises StanzaError for a bomb, and a wrong name.

    What is of no format that is known here passes as it is.
    """
    if item.payload is None:
        raise StanzaError("bad-request")
    data = avatar.picture_in(item.payload)
    if avatar.is_known(data):
        avatar.info_of(data)
    elif len(data) > avatar.MAX_BYTES:
        raise StanzaError("resource-constraint", kind="modify")
    if item.name.lower() != avatar.number_of(data):
        raise StanzaError("bad-request", "the name of the item is not the hash of the picture")
    return data
