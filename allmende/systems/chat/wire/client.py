"""One client: from its connection to the end of its stream. RFC 6120, 6121; XEP-0198, 0352."""

import asyncio
import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Final, Protocol

from allmende.protocols.xml.tree import Element, element
from allmende.protocols.xmpp import smacks
from allmende.protocols.xmpp.binding import (
    BIND_FEATURE,
    BIND_NAME,
    SESSION_FEATURE,
    wanted_resource,
)
from allmende.protocols.xmpp.binding import (
    bound as bound_as,
)
from allmende.protocols.xmpp.errors import StanzaError, error_of
from allmende.protocols.xmpp.jid import Jid
from allmende.protocols.xmpp.names import CLIENT, STANZAS
from allmende.protocols.xmpp.stanza import Stanza
from allmende.protocols.xmpp.stream import Closed
from allmende.systems.chat.wire.framing import Framing
from allmende.systems.chat.wire.line import Dialogue, Line, StreamEnded
from allmende.systems.chat.wire.negotiation import NEGOTIATION_S, Negotiation, Site
from allmende.systems.chat.wire.outlet import Left, StreamOutlet
from allmende.systems.chat.wire.resumption import Bound, Resumptions
from allmende.systems.chat.wire.session import MAX_SESSIONS, Session, Sessions
from allmende.systems.chat.wire.signin import Credentials, SignedIn

CSI: Final = "urn:xmpp:csi:0"
_ROSTER_VERSIONS: Final = "urn:xmpp:features:rosterver"
_PRE_APPROVAL: Final = "urn:xmpp:features:pre-approval"
_KINDS: Final = frozenset(("message", "presence", "iq"))
_RESOURCE_BYTES: Final = 9
_FEATURES: Final = (
    BIND_FEATURE,
    SESSION_FEATURE,
    smacks.FEATURE,
    element(CSI, "csi"),
    element(_ROSTER_VERSIONS, "ver"),
    element(_PRE_APPROVAL, "sub"),
)


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
                await self._negotiation.offer(*_FEATURES)
                bound = await self._bind(signed)
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
        while True:
            stanza = await self._stanza()
            if stanza.name == f"{smacks.NAMESPACE} resume":
                bound = self._resume(stanza.tree(), signed)
            elif stanza.kind == "iq" and stanza.has(BIND_NAME):
                bound = self._new(stanza, signed)
            else:
                self._dialogue.end("not-authorized", "bind a resource first")
                raise StreamEnded
            if bound is not None:
                self._bound = bound
                return bound

    def _new(self, stanza: Stanza, signed: SignedIn) -> Bound | None:
        sessions = self._around.sessions
        bare = Jid(signed.name, self._around.site.domain)
        try:
            payload = stanza.child(BIND_NAME)
            if payload is None or stanza.type != "set":
                raise StanzaError("bad-request")
            resource = wanted_resource(payload) or secrets.token_urlsafe(_RESOURCE_BYTES)
            if len(sessions.of(bare)) >= MAX_SESSIONS and resource not in sessions.of(bare):
                raise StanzaError("resource-constraint", kind="wait")
        except StanzaError as problem:
            self._answer(stanza, problem)
            return None
        outlet = StreamOutlet(self._dialogue, self._overflowed)
        session = Session(bare.with_resource(resource), signed.caller, outlet)
        before = sessions.add(session)
        if before is not None:
            before.outlet.end("conflict", "another stream has this resource now")
            self._around.resumptions.replaced(before)
        result = Stanza("iq", CLIENT, {"type": "result", "id": stanza.id})
        self._send(result.adding(bound_as(session.jid)))
        return Bound(session, outlet)

    def _resume(self, asked: Element, signed: SignedIn) -> Bound | None:
        h = smacks.read_count(asked)
        found = self._around.resumptions.take(asked.get("previd"), signed.name)
        if found is None or h is None:
            missing = element(STANZAS, "bad-request" if h is None else "item-not-found")
            self._dialogue.say(smacks.failed(missing))
            return None
        found.outlet.end("conflict", "resumed elsewhere")
        self._dialogue.say(smacks.resumed(found.resumption, found.handled.h))
        try:
            found.outlet.resume(self._dialogue, h)
        except smacks.CountedTooFar as problem:
            self._count_too_high(problem)
        return found

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
                self._count_too_high(problem)
        elif root.local == "enable" and bound.outlet.sent is None:
            resumptions = self._around.resumptions
            wanted = root.get("resume") in ("true", "1")
            resumption = resumptions.enable(bound) if wanted else ""
            self._dialogue.say(smacks.enabled(resumption, int(resumptions.keep_s)))
            bound.outlet.enable()
        else:
            self._dialogue.say(smacks.failed(element(STANZAS, "unexpected-request")))

    def _count_too_high(self, problem: smacks.CountedTooFar) -> None:
        self._dialogue.end("undefined-condition", more=problem.element())
        raise StreamEnded

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

    def _answer(self, stanza: Stanza, problem: StanzaError) -> None:
        answer = error_of(stanza, problem)
        if answer is not None:
            self._send(answer)

    def _send(self, stanza: Stanza) -> None:
        self._dialogue.write(stanza.bytes_for(self._dialogue.namespace))


def _nothing() -> None:
    """Nothing is counted where stream management is off."""


def end_session(sessions: Sessions, traffic: Traffic, bound: Bound) -> None:
    """A session is over and does not come back."""
    sessions.remove(bound.session)
    traffic.gone(bound.session, bound.outlet.left())
