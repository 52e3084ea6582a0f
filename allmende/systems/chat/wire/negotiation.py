"""From the first header to somebody who is signed in: TLS, then SASL. RFC 6120, 4 to 6."""

import secrets
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from allmende.protocols.xml.tree import LANG, Element, element
from allmende.protocols.xmpp import sasl
from allmende.protocols.xmpp.jid import JidMalformed, parse
from allmende.protocols.xmpp.names import CLIENT, SASL, STREAM, TLS
from allmende.protocols.xmpp.stanza import Stanza
from allmende.protocols.xmpp.stream import Closed, Opened
from allmende.systems.chat.wire.framing import Framing
from allmende.systems.chat.wire.line import Dialogue, Line, StreamEnded
from allmende.systems.chat.wire.signin import (
    PLAIN,
    Credentials,
    SignedIn,
    SignIn,
    SignInRefused,
    failure_of,
)

NEGOTIATION_S: Final = 30.0
"""From the connection to a bound resource."""

BEFORE_BYTES: Final = 10_000
AFTER_BYTES: Final = 256 * 1024
MAX_TRIES: Final = 3
_ID_BYTES: Final = 12
_STARTTLS: Final = f"{TLS} starttls"
_FEATURES: Final = f"{STREAM} features"
_LIMITS: Final = "urn:xmpp:stream-limits:0"


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """What a stream is told of us. ``plain``: streams without TLS may sign in; for benchmarks."""

    domain: str
    language: str
    plain: bool = False


class Negotiation:
    """One stream before anybody is signed in on it."""

    def __init__(self, line: Line, framing: Framing, site: Site, credentials: Credentials) -> None:
        self.dialogue = Dialogue(line, framing, self._header)
        self._line = line
        self._site = site
        self._credentials = credentials
        self._to = ""

    async def sign_in(self) -> SignedIn:
        """Return who signed in; then a new header is expected. Raises StreamEnded."""
        if not (self._line.secure or self._site.plain):
            await self._opened(self._before_tls())
            await self._encrypt()
        exchange = SignIn(
            self._credentials, self._site.domain, self._line.source_key, self._line.bindings()
        )
        await self._opened(self._before_sasl(exchange))
        return await self._exchange(exchange)

    async def offer(self, *features: Element) -> None:
        """Take the header that follows, and offer ``features``. Raises StreamEnded."""
        self.dialogue.framing.limit(AFTER_BYTES)
        await self._opened(iter((*features, limits(AFTER_BYTES))))

    # --- steps --------------------------------------------------------------------------

    async def _opened(self, features: Iterator[Element]) -> None:
        dialogue = self.dialogue
        event = await dialogue.event()
        if not isinstance(event, Opened):
            raise AssertionError("a stream begins with its header")
        self._to = event.attributes.get("to", "")
        dialogue.open()
        wrong = self._wrong_header(event)
        if wrong:
            dialogue.end(wrong)
            raise StreamEnded
        dialogue.say(Element(_FEATURES, {}, tuple(features)))

    def _header(self) -> Mapping[str, str]:
        return {
            "id": secrets.token_urlsafe(_ID_BYTES),
            "from": self._site.domain,
            LANG: self._site.language,
        }

    def _wrong_header(self, opened: Opened) -> str:
        """Return the condition of what is wrong, "" for nothing."""
        if opened.namespace != CLIENT:
            return "invalid-namespace"
        if not opened.attributes.get("version", "").startswith("1."):
            return "unsupported-version"
        try:
            known = parse(self._to) == parse(self._site.domain) if self._to else False
        except JidMalformed:
            return "host-unknown"
        return "" if known else "host-unknown"

    def _before_tls(self) -> Iterator[Element]:
        yield element(TLS, "starttls", element(TLS, "required"))

    def _before_sasl(self, exchange: SignIn) -> Iterator[Element]:
        names = exchange.mechanisms()
        if not self._line.secure:
            names = [name for name in names if name != PLAIN]
        yield sasl.mechanisms(names)
        bindings = self._line.bindings()
        if bindings:
            yield sasl.channel_bindings(list(bindings))
        yield limits(BEFORE_BYTES)

    async def _encrypt(self) -> None:
        stanza = await self._element()
        if stanza.name != _STARTTLS:
            self._refuse()
        # What follows <starttls/> unencrypted is refused, not forgotten: it may be an attack.
        if self._line.has_unread:
            self._refuse()
        self.dialogue.restart()
        self.dialogue.say(element(TLS, "proceed"))
        self._line.start_tls()

    async def _exchange(self, exchange: SignIn) -> SignedIn:
        tries = 0
        while True:
            stanza = await self._element()
            if stanza.namespace != SASL:
                self._refuse()
            try:
                step = await exchange.step(stanza.tree())
            except SignInRefused as refused:
                self.dialogue.say(failure_of(refused))
                tries += 1
                if tries >= MAX_TRIES:
                    self._refuse()
                continue
            if isinstance(step, SignedIn):
                self.dialogue.restart()
                self.dialogue.say(sasl.success(step.data))
                return step
            self.dialogue.say(sasl.challenge(step))

    async def _element(self) -> Stanza:
        event = await self.dialogue.event()
        if isinstance(event, Closed):
            self.dialogue.close()
            raise StreamEnded
        if not isinstance(event, Stanza):
            raise AssertionError("only a restart opens again")
        return event

    def _refuse(self) -> None:
        self.dialogue.end("policy-violation")
        raise StreamEnded


def limits(size_bytes: int) -> Element:
    """Return the feature that tells how long a stanza may be (XEP-0478)."""
    return element(_LIMITS, "limits", element(_LIMITS, "max-bytes", str(size_bytes)))
