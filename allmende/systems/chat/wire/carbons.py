"""Copies of a person's messages for those of their apps that want them. XEP-0280."""

from collections.abc import Collection
from typing import Final

from allmende.protocols.xml.tree import Element
from allmende.protocols.xmpp import carbons
from allmende.protocols.xmpp.errors import StanzaError
from allmende.protocols.xmpp.forwarding import content_of
from allmende.protocols.xmpp.jid import Jid
from allmende.protocols.xmpp.stanza import Stanza
from allmende.systems.chat.wire.iq import IqTable, Request, Where
from allmende.systems.chat.wire.session import Session, Sessions, What

_FEATURES: Final = (carbons.CARBONS, carbons.RULES)


class Carbons:
    """Add it to a table with `join`."""

    def __init__(self, sessions: Sessions) -> None:
        self._sessions = sessions

    def join(self, table: IqTable) -> None:
        """Let apps say whether they want copies."""
        table.add(Where.ACCOUNT, carbons.ENABLE, self._enable, *_FEATURES)
        table.add(Where.ACCOUNT, carbons.DISABLE, self._disable)
        table.announce(Where.SERVER, *_FEATURES)

    def copy(
        self, name: str, stanza: Stanza, owner: Jid, got: Collection[Session], what: What
    ) -> None:
        """Send copies of ``stanza`` to those of ``owner``'s sessions that did not get it.

        ``name``: `carbons.SENT` or `carbons.RECEIVED`.
        """
        others = [
            session
            for session in self._sessions.of(owner.bare).values()
            if session.carbons and session not in got
        ]
        if not others or not carbons.is_copied(stanza):
            return
        content = content_of(stanza)
        for session in others:
            session.send(carbons.copy(name, content, stanza.type, owner, session.jid), what)

    async def _enable(self, request: Request) -> Element | None:
        _own_session(request).carbons = True
        return None

    async def _disable(self, request: Request) -> Element | None:
        _own_session(request).carbons = False
        return None


def _own_session(request: Request) -> Session:
    if request.session is None or not request.is_own:
        raise StanzaError("forbidden")
    if not request.is_set:
        raise StanzaError("bad-request")
    return request.session
