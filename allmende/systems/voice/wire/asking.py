"""What a client asks about: permissions, blobs, statistics; and lists that we do not have."""

from allmende.core.errors import Conflict, NotAllowed, NotFound
from allmende.core.permissions import Permission
from allmende.protocols.mumble.messages import (
    ACL,
    BanList,
    ChannelState,
    PacketStats,
    PermissionQuery,
    QueryUsers,
    RequestBlob,
    UserState,
    UserStats,
    Version,
)
from allmende.systems.voice.service.legs import Leg
from allmende.systems.voice.wire.talk import Handlers, Talk

MAX_ASKED = 64
BROWSER = Version(release="Browser")


async def permission_query(talk: Talk, asked: PermissionQuery) -> None:
    """Say what may be done in a channel; menus are grey without an answer."""
    channel = asked.channel_id or 0
    if not talk.voice.sees(talk.leg, channel):
        raise NotFound("voice.no-such-room")
    bits = talk.voice.showing.bits(talk.leg, channel)
    talk.line.say(PermissionQuery(channel_id=channel, permissions=bits))


async def request_blob(talk: Talk, asked: RequestBlob) -> None:
    """Give long comments and descriptions, of people and channels that are seen."""
    view = talk.leg.view
    if view is None:
        return
    for session in asked.session_texture[:MAX_ASKED]:
        if session in view.users:
            leg = talk.voice.legs.find(session)
            if leg is not None and leg.texture:
                await talk.line.say_in_turn(UserState(session=session, texture=leg.texture))
    for session in asked.session_comment[:MAX_ASKED]:
        user = view.users.get(session)
        if user is not None:
            await talk.line.say_in_turn(UserState(session=session, comment=user.comment))
    for number in asked.channel_description[:MAX_ASKED]:
        channel = view.channels.get(number)
        if channel is not None:
            said = ChannelState(channel_id=number, description=channel.description)
            await talk.line.say_in_turn(said)


async def user_stats(talk: Talk, asked: UserStats) -> None:
    """Always answer: a dialog waits. No address, no system, certificates to oneself alone."""
    session = talk.session if asked.session is None else asked.session
    target = talk.voice.people.target(talk.leg, session)
    if target.leg is None:
        talk.line.say(UserStats(session=session, version=BROWSER, opus=True))
        return
    talk.line.say(_stats(talk, target.leg, stats_only=bool(asked.stats_only)))


def _stats(talk: Talk, leg: Leg, *, stats_only: bool) -> UserStats:
    counts = talk.voice.counts(leg)
    mine = leg is talk.leg and not stats_only
    shown = talk.line.stream.certificate if mine else None
    return UserStats(
        session=leg.session,
        stats_only=stats_only or None,
        certificates=() if shown is None else (shown,),
        from_client=PacketStats(
            good=counts.good, late=counts.late, lost=counts.lost, resync=counts.resync
        ),
        udp_packets=counts.udp_packets,
        tcp_packets=counts.tcp_packets,
        version=None if stats_only else Version(release=leg.release or "Mumble"),
        onlinesecs=talk.voice.online_s(leg),
        strong_certificate=False,
        opus=True,
    )


async def ban_list(talk: Talk, asked: BanList) -> None:
    """There is none here: bans are of people, and made in the browser."""
    if not asked.query:
        raise Conflict("voice.bans-are-made-in-browser", page=talk.settings.page("/"))
    talk.line.say(BanList())
    talk.voice.texting.tell_words(
        talk.leg, "voice.bans-are-made-in-browser", page=talk.settings.page("/")
    )


async def acl(talk: Talk, asked: ACL) -> None:
    """Rights are given in the browser."""
    raise Conflict("voice.rights-are-given-in-browser", page=talk.settings.page("/"))


async def query_users(talk: Talk, asked: QueryUsers) -> None:
    """Tell names of accounts that are seen; there is no directory."""
    if Permission.DESK_MODERATE not in talk.leg.known.server:
        raise NotAllowed("identity.server-not-allowed", permission=Permission.DESK_MODERATE)
    view = talk.leg.view
    names = {} if view is None else {u.user_id: u.name for u in view.users.values() if u.user_id}
    found = {number: names[number] for number in asked.ids[:MAX_ASKED] if number in names}
    by_name = {name: number for number, name in names.items()}
    found |= {by_name[name]: name for name in asked.names[:MAX_ASKED] if name in by_name}
    talk.line.say(QueryUsers(ids=tuple(found), names=tuple(found.values())))


HANDLERS: Handlers = {
    PermissionQuery: permission_query,
    RequestBlob: request_blob,
    UserStats: user_stats,
    BanList: ban_list,
    ACL: acl,
    QueryUsers: query_users,
}
