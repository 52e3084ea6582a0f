"""Reading archives over XMPP. XEP-0313, XEP-0441. Rooms answer with the same `send_page`."""

from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import datetime
from typing import Final, Protocol

from allmende.core.accounts import Caller
from allmende.protocols.xml.tree import Element
from allmende.protocols.xmpp import mam
from allmende.protocols.xmpp.errors import StanzaError
from allmende.protocols.xmpp.ids import SID
from allmende.protocols.xmpp.mam import Preferences, Query
from allmende.protocols.xmpp.names import CLIENT
from allmende.protocols.xmpp.stanza import Child, Stanza
from allmende.systems.chat.model.history import MAX_PAGE, PAGE, Asked, Ends, HistoryPage
from allmende.systems.chat.model.personal import Choice, Usually
from allmende.systems.chat.wire.iq import IqTable, Request, Where
from allmende.systems.chat.wire.session import Session, What

FEATURES: Final = (mam.MAM, mam.EXTENDED, SID)
_DEFAULTS: Final = {
    "always": Usually.ALWAYS,
    "roster": Usually.CONTACTS,
    "never": Usually.NEVER,
}
_NAMES: Final = {usually: name for name, usually in _DEFAULTS.items()}


class Archive(Protocol):
    """`service.history.PersonalHistory`."""

    async def page(self, who: Caller, asked: Asked) -> HistoryPage:
        """Return a page."""
        ...

    async def ends(self, who: Caller) -> Ends | None:
        """Return where the archive begins and ends."""
        ...

    async def choice(self, who: Caller) -> Choice:
        """Return what is kept."""
        ...

    async def choose(self, who: Caller, choice: Choice) -> Choice:
        """Keep this from now on."""
        ...


class Archives:
    """The archive of an account, for its own apps. Add it to a table with `join`."""

    def __init__(self, archive: Archive) -> None:
        self._archive = archive

    def join(self, table: IqTable) -> None:
        """Let it answer."""
        table.add(Where.ACCOUNT, mam.QUERY, self._query, *FEATURES)
        table.add(Where.ACCOUNT, mam.METADATA, self._metadata)
        table.add(Where.ACCOUNT, mam.PREFS, self._preferences)

    async def _query(self, request: Request) -> Element | None:
        session = _own_session(request)
        if not request.is_set:
            return mam.fields()
        return await send_page(
            request, session, lambda asked: self._archive.page(session.caller, asked)
        )

    async def _metadata(self, request: Request) -> Element | None:
        return metadata_of(await self._archive.ends(_own_session(request).caller))

    async def _preferences(self, request: Request) -> Element | None:
        who = _own_session(request).caller
        choice = await self._archive.choice(who)
        if request.is_set:
            wanted = mam.read_preferences(request.payload)
            choice = await self._archive.choose(
                who,
                replace(
                    choice,
                    usually=_DEFAULTS[wanted.default],
                    always=frozenset(wanted.always),
                    never=frozenset(wanted.never),
                ),
            )
        shown = Preferences(_NAMES[choice.usually], sorted(choice.always), sorted(choice.never))
        return mam.preferences(shown)


async def send_page(
    request: Request, session: Session, read: Callable[[Asked], Awaitable[HistoryPage]]
) -> Element:
    """Send what a query asks for, each message from the archive's address; return the end of it.

    Raises StanzaError, and what ``read`` raises.
    """
    query = mam.read_query(request.payload)
    page = await read(asked_of(query))
    items = page.items[::-1] if query.flip else page.items
    attributes = {"from": str(request.target), "to": str(session.jid)}
    for item in items:
        inner = mam.result(query.id, item.uid, item.sent_at, item.content)
        found = Stanza("message", CLIENT, attributes, inner, [Child(mam.RESULT, 0, len(inner))])
        session.send(found, What.KEPT)
    first, last = (items[0].uid, items[-1].uid) if items else ("", "")
    return mam.fin(first, last, complete=page.complete)


def asked_of(query: Query) -> Asked:
    """Return what a query asks for, in the words of the archive."""
    peer = query.peer
    return Asked(
        peer="" if peer is None else str(peer.bare),
        resource="" if peer is None else peer.resource,
        since=query.since,
        until=query.until,
        later_than=query.after_id,
        earlier_than=query.before_id,
        after=query.page.after,
        before=query.page.before,
        newest=query.page.last,
        uids=query.ids,
        most=PAGE if query.page.most is None else min(query.page.most, MAX_PAGE),
    )


def metadata_of(ends: Ends | None) -> Element:
    """Return where an archive begins and ends."""
    found: tuple[tuple[str, datetime], tuple[str, datetime]] | None = None
    if ends is not None:
        found = (ends.oldest, ends.newest)
    return mam.metadata(found)


def _own_session(request: Request) -> Session:
    """Nobody reads another's archive, nor learns whether there is one."""
    if request.session is None or not request.is_own:
        raise StanzaError("forbidden")
    return request.session
