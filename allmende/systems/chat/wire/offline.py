"""What waited for somebody is sent when they come; what was not seen waits. XEP-0160."""

from collections.abc import Sequence
from typing import Final

from allmende.protocols.xml.tree import parse
from allmende.protocols.xmpp import hints
from allmende.protocols.xmpp.delay import DELAY_NAME, delay
from allmende.protocols.xmpp.forwarding import content_of
from allmende.protocols.xmpp.ids import stanza_id
from allmende.protocols.xmpp.names import CLIENT
from allmende.protocols.xmpp.stanza import Stanza, stanza_of
from allmende.systems.chat.service.personal import Unseen, WaitingService
from allmende.systems.chat.wire.iq import IqTable, Where
from allmende.systems.chat.wire.outlet import Left
from allmende.systems.chat.wire.session import Session, What

FEATURE: Final = "msgoffline"
_MESSAGES: Final = frozenset((What.MESSAGE, What.KEPT))


class Offline:
    """Is a `router.Leaving`. ``domain``: ours, in whose name messages were held back."""

    def __init__(self, domain: str, waiting: WaitingService) -> None:
        self._domain = domain
        self._waiting = waiting

    def join(self, table: IqTable) -> None:
        """Say that we do this."""
        table.announce(Where.SERVER, FEATURE)

    async def arrived(self, session: Session) -> None:
        """A session is available, with a priority of 0 or more: give it what waited."""
        found = await self._waiting.waiting(session.account)
        for one in found:
            stanza = stanza_from(one.content)
            if not stanza.has(DELAY_NAME):
                stanza = stanza.adding(delay(one.sent_at, self._domain))
            if one.uid:
                stanza = stanza.adding(stanza_id(one.uid, str(session.jid.bare)))
            session.send(stanza.having(to=str(session.jid)), What.MESSAGE)
        if found:
            await self._waiting.taken(session.account, found[-1])

    async def left(self, session: Session, left: Sequence[Left]) -> None:
        """Keep what is worth it of what the client of a session may never have seen."""
        unseen: list[Unseen] = []
        for one in left:
            if one.what in _MESSAGES:
                stanza = stanza_from(one.data)
                if stanza.kind == "message" and hints.may_wait(stanza):
                    archived = one.what is What.KEPT
                    unseen.append(Unseen(content_of(stanza), archived))
        await self._waiting.keep(session.account, unseen)


def stanza_from(data: bytes) -> Stanza:
    """Return a stanza of ours as it was written, whether or not it says its namespace."""
    frame = parse(b"<x xmlns='%s'>%s</x>" % (CLIENT.encode(), data))
    return stanza_of(next(iter(frame)))
