"""UserState and UserRemove: where people stand, and what facilitators do to them."""

from allmende.core.errors import Conflict, InvalidInput, NotAllowed
from allmende.core.permissions import Permission
from allmende.protocols.mumble.messages import UserRemove, UserState
from allmende.systems.voice.service import rich
from allmende.systems.voice.wire.talk import Handlers, Talk


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
        _set_comment(talk, asked.comment)
    if asked.recording:
        await voice.record(leg)
    if asked.temporary_access_tokens:
        await voice.invite(leg, asked.temporary_access_tokens)
    if asked.mute is not None or asked.deaf is not None:
        await voice.acting.set_mute(leg, leg.session, mute=asked.mute, deaf=asked.deaf)
    if asked.channel_id is not None:
        await voice.go(leg, asked.channel_id)


def _refuse_what_is_not_ones_own(asked: UserState, name: str) -> None:
    if asked.name is not None and asked.name != name:
        raise Conflict("voice.name-stays")
    if asked.texture:
        raise InvalidInput("voice.no-pictures", field="texture")
    if asked.suppress is not None or asked.priority_speaker is not None:
        raise NotAllowed("room.not-allowed", permission=Permission.ROOM_FACILITATE)
    if asked.listening_channel_add:
        raise Conflict("voice.no-listening")


def _set_comment(talk: Talk, comment: str) -> None:
    if len(comment) > rich.MAX_TEXT_CHARS or rich.has_picture(comment):
        raise InvalidInput("voice.comment-refused", field="comment")
    talk.leg.comment = rich.clean(comment)
    talk.voice.showing.touch()


async def _somebody(talk: Talk, session: int, asked: UserState) -> None:
    voice, leg = talk.voice, talk.leg
    voice.people.target(leg, session)
    own = (asked.self_mute, asked.self_deaf, asked.recording, asked.name, asked.user_id)
    about = (asked.suppress, asked.priority_speaker, asked.texture, asked.comment)
    if any(each is not None for each in (*own, *about)):
        raise NotAllowed("room.not-allowed", permission=Permission.ROOM_FACILITATE)
    if asked.mute is not None or asked.deaf is not None:
        await voice.acting.set_mute(leg, session, mute=asked.mute, deaf=asked.deaf)
    if asked.channel_id is not None:
        await voice.acting.move(leg, session, asked.channel_id)


async def user_remove(talk: Talk, asked: UserRemove) -> None:
    """Put somebody out of their room; a moderator of the server ends their connection."""
    voice, leg, reason = talk.voice, talk.leg, asked.reason or ""
    if Permission.DESK_MODERATE in leg.known.server:
        if asked.ban:
            raise Conflict("voice.bans-are-made-in-browser", page=talk.settings.page("/"))
        target = voice.acting.may_end(leg, asked.session)
        if target.leg is not None and target.leg is not leg:
            voice.end(target.leg, "voice.kicked", reason=reason[:200])
            return
    if asked.ban:
        await voice.acting.ban(leg, asked.session, reason)
    else:
        await voice.acting.kick(leg, asked.session)


HANDLERS: Handlers = {UserState: user_state, UserRemove: user_remove}
