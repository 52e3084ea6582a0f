"""A stream that we begin: up to what is offered to us inside TLS. RFC 6120, 4 and 5."""

from collections.abc import Mapping
from contextlib import aclosing
from typing import Final

from allmende.protocols.xml.tree import LANG, Element, element
from allmende.protocols.xmpp.names import SERVER, STREAM, TLS
from allmende.protocols.xmpp.stanza import Stanza
from allmende.protocols.xmpp.stream import Closed, Opened
from allmende.systems.chat.wire.framing import TcpFraming
from allmende.systems.chat.wire.line import Dialogue, StreamEnded
from allmende.systems.chat.wire.servers.around import AFTER_BYTES, SPEED, Around, ServerLine
from allmende.systems.chat.wire.servers.certificates import Shown, look
from allmende.systems.chat.wire.servers.problems import Reason, Unreachable, complaint_of

_FEATURES: Final = f"{STREAM} features"
_STARTTLS: Final = f"{TLS} starttls"


class Opening:
    """One of our streams to ``other``, as ``own``. ``features``: what was offered last."""

    def __init__(self, line: ServerLine, own: str, other: str, around: Around) -> None:
        self.own, self.other = own, other
        self.line = line
        self.dialogue = Dialogue(line, TcpFraming(AFTER_BYTES, SERVER), self._header, SPEED)
        self.features = Element(_FEATURES)
        self.stream = ""
        self._around = around

    async def encrypt(self) -> Shown:
        """Return what the other end showed of itself. Raises Unreachable."""
        await self.greet()
        if not self.line.secure:
            if self.features.child(_STARTTLS) is None:
                raise self.given_up(Reason.NO_TLS)
            self.dialogue.say(element(TLS, "starttls"))
            answer = await self.element()
            if answer.name != f"{TLS} proceed":
                raise self.given_up(Reason.NO_TLS)
            await self.restart(encrypting=True)
        return await look(self._around.trust, self.line.chain, self._around.now())

    async def restart(self, *, encrypting: bool = False) -> None:
        """Begin the stream anew. Raises Unreachable."""
        try:
            self.dialogue.restart()
        except StreamEnded as ended:
            raise Unreachable(Reason.BROKEN) from ended
        if encrypting:
            self.line.start_tls()
        await self.greet()

    async def greet(self) -> None:
        """Send our header and take theirs with what they offer. Raises Unreachable."""
        self.dialogue.open()
        event = await self._event()
        if not isinstance(event, Opened) or event.namespace != SERVER:
            raise self.given_up(Reason.BROKEN, "invalid-namespace")
        self.stream = event.attributes.get("id", "")
        if not event.attributes.get("version", "").startswith("1."):
            raise self.given_up(Reason.NO_TLS, "unsupported-version")
        features = await self.element()
        if features.name != _FEATURES:
            raise self.given_up(Reason.BROKEN, "bad-format")
        self.features = features.tree()

    async def element(self) -> Stanza:
        """Return what comes next. Raises Unreachable."""
        event = await self._event()
        if isinstance(event, Stanza):
            complaint = complaint_of(event)
            if complaint is None:
                return event
            self.dialogue.close()
            raise complaint
        raise self.given_up(Reason.BROKEN)

    def given_up(self, reason: Reason, condition: str = "") -> Unreachable:
        """End the stream, and return why."""
        if condition:
            self.dialogue.end(condition)
        else:
            self.dialogue.close()
        return Unreachable(reason)

    async def _event(self) -> Opened | Stanza | Closed:
        try:
            event = await self.dialogue.event()
        except StreamEnded as ended:
            raise Unreachable(Reason.BROKEN) from ended
        if isinstance(event, Opened | Stanza | Closed):
            return event
        raise AssertionError("what failed has ended the stream")

    def _header(self) -> Mapping[str, str]:
        return {"from": self.own, "to": self.other, LANG: self._around.language}


async def open_stream(own: str, other: str, around: Around) -> tuple[Opening, Shown]:
    """Return a stream inside TLS with the first end that has one, and what it showed.

    Raises Unreachable.
    """
    last = Unreachable(Reason.NO_ANSWER)
    async with aclosing(around.reach.lines(own, other)) as lines:
        async for line in lines:
            opening = Opening(line, own, other, around)
            try:
                return opening, await opening.encrypt()
            except Unreachable as problem:
                last = problem
                line.close()
            except BaseException:
                line.close()
                raise
    raise last
