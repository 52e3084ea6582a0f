"""UserState and UserRemove: where people stand, and what facilitators do to them."""

from typing import Final

from allmende.core.errors import Conflict, NotAllowed
from allmende.core.permissions import Permission
from allmende.protocols.mumble.messages import UserRemove, UserState
from allmende.systems.voice.wire.talk import Handlers, Talk

MAX_LISTENING: Final = 16


async def user_state(talk: Talk, asked: UserState) -> None:
    """Change oneself, or somebody else as a facilitator."""
    session = talk.session if asked.session is None else asked.session
    if session == talk.session:
        await _oneself(talk, asked)
    else:
        await _somebody(talk, session, asked)


async def _oneself(talk: Talk, asked: UserState) -> None:
    leg, voice = talk.leg, talk.voice
    _refuse_what_is_not_ones_own(asked, leg.name)
    if asked.user_id is not None:
        await voice.bind_certificate(leg, talk.line.stream.certificate)
        voice.texting.tell_words(leg, "voice.certificate-bound")
    if asked.self_mute is not None or asked.self_deaf is not None:
        voice.moving.set_self(leg, mute=asked.self_mute, deaf=asked.self_deaf)
    if asked.comment is not None:
        await voice.drawing.set_comment(leg, asked.comment)
    if asked.texture is not None:
        await voice.drawing.set_texture(leg, asked.texture)
    if asked.recording is not None:
        await voice.record(leg, on=asked.recording)
    if asked.listening_channel_add or asked.listening_channel_remove:
        begin, end = asked.listening_channel_add, asked.listening_channel_remove
        voice.listening.change(leg, begin=begin[:MAX_LISTENING], end=end)
    if asked.temporary_access_tokens:
        await voice.invite(leg, asked.temporary_access_tokens)
    if asked.mute is not None or asked.deaf is not None:
        await voice.acting.set_mute(leg, leg.session, mute=asked.mute, deaf=asked.deaf)
    if asked.channel_id is not None:
        await voice.go(leg, asked.channel_id)


def _refuse_what_is_not_ones_own(asked: UserState, name: str) -> None:
    if asked.name is not None and asked.name != name:
        raise Conflict("voice.name-stays")
    if asked.suppress is not None or asked.priority_speaker is not None:
        raise NotAllowed("room.not-allowed", permission=Permission.ROOM_FACILITATE)


async def _somebody(talk: Talk, session: int, asked: UserState) -> None:
    voice, leg = talk.voice, talk.leg
    target = voice.people.target(leg, session)
    own = (asked.self_mute, asked.self_deaf, asked.recording, asked.name, asked.user_id)
    about = (asked.suppress, asked.priority_speaker, asked.texture or None, asked.comment or None)
    if any(each is not None for each in (*own, *about)):
        raise NotAllowed("room.not-allowed", permission=Permission.ROOM_FACILITATE)
    if asked.texture is not None or asked.comment is not None:
        voice.acting.may_end(leg, session)
        if target.leg is not None:
            await voice.drawing.reset(target.leg, asked.comment, asked.texture)
    if asked.mute is not None or asked.deaf is not None:
        await voice.acting.set_mute(leg, session, mute=asked.mute, deaf=asked.deaf)
    if asked.channel_id is not None:
        await voice.acting.move(leg, session, asked.channel_id)


async def user_remove(talk: Talk, asked: UserRemove) -> None:
    """Put somebody out of their room; a moderator of the server ends their connection."""
    voice, leg, reason = talk.voice, talk.leg, asked.reason or ""
    if Permission.DESK_MODERATE in leg.known.server:
        target = voice.acting.may_end(leg, asked.session)
        if asked.ban:
            await voice.acting.ban_here(leg, asked.session, reason)
        if target.leg is not None and target.leg is not leg:
            voice.end(target.leg, "voice.kicked", reason=reason[:200])
            return
        if asked.ban:
            return
    if asked.ban:
        await voice.acting.ban(leg, asked.session, reason)
    else:
        await voice.acting.kick(leg, asked.session)


HANDLERS: Handlers = {UserState: user_state, UserRemove: user_remove}
