"""TextMessage: commands, the chat of rooms, and lines from person to person."""

from allmende.core.errors import NotAllowed, NotFound
from allmende.core.permissions import Permission
from allmende.protocols.mumble.messages import TextMessage
from allmende.systems.voice.service import rich
from allmende.systems.voice.service.texting import require_fitting
from allmende.systems.voice.wire.menus import run_command
from allmende.systems.voice.wire.talk import Handlers, Talk


async def text_message(talk: Talk, said: TextMessage) -> None:
    """Do a command, or pass a text on."""
    if len(said.message) <= rich.MAX_TEXT_CHARS and await run_command(
        talk, rich.plain(said.message)
    ):
        return
    if said.tree_id:
        await _to_trees(talk, said)
        return
    for channel in said.channel_id:
        room_id = talk.voice.channels.room_of(channel)
        if room_id is None and talk.voice.sees(talk.leg, channel):
            raise NotAllowed("room.not-allowed", permission=Permission.CHAT_WRITE)
        await talk.voice.texting.to_room(
            talk.leg, talk.voice.moving.room_at(talk.leg, channel), said.message
        )
    if said.session:
        require_fitting(said.message)
        text = await talk.voice.drawing.clean(said.message)
        talk.voice.texting.to_people(talk.leg, said.session, text)


async def _to_trees(talk: Talk, said: TextMessage) -> None:
    """Rooms are told one by one; all below a channel at once is for moderators of the server."""
    if Permission.DESK_MODERATE not in talk.leg.known.server:
        raise NotAllowed("room.not-allowed", permission=Permission.CHAT_WRITE)
    for tree in said.tree_id:
        rooms = talk.voice.rooms_below(talk.leg, tree)
        if not rooms:
            raise NotFound("voice.no-such-room")
        for room_id in rooms:
            if talk.leg.may(room_id, Permission.CHAT_WRITE):
                await talk.voice.texting.to_room(talk.leg, room_id, said.message)


HANDLERS: Handlers = {TextMessage: text_message}
