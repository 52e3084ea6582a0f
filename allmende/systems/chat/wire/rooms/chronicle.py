"""What was said in a room, from whichever archive it has; and what is said now, into it."""

from datetime import datetime
from hashlib import sha256

from allmende.core.accounts import Caller
from allmende.protocols.xml.tree import element
from allmende.protocols.xmpp.errors import StanzaError
from allmende.protocols.xmpp.forwarding import content_of
from allmende.protocols.xmpp.jid import JidMalformed, prepared_resource
from allmende.protocols.xmpp.names import CLIENT
from allmende.protocols.xmpp.stanza import Stanza
from allmende.systems.chat.model.history import Asked, Ends, HistoryPage
from allmende.systems.chat.model.messages import Message
from allmende.systems.chat.model.rooms import number_uid
from allmende.systems.chat.service.group_rooms import GroupRooms, Shown
from allmende.systems.chat.service.rooms import RoomService
from allmende.systems.chat.wire.rooms.hall import Hall
from allmende.systems.chat.wire.session import Session


class Chronicle:
    """Reads archives of rooms."""

    def __init__(self, rooms: RoomService, groups: GroupRooms) -> None:
        self._rooms = rooms
        self._groups = groups

    async def page(self, hall: Hall, session: Session | None, asked: Asked) -> HistoryPage:
        """Return a page as somebody may read it. Raises StanzaError, NotFound, InvalidInput."""
        if hall.room.of_group is None:
            return await self._rooms.page(hall.room, asked)
        who = caller_of(session)
        return await self._groups.page(who, hall.room.of_group, asked, shown_in(hall))

    async def ends(self, hall: Hall, session: Session | None) -> Ends | None:
        """Return where that begins and ends."""
        if hall.room.of_group is None:
            return await self._rooms.ends(hall.room)
        return await self._groups.ends(caller_of(session), hall.room.of_group, shown_in(hall))


def caller_of(session: Session | None) -> Caller:
    """Return who asks. Raises StanzaError for people of other servers."""
    if session is None:
        raise StanzaError("forbidden")
    return session.caller


def shown_in(hall: Hall) -> Shown:
    """Return how messages of a group's room are written."""

    def shown(message: Message) -> bytes:
        if message.content is not None:
            return bytes(message.content)
        return content_of(written(hall, message))

    return shown


def written(hall: Hall, message: Message) -> Stanza:
    """Return what was written on a page as a message of the room."""
    place = hall.address
    try:
        place = hall.place(prepared_resource(message.author))
    except (JidMalformed, ValueError):
        place = hall.address
    attributes = {"from": str(place), "type": "groupchat", "id": number_uid(message.id)}
    return Stanza("message", CLIENT, attributes).adding(element(CLIENT, "body", message.text))


def message_key(sender: str, name: str, now: datetime) -> str:
    """Return how the house calls a message, the same when it comes again under its ``name``."""
    named = f"{sender}\0{name}" if name else f"{sender}\0{now.timestamp()}"
    return sha256(named.encode()).hexdigest()
