"""A stream that carries what we send: we show who we are, and count what arrives. XEP-0178, 0220,
0198.
"""

from base64 import b64encode
from dataclasses import dataclass
from typing import Final

from allmende.protocols.xml.tree import Element, element
from allmende.protocols.xmpp import dialback, smacks
from allmende.protocols.xmpp.names import SASL
from allmende.protocols.xmpp.stanza import Stanza
from allmende.protocols.xmpp.stream import Closed
from allmende.systems.chat.wire.line import StreamEnded
from allmende.systems.chat.wire.servers.around import Around
from allmende.systems.chat.wire.servers.certificates import Shown
from allmende.systems.chat.wire.servers.opening import Opening, open_stream
from allmende.systems.chat.wire.servers.problems import Reason, complaint_of
from allmende.systems.chat.wire.servers.state import Proof

MAX_UNACKNOWLEDGED: Final = 500
_MECHANISMS: Final = f"{SASL} mechanisms"
_EXTERNAL: Final = "EXTERNAL"


@dataclass(frozen=True, slots=True)
class Waiting:
    """A stanza that is to be sent. ``since_s``: when it came, by the loop's clock."""

    stanza: Stanza
    data: bytes
    since_s: float


class Outbound:
    """One such stream, open. `begin` makes it."""

    def __init__(self, opening: Opening, proof: Proof) -> None:
        self.proof = proof
        self.complaint: Reason | None = None
        self._dialogue = opening.dialogue
        self._sent: smacks.Sent[Waiting] | None = None
        self._asked = False
        if opening.features.child(smacks.FEATURE.name) is not None:
            self._dialogue.say(Element(f"{smacks.NAMESPACE} enable"))
            self._sent = smacks.Sent()

    @property
    def is_over(self) -> bool:
        """Whether nothing can be sent any more."""
        return self._dialogue.line.closed

    def send(self, waiting: Waiting) -> None:
        """Send a stanza."""
        self._dialogue.write(waiting.data)
        sent = self._sent
        if sent is None:
            return
        sent.add(waiting, len(waiting.data))
        if len(sent) > MAX_UNACKNOWLEDGED:
            self.end("resource-constraint")
        elif not self._asked:
            self._asked = True
            self._dialogue.say(smacks.request())

    def left(self) -> list[Waiting]:
        """Return what may not have arrived, oldest first; nothing where nobody counts."""
        return [] if self._sent is None else list(self._sent.waiting())

    def end(self, condition: str = "") -> None:
        """Close the stream."""
        if condition:
            self._dialogue.end(condition)
        else:
            self._dialogue.close()

    async def listen(self) -> None:
        """Take what the other end says until the stream is over; keep what it complains of."""
        try:
            while True:
                event = await self._dialogue.event()
                if isinstance(event, Closed) or not isinstance(event, Stanza):
                    self._dialogue.close()
                    return
                complaint = complaint_of(event)
                if complaint is not None:
                    self.complaint = complaint.reason
                    self._dialogue.close()
                    return
                if event.namespace == smacks.NAMESPACE:
                    self._count(event.tree())
        except StreamEnded:
            return

    def _count(self, root: Element) -> None:
        if root.local == "failed":
            self._sent = None
        elif root.local == "r":
            self._dialogue.say(smacks.answer(0))
        elif root.local == "a" and self._sent is not None:
            h = smacks.read_count(root)
            try:
                self._sent.acknowledge(h if h is not None else 0)
            except smacks.CountedTooFar as problem:
                self._dialogue.end("undefined-condition", more=problem.element())
                raise StreamEnded from problem
            self._asked = False
            if len(self._sent):
                self._asked = True
                self._dialogue.say(smacks.request())


async def begin(own: str, other: str, around: Around) -> Outbound:
    """Return a stream on which stanzas of ``own`` go to ``other``. Raises Unreachable."""
    try:
        return await _begin(own, other, around, external=True)
    except _NotBelieved:
        # On the same stream ejabberd hears no dialback any more.
        return await _begin(own, other, around, external=False)


class _NotBelieved(Exception):
    """They do not believe our certificate."""


async def _begin(own: str, other: str, around: Around, *, external: bool) -> Outbound:
    opening, shown = await open_stream(own, other, around)
    try:
        return await _prove(opening, shown, around, external=external)
    except BaseException:
        opening.dialogue.close()
        raise


async def _prove(opening: Opening, shown: Shown, around: Around, *, external: bool) -> Outbound:
    is_theirs = shown.proves(opening.other)
    if not is_theirs:
        around.states.doubted(opening.other, shown.doubt)
        if not around.policy.dialback:
            raise opening.given_up(Reason.CERTIFICATE)
    if external and _offers_external(opening.features):
        await _by_certificate(opening)
        await opening.restart()
    else:
        await _by_dialback(opening, around)
    opening.line.signed_in()
    return Outbound(opening, Proof.CERTIFICATE if is_theirs else Proof.DIALBACK)


def _offers_external(features: Element) -> bool:
    offered = features.child(_MECHANISMS)
    found = offered.children(f"{SASL} mechanism") if offered is not None else ()
    return any(each.text.strip() == _EXTERNAL for each in found)


async def _by_certificate(opening: Opening) -> None:
    name = b64encode(opening.own.encode()).decode()
    opening.dialogue.say(element(SASL, "auth", name, mechanism=_EXTERNAL))
    answer = await opening.element()
    if answer.namespace != SASL:
        raise opening.given_up(Reason.BROKEN, "unsupported-stanza-type")
    if answer.kind != "success":
        raise _NotBelieved


async def _by_dialback(opening: Opening, around: Around) -> None:
    key = dialback.key_of(around.secret, opening.other, opening.own, opening.stream)
    opening.dialogue.say(dialback.show(opening.own, opening.other, key))
    answer = await opening.element()
    said = dialback.read(answer.tree()) if answer.name == dialback.RESULT else None
    if said is None or said.type != "valid":
        raise opening.given_up(Reason.REFUSED)
