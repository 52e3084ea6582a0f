"""Whom the other end of a stream may speak for: by its certificate, or by dialback. XEP-0220."""

from dataclasses import replace
from typing import Final

from allmende.protocols.xml.tree import Element
from allmende.protocols.xmpp import dialback
from allmende.protocols.xmpp.dialback import Said
from allmende.protocols.xmpp.jid import JidMalformed, parse
from allmende.systems.chat.wire.line import Dialogue, StreamEnded
from allmende.systems.chat.wire.servers.around import Around
from allmende.systems.chat.wire.servers.certificates import Shown
from allmende.systems.chat.wire.servers.problems import Unreachable
from allmende.systems.chat.wire.servers.state import Proof
from allmende.systems.chat.wire.servers.verifying import is_confirmed
from allmende.transports.trust import Doubt

MAX_DOMAINS: Final = 50
"""That one stream speaks for."""


class Claims:
    """Of one stream, which has the id ``stream``. ``shown``: the certificate it came with."""

    def __init__(self, dialogue: Dialogue, around: Around) -> None:
        self.shown: Shown | None = None
        self.stream = ""
        self._dialogue, self._around = dialogue, around
        self._domains: dict[str, Proof] = {}
        self._pairs: set[tuple[str, str]] = set()

    @property
    def any(self) -> bool:
        """Whether it may speak for anybody."""
        return bool(self._domains)

    def proved(self, sender: str, receiver: str) -> bool:
        """Whether it may speak for ``sender`` to ``receiver``."""
        if not self._around.policy.is_ours(receiver):
            return False
        is_certified = self._domains.get(sender) is Proof.CERTIFICATE
        return is_certified or (sender, receiver) in self._pairs

    def by_certificate(self, domain: str) -> bool:
        """Whether its certificate is that of ``domain``."""
        return self.shown is not None and self.shown.proves(domain)

    def prove(self, domain: str) -> None:
        """Its certificate is that of ``domain``."""
        if domain not in self._domains:
            self._around.states.came(domain, Proof.CERTIFICATE)
        self._domains[domain] = Proof.CERTIFICATE

    def forget(self) -> None:
        """The stream is over."""
        for domain in self._domains:
            self._around.states.left(domain)
        self._domains.clear()

    async def take(self, root: Element) -> None:
        """Answer a claim of theirs, or a question about one of ours. Raises StreamEnded."""
        said = _prepared(dialback.read(root))
        if said is None or said.type or root.name not in (dialback.RESULT, dialback.VERIFY):
            self._dialogue.end("improper-addressing")
            raise StreamEnded
        if root.name == dialback.VERIFY:
            self._confirm(said)
        else:
            await self._claimed(said)

    def _confirm(self, said: Said) -> None:
        around = self._around
        valid = around.policy.is_ours(said.receiver) and dialback.is_key(
            said.key, around.secret, said.sender, said.receiver, said.stream
        )
        self._dialogue.say(dialback.answer_ask(said, valid=valid))

    async def _claimed(self, said: Said) -> None:
        condition = self._refusal(said)
        if condition:
            self._dialogue.say(dialback.refuse_show(said, condition))
            return
        if self.by_certificate(said.sender):
            self.prove(said.sender)
            self._dialogue.say(dialback.answer_show(said, valid=True))
            return
        try:
            valid = await is_confirmed(said, self.stream, self._around)
        except Unreachable as problem:
            self._around.states.failed(said.sender, problem.reason, self._around.now())
            self._dialogue.say(dialback.refuse_show(said, problem.condition))
            return
        if valid:
            if said.sender not in self._domains:
                self._around.states.came(said.sender, Proof.DIALBACK)
            self._domains.setdefault(said.sender, Proof.DIALBACK)
            self._pairs.add((said.sender, said.receiver))
        self._dialogue.say(dialback.answer_show(said, valid=valid))

    def _refusal(self, said: Said) -> str:
        """Return why a claim is not looked at, "" if it is."""
        around = self._around
        if not around.policy.is_ours(said.receiver):
            return "item-not-found"
        if not around.policy.talks_to(said.sender):
            return "policy-violation"
        is_new = said.sender not in self._domains
        if is_new and len(self._domains) >= MAX_DOMAINS:
            return "resource-constraint"
        if self.by_certificate(said.sender):
            return ""
        if not around.policy.dialback:
            around.states.doubted(said.sender, self.shown.doubt if self.shown else Doubt.MISSING)
            return "not-authorized"
        return "" if around.calls.take(said.sender) else "resource-constraint"


def _prepared(said: Said | None) -> Said | None:
    if said is None:
        return None
    try:
        sender, receiver = parse(said.sender), parse(said.receiver)
    except JidMalformed:
        return None
    if sender.local or sender.resource or receiver.local or receiver.resource:
        return None
    return replace(said, sender=sender.domain, receiver=receiver.domain)
