"""Questions and orders: every iq of type get or set is answered once. RFC 6120, 8.2.3."""

from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass
from enum import Enum, auto

from allmende.protocols.xml.tree import Element
from allmende.protocols.xmpp.errors import StanzaError
from allmende.protocols.xmpp.jid import Jid
from allmende.protocols.xmpp.stanza import Stanza
from allmende.systems.chat.wire.session import Session


class Where(Enum):
    """Whom an iq is for: an account (its own, mostly), this server, its files, the rooms, one."""

    ACCOUNT = auto()
    SERVER = auto()
    FILES = auto()
    ROOMS = auto()
    ROOM = auto()


@dataclass(frozen=True, slots=True)
class Request:
    """One iq. ``session``: None if it came from another server."""

    sender: Jid
    target: Jid
    session: Session | None
    stanza: Stanza
    payload: Element

    @property
    def is_set(self) -> bool:
        """Whether it is an order."""
        return self.stanza.type == "set"

    @property
    def is_own(self) -> bool:
        """Whether the sender asks their own account."""
        return self.sender.bare == self.target.bare


IqHandler = Callable[[Request], Awaitable[Element | None]]
"""Returns the payload of the result, None for none. Raises StanzaError, or an error of core."""


class IqTable:
    """Who answers what. A name stands for one handler in one place."""

    def __init__(self) -> None:
        self._handlers: dict[tuple[Where, str], IqHandler] = {}
        self._features: dict[Where, set[str]] = {where: set() for where in Where}

    def add(self, where: Where, name: str, handler: IqHandler, *features: str) -> None:
        """Let ``handler`` answer payloads of ``name`` (``uri local``); announce ``features``."""
        key = (where, name)
        if key in self._handlers:
            raise ValueError(f"two handlers for {name}")
        self._handlers[key] = handler
        self._features[where].update(features)

    def announce(self, where: Where, *features: str) -> None:
        """Announce what needs no handler."""
        self._features[where].update(features)

    def features(self, where: Where) -> Iterator[str]:
        """Yield what is announced there, sorted."""
        return iter(sorted(self._features[where]))

    async def answer(self, where: Where, request: Request) -> Element | None:
        """Return what the handler says. Raises what it raises, StanzaError if there is none."""
        handler = self._handlers.get((where, request.payload.name))
        if handler is None:
            raise StanzaError("service-unavailable")
        return await handler(request)
