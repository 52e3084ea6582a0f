"""Messages between two people: checked, kept, delivered. RFC 6121, 5 and 8.5; spec chat, 5."""

from collections.abc import Callable, Coroutine, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Any, Final, Protocol

from allmende.core.errors import AllmendeError, Unavailable
from allmende.core.ids import AccountId
from allmende.protocols.xmpp import carbons as copies
from allmende.protocols.xmpp import hints, ids
from allmende.protocols.xmpp.delay import DELAY_NAME
from allmende.protocols.xmpp.errors import StanzaError, error_of
from allmende.protocols.xmpp.forwarding import content_of
from allmende.protocols.xmpp.jid import Jid, JidMalformed, parse
from allmende.protocols.xmpp.stanza import Child, Stanza
from allmende.systems.chat.model.personal import Kept, NewPersonal, Party, origin_of
from allmende.systems.chat.service.archive import ArchiveQueue
from allmende.systems.chat.service.personal import PersonalShelf, Unseen, WaitingService
from allmende.systems.chat.wire.carbons import Carbons
from allmende.systems.chat.wire.elsewhere import Correspondent, Elsewhere
from allmende.systems.chat.wire.errors import Translate
from allmende.systems.chat.wire.router import Sending
from allmende.systems.chat.wire.session import Session, Sessions, What

FORGED: Final = frozenset(
    (
        copies.SENT,
        copies.RECEIVED,
        "urn:xmpp:mam:2 result",
        "http://jabber.org/protocol/pubsub#event event",
        "urn:xmpp:occupant-id:0 occupant-id",
        "urn:xmpp:message-retract:1 retracted",
        "urn:xmpp:message-moderate:1 moderated",
        "urn:xmpp:message-moderate:0 moderated",
    )
)
"""What only a server says, of itself: cut out of what clients send (spec chat, 15)."""

_LONGEST: Final = timedelta(days=365)


class Directory(Protocol):
    """Who has an account here."""

    async def account_of(self, name: str) -> AccountId | None:
        """Return whose name this is."""
        ...


class Gate(Protocol):
    """Who may write to whom: blocks, and strangers' first messages."""

    async def let_go(self, session: Session, to: Jid, stanza: Stanza) -> None:
        """Raises StanzaError where a message for another server stays here."""
        ...

    async def admit(self, sender: Jid, receiver: AccountId, stanza: Stanza) -> None:
        """Raises StanzaError where a message goes no further."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Post:
    """What messages go through. ``start``: runs work beside (`transports.tasks.Crew.start`).

    ``new_uid``: `model.uids.Uids.next`.
    """

    sessions: Sessions
    directory: Directory
    gate: Gate
    queue: ArchiveQueue
    shelf: PersonalShelf
    waiting: WaitingService
    carbons: Carbons
    new_uid: Callable[[], str]
    now: Callable[[], datetime]
    start: Callable[[Coroutine[Any, Any, None]], object]
    elsewhere: Elsewhere
    translate: Translate


@dataclass(frozen=True, slots=True)
class _Message:
    """One on its way. ``stanza``: cleaned, from and to whom it is."""

    session: Correspondent
    stanza: Stanza
    to: Jid
    done: Callable[[], object]


class Messages:
    """Is a `router.Takes`. ``domains``: all that are ours; accounts are at ``domain``."""

    def __init__(self, domain: str, domains: frozenset[str], post: Post) -> None:
        self._domain, self._domains = domain, domains
        self._post = post
        self._queued: dict[tuple[Correspondent, Jid], int] = {}

    async def take(self, sending: Sending) -> None:
        """Send a message of a client on its way. Raises StanzaError."""
        session, to = sending.session, sending.to
        if not self._post.elsewhere.has(to):
            await self.take_from(session, sending.stanza, to, sending.done)
            return
        self._post.elsewhere.require(to)
        stanza = self._cleaned(sending.stanza, FORGED).having(to=str(to))
        await self._post.gate.let_go(session, to, stanza)
        await self._begin(_Message(session, stanza, to, sending.done), None)

    async def take_from(
        self,
        sender: Correspondent,
        stanza: Stanza,
        to: Jid,
        done: Callable[[], object],
        forged: frozenset[str] = FORGED,
    ) -> None:
        """Deliver a message to an account of ours. Raises StanzaError."""
        if to.domain != self._domain:
            raise StanzaError("service-unavailable")
        stanza = self._cleaned(stanza, forged).having(to=str(to))
        account_id = await self._receiver(to)
        if account_id is None:
            raise StanzaError("service-unavailable")
        await self._post.gate.admit(sender.jid, account_id, stanza)
        await self._begin(_Message(sender, stanza, to, done), account_id)

    async def _begin(self, message: _Message, receiver: AccountId | None) -> None:
        await self._post.queue.space()
        if hints.is_lasting(message.stanza):
            self._keep(message, receiver)
        else:
            self._pass_on(message, receiver)

    # --- what is kept first -------------------------------------------------------------

    def _keep(self, message: _Message, receiver: AccountId | None) -> None:
        stanza, session, to = message.stanza, message.session, message.to
        is_encrypted = hints.is_encrypted(stanza)
        kept = stanza.without(_is_body) if is_encrypted else stanza
        timer_s = hints.timer_s(stanza)
        sender = session.jid
        new = NewPersonal(
            uid=self._post.new_uid(),
            sender=Party(str(sender.bare), sender.resource, session.account),
            receiver=Party(str(to.bare), to.resource, receiver),
            content=content_of(kept),
            encrypted=is_encrypted,
            sent_at=self._post.now(),
            origin=origin_of(str(sender.bare), str(to.bare), ids.origin_id(stanza)),
            lasts=None if timer_s is None else min(timedelta(seconds=timer_s), _LONGEST),
            waits=receiver is not None and not targets(self._post.sessions, to, stanza.type),
        )
        key = (session, to.bare)
        self._queued[key] = self._queued.get(key, 0) + 1
        self._post.queue.put(
            self._post.shelf,
            new,
            partial(self._kept, message, new),
            partial(self._not_kept, message),
        )

    def _kept(self, message: _Message, new: NewPersonal, kept: Kept) -> None:
        """It is on disk: let everybody have it, and then let the sender know."""
        self._unqueue(message)
        if kept.again:
            message.done()
            return
        what = What.KEPT if kept.received else What.MESSAGE
        got = self._deliver(message, kept, what)
        receiver = new.receiver.account_id
        if receiver is not None and got and kept.waiting:
            self._post.start(self._post.waiting.reached(receiver, kept.uid))
        is_lost = not got and not kept.waiting and not (kept.received and new.waits)
        if receiver is not None and is_lost:
            unseen = Unseen(new.content, archived=kept.received)
            self._post.start(self._let_wait(receiver, unseen, message))
            return
        message.done()

    def _not_kept(self, message: _Message, problem: AllmendeError) -> None:
        self._unqueue(message)
        busy = isinstance(problem, Unavailable) and problem.message_id != "chat.not-kept"
        condition = "resource-constraint" if busy else "internal-server-error"
        text = self._post.translate(problem)
        answer = error_of(message.stanza, StanzaError(condition, text, kind="wait"))
        if answer is not None:
            message.session.send(answer, What.MESSAGE)
        message.done()

    def _unqueue(self, message: _Message) -> None:
        key = (message.session, message.to.bare)
        left = self._queued.pop(key, 0) - 1
        if left > 0:
            self._queued[key] = left

    # --- what is not --------------------------------------------------------------------

    def _pass_on(self, message: _Message, receiver: AccountId | None) -> None:
        """Deliver at once, but never before what the same client sent to the same one."""
        if (message.session, message.to.bare) in self._queued:
            self._post.queue.behind(partial(self._passed, message, receiver))
            return
        self._passed(message, receiver)

    def _passed(self, message: _Message, receiver: AccountId | None) -> None:
        stanza = message.stanza
        what = What.STATE if hints.is_state(stanza) else What.MESSAGE
        if self._deliver(message, None, what) or receiver is None or stanza.type == "headline":
            message.done()
        elif hints.may_wait(stanza):
            unseen = Unseen(content_of(stanza), archived=False)
            self._post.start(self._let_wait(receiver, unseen, message))
        else:
            if stanza.has(hints.BODY) or stanza.type == "groupchat":
                answer = error_of(stanza, StanzaError("service-unavailable"))
                if answer is not None:
                    message.session.send(answer, What.MESSAGE)
            message.done()

    async def _let_wait(self, receiver: AccountId, unseen: Unseen, message: _Message) -> None:
        try:
            await self._post.waiting.keep(receiver, [unseen])
        except AllmendeError as problem:
            self._not_kept(message, problem)
        else:
            message.done()

    # --- inside -------------------------------------------------------------------------

    def _deliver(self, message: _Message, kept: Kept | None, what: What) -> Sequence[Session]:
        """Send it to who gets it, and copies to their and the sender's other apps."""
        stanza, to, session = message.stanza, message.to, message.session
        owner, own = str(to.bare), str(session.jid.bare)
        received = sent = stanza
        if kept is not None and kept.received:
            received = stanza.adding(ids.stanza_id(kept.uid, owner))
        if kept is not None and kept.sent:
            sent = stanza.adding(ids.stanza_id(kept.uid, own))
        got = targets(self._post.sessions, to, stanza.type)
        if self._post.elsewhere.has(to):
            self._send_away(message)
        for one in got:
            one.send(received, what)
        if owner != own:
            self._post.carbons.copy(copies.RECEIVED, received, to, got, what)
        if isinstance(session, Session):
            self._post.carbons.copy(copies.SENT, sent, session.jid, [*got, session], what)
        return got

    def _send_away(self, message: _Message) -> None:
        try:
            self._post.elsewhere.take(message.stanza)
        except StanzaError as problem:
            answer = error_of(message.stanza, problem)
            if answer is not None:
                message.session.send(answer, What.MESSAGE)

    async def _receiver(self, to: Jid) -> AccountId | None:
        for session in self._post.sessions.of(to.bare).values():
            return session.account
        return await self._post.directory.account_of(to.local) if to.local else None

    def _cleaned(self, stanza: Stanza, forged: frozenset[str]) -> Stanza:
        """Return it without what its sender cannot know or be."""
        stanza = stanza.without(lambda child: child.name in forged)
        stanza = ids.without_claims(stanza, ids.STANZA_ID, "by", self._is_ours)
        return ids.without_claims(stanza, DELAY_NAME, "from", self._is_ours)

    def _is_ours(self, address: str) -> bool:
        try:
            return parse(address).domain in self._domains
        except JidMalformed:
            return False


def targets(sessions: Sessions, to: Jid, kind: str) -> Sequence[Session]:
    """Return who gets a message of type ``kind``. RFC 6121, 8.5.2 and 8.5.3."""
    if to.resource:
        found = sessions.find(to)
        if found is not None:
            return [found]
        if kind in ("groupchat", "headline", "error"):
            return []
    elif kind in ("groupchat", "error"):
        return []
    return [
        session
        for session in sessions.of(to.bare).values()
        if session.presence is not None and session.priority >= 0
    ]


def _is_body(child: Child) -> bool:
    return child.name == hints.BODY
