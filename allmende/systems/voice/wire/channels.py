"""ChannelState and ChannelRemove: rooms made and ended by a client."""

from allmende.core.errors import Conflict, InvalidInput
from allmende.protocols.mumble.messages import ChannelRemove, ChannelState
from allmende.systems.voice.wire.talk import Handlers, Talk


async def channel_state(talk: Talk, asked: ChannelState) -> None:
    """Make a room. Those that are there are changed in the browser."""
    if asked.channel_id is not None:
        raise Conflict("voice.rooms-are-changed-in-browser", page=talk.settings.page("/"))
    if asked.parent is None or not asked.name:
        raise InvalidInput("identity.name-empty", field="name")
    await talk.voice.making.make(
        talk.leg, asked.parent, asked.name, temporary=bool(asked.temporary)
    )


async def channel_remove(talk: Talk, asked: ChannelRemove) -> None:
    """End one's own temporary room."""
    await talk.voice.making.remove(talk.leg, asked.channel_id)


HANDLERS: Handlers = {ChannelState: channel_state, ChannelRemove: channel_remove}
