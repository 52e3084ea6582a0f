"""A stream that another server began: who it speaks for is proved, and what it says is ours.

RFC 6120, 4 to 6 and 8.1.2; XEP-0178, 0198, 0220.
"""

import asyncio
import secrets
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from typing import Final, NoReturn

from allmende.protocols.xml.tree import LANG, Element, element
from allmende.protocols.xmpp import dialback, sasl, smacks
from allmende.protocols.xmpp.crossing import to_client
from allmende.protocols.xmpp.jid import Jid, JidMalformed, parse
from allmende.protocols.xmpp.names import SASL, SERVER, STANZAS, STREAM, TLS
from allmende.protocols.xmpp.sasl import SaslMalformed, read_data
from allmende.protocols.xmpp.stanza import Stanza
from allmende.protocols.xmpp.stream import Closed, Opened
from allmende.systems.chat.wire.framing import TcpFraming
from allmende.systems.chat.wire.line import Dialogue, StreamEnded
from allmende.systems.chat.wire.negotiation import limits
from allmende.systems.chat.wire.servers.around import (
    AFTER_BYTES,
    BEFORE_BYTES,
    SPEED,
    Around,
    Incoming,
    ServerLine,
)
from allmende.systems.chat.wire.servers.certificates import look
from allmende.systems.chat.wire.servers.claims import Claims
from allmende.systems.chat.wire.servers.problems import complaint_of

_FEATURES: Final = f"{STREAM} features"
_KINDS: Final = frozenset(("message", "presence", "iq"))
_EXTERNAL: Final = "EXTERNAL"
_ID_BYTES: Final = 12


class Inbound:
    """Serve one with `serve`."""

    def __init__(self, line: ServerLine, around: Around) -> None:
        self.dialogue = Dialogue(line, TcpFraming(BEFORE_BYTES, SERVER), self._header, SPEED)
        self._line, self._around = line, around
        self._stream = self._from = self._to = ""
        self._claims = Claims(self.dialogue, around)
        self._signed = False
        self._handled: smacks.Handled | None = None

    async def serve(self) -> None:
        """Serve it until its stream is over."""
        try:
            async with asyncio.timeout(self._around.times.negotiation_s):
                await self._negotiate()
            self._line.signed_in()
            while True:
                await self._act(await self._element())
        except TimeoutError:
            self.dialogue.end("connection-timeout")
        except StreamEnded:
            pass
        finally:
            self._claims.forget()

    # --- steps --------------------------------------------------------------------------

    async def _negotiate(self) -> None:
        if not self._line.secure:
            await self._open(iter((element(TLS, "starttls", element(TLS, "required")),)))
            await self._encrypt()
        await self._open(self._offers())
        while not self._claims.any:
            await self._act(await self._element())
        self.dialogue.framing.limit(AFTER_BYTES)

    async def _open(self, features: Iterator[Element]) -> None:
        event = await self.dialogue.event()
        if not isinstance(event, Opened):
            raise AssertionError("a stream begins with its header")
        self._stream = secrets.token_urlsafe(_ID_BYTES)
        self._claims.stream = self._stream
        if self._line.secure and self._claims.shown is None:
            # Not before its header: now the handshake is done.
            around = self._around
            self._claims.shown = await look(around.trust, self._line.chain, around.now())
        wrong = self._wrong_header(event)
        self.dialogue.open()
        if wrong:
            self._end(wrong)
        self.dialogue.say(Element(_FEATURES, {}, tuple(features)))

    def _wrong_header(self, opened: Opened) -> str:
        """Take who talks to whom; return the condition of what is wrong, "" for nothing."""
        if opened.namespace != SERVER:
            return "invalid-namespace"
        if not opened.attributes.get("version", "").startswith("1."):
            return "unsupported-version"
        try:
            self._to = _domain(opened.attributes.get("to", ""))
            given = opened.attributes.get("from", "")
            self._from = _domain(given) if given else ""
        except JidMalformed:
            return "improper-addressing"
        policy = self._around.policy
        if not policy.is_ours(self._to):
            self._to = ""
            return "host-unknown"
        return "policy-violation" if self._from and not policy.talks_to(self._from) else ""

    def _header(self) -> Mapping[str, str]:
        attributes = {"id": self._stream, LANG: self._around.language}
        for name, value in (("from", self._to), ("to", self._from)):
            if value:
                attributes[name] = value
        return attributes

    def _offers(self) -> Iterator[Element]:
        """Yield what is offered inside TLS, once it is known who shows what."""
        if self._from and not self._signed and self._claims.by_certificate(self._from):
            yield sasl.mechanisms([_EXTERNAL])
        yield dialback.FEATURE
        yield smacks.FEATURE
        yield limits(AFTER_BYTES)

    async def _encrypt(self) -> None:
        stanza = await self._element()
        if stanza.name != f"{TLS} starttls" or self._line.has_unread:
            self._end("policy-violation")
        self.dialogue.restart()
        self.dialogue.say(element(TLS, "proceed"))
        self._line.start_tls()

    # --- what it says -------------------------------------------------------------------

    async def _act(self, stanza: Stanza) -> None:
        if stanza.namespace == SERVER:
            await self._take(stanza)
        elif stanza.namespace == dialback.NAMESPACE:
            await self._claims.take(stanza.tree())
        elif stanza.namespace == SASL:
            await self._sign_in(stanza.tree())
        elif stanza.namespace == smacks.NAMESPACE and self._claims.any:
            self._manage(stanza.tree())
        else:
            self._end("unsupported-stanza-type" if self._claims.any else "not-authorized")

    async def _sign_in(self, root: Element) -> None:
        if self._signed or root.local != "auth":
            self._end("policy-violation")
        if root.get("mechanism") != _EXTERNAL:
            self.dialogue.say(sasl.failure("invalid-mechanism"))
            return
        try:
            name = (read_data(root) or b"").decode()
            domain = _domain(name) if name else self._from
        except (SaslMalformed, UnicodeDecodeError, JidMalformed):
            self.dialogue.say(sasl.failure("incorrect-encoding"))
            return
        may = self._around.policy.talks_to(domain) and self._claims.by_certificate(domain)
        is_other = bool(self._from) and domain != self._from
        if is_other or not (domain and may):
            self.dialogue.say(sasl.failure("invalid-authzid" if is_other else "not-authorized"))
            return
        self._signed = True
        self.dialogue.restart()
        self.dialogue.say(sasl.success())
        await self._open(self._offers())
        self._claims.prove(domain)

    def _manage(self, root: Element) -> None:
        if root.local == "enable" and self._handled is None:
            self._handled = smacks.Handled()
            self.dialogue.say(smacks.enabled("", 0))
        elif root.local == "r":
            self.dialogue.say(smacks.answer(self._handled.h if self._handled is not None else 0))
        elif root.local != "a":
            self.dialogue.say(smacks.failed(element(STANZAS, "unexpected-request")))

    async def _take(self, stanza: Stanza) -> None:
        if not self._claims.any:
            self._end("not-authorized")
        if stanza.kind not in _KINDS:
            self._end("unsupported-stanza-type")
        sender, to = self._addresses(stanza)
        done: Callable[[], object] = _nothing
        if self._handled is not None:
            done = partial(self._handled.done, self._handled.begin())
        here = to_client(stanza).having(from_=str(sender), to=str(to))
        await self._around.take(Incoming(sender, to, here, done))

    def _addresses(self, stanza: Stanza) -> tuple[Jid, Jid]:
        """Return from and to whom it is. What is not proved ends the stream (RFC 6120, 8.1)."""
        try:
            sender, to = parse(stanza.attributes.get("from", "")), parse(stanza.to)
        except JidMalformed:
            self._end("improper-addressing")
        if not self._claims.proved(sender.domain, to.domain):
            self._end("improper-addressing")
        return sender, to

    # --- inside -------------------------------------------------------------------------

    async def _element(self) -> Stanza:
        event = await self.dialogue.event()
        if isinstance(event, Closed):
            self.dialogue.close()
            raise StreamEnded
        if not isinstance(event, Stanza):
            raise AssertionError("only a restart opens again")
        if complaint_of(event) is not None:
            self.dialogue.close()
            raise StreamEnded
        return event

    def _end(self, condition: str) -> NoReturn:
        self.dialogue.end(condition)
        raise StreamEnded


def _domain(text: str) -> str:
    """Return a prepared domain. Raises JidMalformed."""
    found = parse(text)
    if found.local or found.resource:
        raise JidMalformed("not a server")
    return found.domain


def _nothing() -> None:
    """Nothing is counted where stream management is off."""
