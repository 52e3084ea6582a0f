"""The rooms' own domain: what comes there, and what the house tells the rooms of groups."""

from collections.abc import Callable

from allmende.core.bus import Bus
from allmende.core.errors import NotFound
from allmende.core.ids import FactId, GroupId, RoomId
from allmende.identity.events import GroupChanged, MembershipChanged, RoomGone
from allmende.protocols.xmpp import ids, muc
from allmende.protocols.xmpp.errors import StanzaError
from allmende.protocols.xmpp.jid import Jid
from allmende.protocols.xmpp.moderation import Wanted
from allmende.protocols.xmpp.muc import Item
from allmende.protocols.xmpp.stanza import Stanza
from allmende.systems.chat.events import MessageRetracted, MessageSent
from allmende.systems.chat.model.rooms import number_uid
from allmende.systems.chat.service.group_rooms import GroupRooms
from allmende.systems.chat.service.rooms import RoomService
from allmende.systems.chat.wire.iq import IqTable
from allmende.systems.chat.wire.rooms.answers import Answers
from allmende.systems.chat.wire.rooms.chronicle import Chronicle, shown_in
from allmende.systems.chat.wire.rooms.door import Door, put_out
from allmende.systems.chat.wire.rooms.hall import Abroad, Hall, kept_stanza
from allmende.systems.chat.wire.rooms.halls import Halls
from allmende.systems.chat.wire.rooms.orders import Orders
from allmende.systems.chat.wire.rooms.talk import Means, Saying, Talk, moderated
from allmende.systems.chat.wire.router import Sending
from allmende.systems.chat.wire.session import Session, What


class Rooms:
    """Takes messages and presence for the rooms; is a `router.Takes` of that domain.

    ``domain``: of the rooms; ``domains``: all that are ours. ``abroad``: sends to occupants on
    other servers.
    """

    def __init__(
        self,
        domain: str,
        domains: frozenset[str],
        rooms: RoomService,
        groups: GroupRooms,
        means: Means,
        abroad: Abroad,
    ) -> None:
        self.halls = Halls(domain, rooms, groups, abroad)
        self._groups = groups
        self._chronicle = Chronicle(rooms, groups)
        self._door = Door(self.halls, self._chronicle, means.now, means.monotonic_s)
        self._talk = Talk(self.halls, domains, means)
        self._orders = Orders(self.halls, means.translate)

    def join(self, table: IqTable, title: str) -> None:
        """Let rooms answer."""
        Answers(self.halls, self._chronicle, self._talk, title).join(table)
        self._orders.join(table)

    async def take(self, sending: Sending) -> None:
        """Act on a message or presence of a client. Raises StanzaError, AllmendeError."""
        session = sending.session
        await self.take_from(session.jid, session, sending.stanza, sending.to, sending.done)

    async def take_from(
        self,
        sender: Jid,
        session: Session | None,
        stanza: Stanza,
        to: Jid,
        done: Callable[[], object],
    ) -> None:
        """Act on a message or presence; ``session``: None for people of other servers."""
        if not to.local:
            if stanza.type == "error" or stanza.kind == "presence":
                done()
                return
            raise StanzaError("service-unavailable")
        if stanza.kind == "presence":
            await self._door.take(sender, session, to, stanza)
            done()
        else:
            await self._talk.take(Saying(sender, session, to, stanza, done))

    # --- what the house tells -----------------------------------------------------------

    def follow(self, bus: Bus) -> None:
        """Hear what happens in rooms of groups, whoever did it."""
        bus.watch(MessageSent, self._sent)
        bus.watch(MessageRetracted, self._retracted)
        bus.watch(MembershipChanged, self._membership)
        bus.watch(GroupChanged, self._group)
        bus.watch(RoomGone, self._gone)

    async def _sent(self, _: FactId, fact: MessageSent) -> None:
        hall = self._hall_of(fact.room_id)
        if hall is None:
            return
        try:
            message = await self._groups.message(fact.room_id, fact.message_id)
        except NotFound:
            return
        if message.kind:
            return
        stanza = kept_stanza(shown_in(hall)(message))
        uid = ids.stanza_id(number_uid(message.id), str(hall.address))
        hall.reflect(stanza.adding(uid), What.GROUPCHAT)

    async def _retracted(self, _: FactId, fact: MessageRetracted) -> None:
        hall = self._hall_of(fact.room_id)
        if hall is not None:
            uid, by = number_uid(fact.message_id), str(hall.address)
            told = moderated(hall, Wanted(uid), by, hall.key_of(by))
            hall.reflect(told.having(id=f"gone-{uid}"), What.GROUPCHAT)

    async def _membership(self, _: FactId, fact: MembershipChanged) -> None:
        await self._read_again(fact.group_id)

    async def _group(self, _: FactId, fact: GroupChanged) -> None:
        await self._read_again(fact.group_id)

    async def _read_again(self, group_id: GroupId) -> None:
        """Read what a group says of its rooms; who may be there no more goes."""
        for name in await self._groups.names(group_id):
            if self.halls.live(name) is None:
                continue
            async with self.halls.inside(name) as hall:
                before = hall.room
                await self.halls.read_again(hall)
                for one in {each.address for each in hall.occupants.values()}:
                    if before.standing(one) != hall.room.standing(one):
                        self._orders.show_standing(hall, one, Item())

    async def _gone(self, _: FactId, fact: RoomGone) -> None:
        found = self._hall_of(fact.room_id)
        if found is None:
            return
        async with self.halls.using(found.room.name) as entrance:
            hall = entrance.hall
            if hall is None:
                return
            more = [muc.destroyed("", None)]
            for one in list(hall.occupants.values()):
                put_out(hall, one, list(one.seats.values()), Item("none", "none"), more=more)

    def _hall_of(self, room_id: RoomId) -> Hall | None:
        return next((hall for hall in self.halls if hall.room.of_group == room_id), None)
