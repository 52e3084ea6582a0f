"""All that goes to other servers and comes from them. Spec chat, 7."""

import logging
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any, Final

from allmende.protocols.xmpp.errors import StanzaError, error_of
from allmende.protocols.xmpp.jid import JidMalformed, parse
from allmende.protocols.xmpp.stanza import Stanza
from allmende.systems.chat.wire.servers.around import Around, Incoming, ServerLine
from allmende.systems.chat.wire.servers.inbound import Inbound
from allmende.systems.chat.wire.servers.problems import NOT_FOUND, TIMEOUT
from allmende.systems.chat.wire.servers.route import Route
from allmende.systems.chat.wire.servers.state import States

_log: Final = logging.getLogger(__name__)
MAX_ROUTES: Final = 5000

Start = Callable[[Coroutine[Any, Any, None]], object]


class Servers:
    """``start`` runs work beside, as `Crew.start` does; it belongs to who owns the listener."""

    def __init__(self, around: Around, start: Start) -> None:
        self._around, self._start = around, start
        self._routes: dict[tuple[str, str], Route] = {}
        self._inbound: set[Inbound] = set()

    @property
    def states(self) -> States:
        """How it stands with other servers."""
        return self._around.states

    def talks_to(self, domain: str) -> bool:
        """Whether stanzas may go to a domain at all."""
        return self._around.policy.talks_to(domain)

    def take(self, stanza: Stanza) -> None:
        """Send a stanza, which has ``from`` (ours) and ``to`` (not ours). Never waits.

        Raises StanzaError when it cannot be sent; what fails later comes back as a stanza of type
        error from whom it was for.
        """
        try:
            own, other = parse(stanza.attributes.get("from", "")), parse(stanza.to)
        except JidMalformed as problem:
            raise StanzaError("jid-malformed") from problem
        if not self._around.policy.talks_to(other.domain):
            raise StanzaError(NOT_FOUND)
        if not self._around.policy.is_ours(own.domain):
            raise AssertionError("only what is ours is sent")
        route = self._route(own.domain, other.domain)
        route.put(stanza)
        if not route.running:
            route.running = True
            self._start(_guarded(route.run()))

    async def serve(self, line: ServerLine) -> None:
        """Serve a server that connected to us, until it is gone."""
        inbound = Inbound(line, self._around)
        self._inbound.add(inbound)
        try:
            await inbound.serve()
        finally:
            self._inbound.discard(inbound)

    def close(self) -> None:
        """End all streams: the house closes."""
        for route in self._routes.values():
            route.close()
        for inbound in tuple(self._inbound):
            inbound.dialogue.end("system-shutdown")

    # --- inside -------------------------------------------------------------------------

    def _route(self, own: str, other: str) -> Route:
        found = self._routes.get((own, other))
        if found is None:
            if len(self._routes) >= MAX_ROUTES:
                self._forget_idle()
            found = self._routes[own, other] = Route(own, other, self._around, self._give_back)
        return found

    def _forget_idle(self) -> None:
        self._routes = {pair: route for pair, route in self._routes.items() if route.running}
        if len(self._routes) >= MAX_ROUTES:
            raise StanzaError(TIMEOUT)

    def _give_back(self, stanza: Stanza, problem: StanzaError) -> None:
        answer = error_of(stanza, problem)
        if answer is None:
            return
        sender, to = parse(stanza.to), parse(stanza.attributes["from"])
        self._start(_guarded(self._around.take(Incoming(sender, to, answer, _nothing))))


async def _guarded(work: Awaitable[None]) -> None:
    """A failure of ours while we talk with one server is not the end of the house."""
    try:
        await work
    except Exception:
        _log.exception("talking with another server failed")


def _nothing() -> None:
    """Nobody counts what comes back from ourselves."""
