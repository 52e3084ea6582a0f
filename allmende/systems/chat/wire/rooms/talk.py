"""What is said in a room: to all, to one, about it. XEP-0045, 7.4, 7.5, 7.8, 8.1; 0424, 0425."""

from asyncio import Future, get_running_loop
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from typing import Final

from allmende.core.errors import AllmendeError
from allmende.protocols.xml.tree import Element, element
from allmende.protocols.xmpp import hints, ids, moderation, muc
from allmende.protocols.xmpp.delay import DELAY_NAME
from allmende.protocols.xmpp.errors import StanzaError, error_of
from allmende.protocols.xmpp.forwarding import content_of
from allmende.protocols.xmpp.jid import Jid, JidMalformed, parse
from allmende.protocols.xmpp.moderation import Wanted
from allmende.protocols.xmpp.names import CLIENT
from allmende.protocols.xmpp.stanza import Child, Stanza
from allmende.systems.chat.model.personal import origin_of
from allmende.systems.chat.model.rooms import (
    KEPT_FOR,
    MAX_SUBJECT_CHARS,
    Affiliation,
    NewLine,
    Role,
    Standing,
    Subject,
    at_least,
    belongs,
)
from allmende.systems.chat.service.archive import ArchiveQueue
from allmende.systems.chat.service.rooms import LineShelf
from allmende.systems.chat.wire.errors import Translate
from allmende.systems.chat.wire.messages import FORGED
from allmende.systems.chat.wire.rooms.chronicle import caller_of, message_key
from allmende.systems.chat.wire.rooms.hall import Hall, Occupant
from allmende.systems.chat.wire.rooms.halls import Halls
from allmende.systems.chat.wire.session import Session, What

_CUT: Final = FORGED | {muc.USER_X, muc.JOIN}
_EMPTY: Final = Stanza("message", CLIENT, {"type": "groupchat"})
_THREAD: Final = f"{CLIENT} thread"

Carry = Callable[[Jid, Stanza, What], object]
"""Sends to an account, here or elsewhere."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Means:
    """What talk goes through. ``carry``: to people who are not in the room."""

    queue: ArchiveQueue
    shelf: LineShelf
    new_uid: Callable[[], str]
    now: Callable[[], datetime]
    monotonic_s: Callable[[], float]
    carry: Carry
    translate: Translate


@dataclass(frozen=True, slots=True)
class Saying:
    """One message on its way. ``stanza``: as it came, with its sender."""

    sender: Jid
    session: Session | None
    to: Jid
    stanza: Stanza
    done: Callable[[], object]


class Talk:
    """Takes messages for rooms. ``domains``: all that are ours."""

    def __init__(self, halls: Halls, domains: frozenset[str], means: Means) -> None:
        self._halls = halls
        self._domains = domains
        self._means = means

    async def take(self, saying: Saying) -> None:
        """Act on a message. Raises StanzaError, AllmendeError."""
        stanza, to = saying.stanza, saying.to
        hall = self._halls.live(to.local)
        if stanza.type == "error":
            saying.done()
        elif to.resource:
            self._tell_one(hall, saying)
            saying.done()
        elif stanza.type == "groupchat":
            here = None if hall is None else hall.of(saying.sender)
            if hall is None or here is None:
                raise StanzaError("not-acceptable")
            await self._say(hall, here, saying)
        else:
            await self._about(saying)
            saying.done()

    # --- to all -------------------------------------------------------------------------

    async def _say(self, hall: Hall, here: Occupant, saying: Saying) -> None:
        stanza = self._cleaned(saying.stanza)
        if stanza.has(hints.SUBJECT) and not stanza.has(hints.BODY) and not stanza.has(_THREAD):
            await self._set_subject(hall, here, saying)
            return
        if here.role is Role.VISITOR:
            raise StanzaError("forbidden")
        self._keep_pace(hall, here, stanza)
        await self._means.queue.space()
        reflected = self._reflected(hall, here, stanza)
        if not hints.is_lasting(stanza.having(type="normal")):
            self._pass_on(hall, reflected, saying)
        elif hall.room.of_group is not None:
            await self._say_in_group(hall, here, saying, reflected)
        else:
            await self._keep(hall, here, saying, reflected)

    def _keep_pace(self, hall: Hall, here: Occupant, stanza: Stanza) -> None:
        """XEP-0500: everybody but moderators waits between two messages."""
        slow_s = hall.room.config.slow_s
        if not slow_s or here.role is Role.MODERATOR or not stanza.has(hints.BODY):
            return
        now_s = self._means.monotonic_s()
        last_s = max(one.spoke_s for one in hall.people(here.address))
        if now_s - last_s < slow_s:
            raise StanzaError("policy-violation", str(round(slow_s - now_s + last_s)), kind="wait")
        here.spoke_s = now_s

    def _reflected(self, hall: Hall, here: Occupant, stanza: Stanza) -> Stanza:
        attributes = {**stanza.attributes, "from": str(hall.place(here.nick))}
        attributes.pop("to", None)
        found = Stanza("message", CLIENT, attributes, stanza.inner, stanza.children)
        return found.adding(Element(muc.OCCUPANT_ID, {"id": here.key}))

    def _pass_on(self, hall: Hall, stanza: Stanza, saying: Saying) -> None:
        """Tell it at once, but behind what is being kept."""
        what = What.STATE if _is_state(stanza) else What.GROUPCHAT

        def tell() -> None:
            hall.reflect(stanza, what)
            saying.done()

        if hall.queued:
            self._means.queue.behind(tell)
        else:
            tell()

    async def _say_in_group(
        self, hall: Hall, here: Occupant, saying: Saying, reflected: Stanza
    ) -> None:
        """The house keeps it; its fact brings it to all. What has no text is told, not kept."""
        room_id = hall.room.of_group
        uid = moderation.retracted(reflected)
        body = reflected.child(hints.BODY)
        groups, who = self._halls.groups, caller_of(saying.session)
        if room_id is None or (body is None and not uid):
            self._pass_on(hall, reflected, saying)
            return
        if uid:
            await groups.retract(who, room_id, uid)
        elif body is not None:
            name = ids.origin_id(reflected)
            key = message_key(here.address, name, self._means.now())
            await groups.say(who, room_id, body.text, key, content_of(reflected))
        saying.done()

    async def _keep(self, hall: Hall, here: Occupant, saying: Saying, reflected: Stanza) -> None:
        new = self._line(hall, reflected, here)
        uid = moderation.retracted(reflected)
        if uid:
            if await self._halls.rooms.author(hall.room, uid) != here.key:
                raise StanzaError("forbidden")
            grave = moderation.tombstone(new.sent_at)
            new = replace(new, erases=uid, grave=self._grave(hall.place(here.nick), grave, here))
        elif saying.session is not None:
            new = replace(new, account_id=saying.session.account)
        named = ids.origin_id(reflected)
        new = replace(new, origin=origin_of(here.address, str(hall.address), named))
        self._put(hall, new, reflected, saying.done, partial(self._not_kept, saying))

    def _line(self, hall: Hall, stanza: Stanza, here: Occupant) -> NewLine:
        now = self._means.now()
        if hints.is_encrypted(stanza):
            stanza = stanza.without(_is_body)
        return NewLine(
            room=hall.room.number,
            uid=self._means.new_uid(),
            account_id=None,
            occupant=here.key,
            origin=None,
            content=content_of(stanza),
            sent_at=now,
            ends_at=now + KEPT_FOR,
        )

    def _put(
        self,
        hall: Hall,
        new: NewLine,
        stanza: Stanza,
        done: Callable[[], object],
        failed: Callable[[AllmendeError], object],
    ) -> None:
        hall.queued += 1

        def kept(uid: str) -> None:
            hall.queued -= 1
            if uid == new.uid:
                hall.reflect(stanza.adding(ids.stanza_id(uid, str(hall.address))), What.GROUPCHAT)
            done()

        def not_kept(problem: AllmendeError) -> None:
            hall.queued -= 1
            failed(problem)

        self._means.queue.put(self._means.shelf, new, kept, not_kept)

    def _not_kept(self, saying: Saying, problem: AllmendeError) -> None:
        text = self._means.translate(problem)
        error = StanzaError("internal-server-error", text, kind="wait")
        answer = error_of(saying.stanza, error)
        if answer is not None and saying.session is not None:
            saying.session.send(answer, What.MESSAGE)
        saying.done()

    # --- taking back --------------------------------------------------------------------

    async def moderate(
        self, hall: Hall, here: Occupant, session: Session | None, wanted: Wanted
    ) -> None:
        """Take back what somebody said. Raises StanzaError, AllmendeError."""
        if here.role is not Role.MODERATOR:
            raise StanzaError("forbidden")
        if hall.room.of_group is not None:
            await self._halls.groups.retract(caller_of(session), hall.room.of_group, wanted.uid)
            return
        await self._halls.rooms.author(hall.room, wanted.uid)
        by = str(hall.place(here.nick))
        told = moderated(hall, wanted, by, here.key).having(id=self._means.new_uid())
        grave = moderation.tombstone(self._means.now(), by, wanted.reason)
        new = replace(
            self._line(hall, told, here),
            occupant="",
            erases=wanted.uid,
            grave=self._grave(hall.address, grave, None),
        )
        kept: Future[None] = get_running_loop().create_future()
        self._put(hall, new, told, partial(_arrived, kept), kept.set_exception)
        await kept

    def _grave(self, place: Jid, grave: Element, author: Occupant | None) -> bytes:
        stanza = _EMPTY.having(from_=str(place)).adding(grave)
        if author is not None:
            stanza = stanza.adding(Element(muc.OCCUPANT_ID, {"id": author.key}))
        return content_of(stanza)

    # --- subject, invitations -----------------------------------------------------------

    async def _set_subject(self, hall: Hall, here: Occupant, saying: Saying) -> None:
        config = hall.room.config
        allowed = here.role is Role.MODERATOR or (
            config.all_set_subject and at_least(here.role, Role.PARTICIPANT)
        )
        if hall.room.of_group is not None:
            raise StanzaError("not-allowed")
        found = saying.stanza.child(hints.SUBJECT)
        text = found.text if found is not None else ""
        if not allowed:
            raise StanzaError("forbidden")
        if len(text) > MAX_SUBJECT_CHARS:
            raise StanzaError("not-acceptable")
        subject = Subject(text, here.nick, self._means.now())
        await self._halls.rooms.talk_about(hall.room, subject)
        hall.room = replace(hall.room, subject=subject)
        self._pass_on(hall, self._reflected(hall, here, self._cleaned(saying.stanza)), saying)

    async def _about(self, saying: Saying) -> None:
        """Somebody invites, or refuses an invitation."""
        invited, refused = muc.invitations(saying.stanza), muc.refusals(saying.stanza)
        if not invited and not refused:
            raise StanzaError("not-acceptable")
        async with self._halls.inside(saying.to.local) as hall:
            for one in refused:
                inviter = hall.people(str(one.to.bare))
                told = muc.refused(saying.sender.bare, one.reason)
                for seat in (seat for each in inviter for seat in each.seats.values()):
                    hall.send(seat, _from_room(hall).adding(told), What.MESSAGE)
            if invited:
                await self._invite(hall, saying, invited)

    async def _invite(self, hall: Hall, saying: Saying, invited: Sequence[muc.Invitation]) -> None:
        here, room = hall.of(saying.sender), hall.room
        if here is None:
            raise StanzaError("not-acceptable")
        if here.role is not Role.MODERATOR and (
            not room.config.members_invite or room.config.members_only
        ):
            raise StanzaError("forbidden")
        for one in invited:
            address = str(one.to.bare)
            if room.of_group is not None:
                if not belongs(room.standing(address).affiliation):
                    raise StanzaError("not-allowed")
            elif room.config.members_only and not belongs(room.standing(address).affiliation):
                standing = {address: Standing(Affiliation.MEMBER)}
                await self._halls.rooms.appoint(room, standing)
                hall.room = hall.room.with_standing(address, standing[address])
            told = muc.invited(saying.sender.bare, one.reason, room.config.password)
            self._means.carry(
                one.to, _from_room(hall).having(to=str(one.to)).adding(told), What.MESSAGE
            )

    # --- to one -------------------------------------------------------------------------

    def _tell_one(self, hall: Hall | None, saying: Saying) -> None:
        here = None if hall is None else hall.of(saying.sender)
        if hall is None or here is None:
            raise StanzaError("not-acceptable")
        if saying.stanza.type == "groupchat":
            raise StanzaError("bad-request")
        if not at_least(here.role, hall.room.config.private_messages):
            raise StanzaError("forbidden")
        there = hall.named(saying.to.resource)
        if there is None:
            raise StanzaError("item-not-found")
        stanza = self._reflected(hall, here, self._cleaned(saying.stanza))
        stanza = stanza.adding(element(muc.USER, "x"))
        for seat in list(there.seats.values()):
            hall.send(seat, stanza, What.MESSAGE)

    # --- inside -------------------------------------------------------------------------

    def _cleaned(self, stanza: Stanza) -> Stanza:
        """Return it without what its sender cannot know or be."""
        stanza = stanza.without(lambda child: child.name in _CUT)
        stanza = ids.without_claims(stanza, ids.STANZA_ID, "by", self._is_ours)
        return ids.without_claims(stanza, DELAY_NAME, "from", self._is_ours)

    def _is_ours(self, address: str) -> bool:
        try:
            return parse(address).domain in self._domains
        except JidMalformed:
            return False


def moderated(hall: Hall, wanted: Wanted, by: str, key: str) -> Stanza:
    """Return what the room says when a moderator took something back."""
    author = Element(muc.OCCUPANT_ID, {"id": key})
    told = moderation.announcement(wanted, by, author)
    return _EMPTY.having(from_=str(hall.address)).adding(*told)


def _arrived(kept: Future[None]) -> None:
    if not kept.done():
        kept.set_result(None)


def _from_room(hall: Hall) -> Stanza:
    return Stanza("message", CLIENT, {"from": str(hall.address)})


def _is_state(stanza: Stanza) -> bool:
    return hints.is_state(stanza.without(lambda child: child.name == muc.OCCUPANT_ID))


def _is_body(child: Child) -> bool:
    return child.name == hints.BODY
