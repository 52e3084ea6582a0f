"""One client: from its connection to the end of its stream. RFC 6120, 6121; XEP-0198, 0352, 0386."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Final, Protocol

from allmende.protocols.xml.tree import Element, element
from allmende.protocols.xmpp import smacks
from allmende.protocols.xmpp.names import CLIENT, STANZAS
from allmende.protocols.xmpp.stanza import Stanza
from allmende.protocols.xmpp.stream import Closed
from allmende.systems.chat.wire.binding import CSI, FEATURES, Binding, count_too_high, enable
from allmende.systems.chat.wire.framing import Framing
from allmende.systems.chat.wire.line import Dialogue, Line, StreamEnded
from allmende.systems.chat.wire.negotiation import NEGOTIATION_S, Negotiation, Site
from allmende.systems.chat.wire.outlet import Left
from allmende.systems.chat.wire.resumption import Bound, Resumptions
from allmende.systems.chat.wire.session import Session, Sessions
from allmende.systems.chat.wire.signin import Credentials, SignedIn

_KINDS: Final = frozenset(("message", "presence", "iq"))


class Traffic(Protocol):
    """Takes what clients send, and hears of them."""

    async def take(self, session: Session, stanza: Stanza, done: Callable[[], object]) -> None:
        """Act on a stanza; ``done`` is called once all it caused is kept, or at once."""
        ...

    def gone(self, session: Session, left: Sequence[Left]) -> None:
        """A session is over. ``left``: what its client may never have seen."""
        ...


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What a client's stream needs."""

    site: Site
    credentials: Credentials
    sessions: Sessions
    resumptions: Resumptions
    traffic: Traffic


class Client:
    """Serve one with `serve`."""

    def __init__(self, line: Line, framing: Framing, around: Surroundings) -> None:
        self._line = line
        self._around = around
        self._negotiation = Negotiation(line, framing, around.site, around.credentials)
        self._dialogue: Dialogue = self._negotiation.dialogue
        self._bound: Bound | None = None
        self._closed = False

    async def serve(self) -> None:
        """Serve it until its stream is over."""
        try:
            async with asyncio.timeout(NEGOTIATION_S):
                signed = await self._negotiation.sign_in()
                bound = self._bound = await self._bind(signed)
            self._line.signed_in()
            await self._run(bound)
        except TimeoutError:
            self._dialogue.end("connection-timeout")
        except StreamEnded:
            pass
        finally:
            self._leave()

    # --- binding ------------------------------------------------------------------------

    async def _bind(self, signed: SignedIn) -> Bound:
        around = self._around
        binding = Binding(
            self._dialogue,
            around.site.domain,
            around.sessions,
            around.resumptions,
            self._overflowed,
        )
        bound = None
        if signed.wanted is None:
            await self._negotiation.offer(*FEATURES)
        else:
            bound = binding.at_once(signed, signed.wanted, self._negotiation.announce)
        while bound is None:
            bound = binding.asked(await self._stanza(), signed)
        return bound

    # --- while it is bound --------------------------------------------------------------

    async def _run(self, bound: Bound) -> None:
        traffic = self._around.traffic
        while True:
            stanza = await self._stanza()
            if stanza.namespace != CLIENT:
                self._command(bound, stanza)
                continue
            if stanza.kind not in _KINDS:
                self._dialogue.end("unsupported-stanza-type")
                raise StreamEnded
            number = bound.handled.begin() if bound.outlet.sent is not None else None
            done: Callable[[], object] = _nothing
            if number is not None:
                done = partial(bound.handled.done, number)
            await traffic.take(bound.session, stanza, done)

    def _command(self, bound: Bound, stanza: Stanza) -> None:
        """Stream management and client state: no stanzas, so they are not counted."""
        root = stanza.tree()
        if stanza.namespace == smacks.NAMESPACE:
            self._manage(bound, root)
        elif root.name == f"{CSI} active":
            bound.session.active = True
            bound.outlet.set_active(active=True)
        elif root.name == f"{CSI} inactive":
            bound.session.active = False
            bound.outlet.set_active(active=False)
        else:
            self._dialogue.end("unsupported-stanza-type")
            raise StreamEnded

    def _manage(self, bound: Bound, root: Element) -> None:
        if root.local == "r":
            self._dialogue.say(smacks.answer(bound.handled.h))
        elif root.local == "a":
            h = smacks.read_count(root)
            try:
                bound.outlet.acknowledge(h if h is not None else 0)
            except smacks.CountedTooFar as problem:
                count_too_high(self._dialogue, problem)
        elif root.local == "enable" and bound.outlet.sent is None:
            self._dialogue.say(enable(self._around.resumptions, bound, root))
        else:
            self._dialogue.say(smacks.failed(element(STANZAS, "unexpected-request")))

    # --- the end ------------------------------------------------------------------------

    def _overflowed(self) -> None:
        """Its client acknowledged nothing for too long: it cannot come back to all that."""
        if self._bound is not None:
            self._around.resumptions.forget(self._bound)
            self._bound.resumption = ""

    def _leave(self) -> None:
        bound = self._bound
        if bound is None or bound.outlet.wire is not self._dialogue:
            return  # another stream goes on with it, or it never began
        sessions = self._around.sessions
        is_replaced = sessions.find(bound.session.jid) is not bound.session
        if bound.resumption and not self._closed and not is_replaced:
            self._around.resumptions.lost(bound)
            return
        self._around.resumptions.forget(bound)
        bound.outlet.detach()
        end_session(sessions, self._around.traffic, bound)

    # --- inside -------------------------------------------------------------------------

    async def _stanza(self) -> Stanza:
        event = await self._dialogue.event()
        if isinstance(event, Closed):
            self._closed = True
            self._dialogue.close()
            raise StreamEnded
        if not isinstance(event, Stanza):
            raise AssertionError("only a restart opens again")
        return event


def _nothing() -> None:
    """Nothing is counted where stream management is off."""


def end_session(sessions: Sessions, traffic: Traffic, bound: Bound) -> None:
    """A session is over and does not come back."""
    sessions.remove(bound.session)
    traffic.gone(bound.session, bound.outlet.left())
