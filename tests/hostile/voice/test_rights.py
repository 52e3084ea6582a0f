"""What nobody may do to others, from a client that asks all the same."""

from collections.abc import Iterator

import pytest

from allmende.protocols.mumble.messages import (
    ACL,
    BanEntry,
    BanList,
    ChannelRemove,
    ChannelState,
    DenyType,
    Message,
    PermissionDenied,
    QueryUsers,
    RequestBlob,
    TextMessage,
    UserRemove,
    UserState,
    UserStats,
    VoiceTarget,
    VoiceTargetEntry,
)
from allmende.protocols.mumble.voice import VoicePacket, legacy
from tests.hostile.voice.hall import Hall, Street
from tests.hostile.voice.peer import HOST, Peer, opus

pytestmark = pytest.mark.slow

NOBODY = 65_000
FLOOD = 60


@pytest.fixture
def peer(street: Street, hall: Hall) -> Iterator[Peer]:
    with Peer(street.port).login("dreist", street.token) as found:
        yield found


def against(session: int, channel: int) -> list[Message]:
    """Everything that only a facilitator, or nobody, may do to somebody."""
    return [
        UserState(session=session, mute=True),
        UserState(session=session, deaf=True),
        UserState(session=session, suppress=True),
        UserState(session=session, self_mute=True),
        UserState(session=session, self_deaf=True),
        UserState(session=session, priority_speaker=True),
        UserState(session=session, channel_id=0),
        UserState(session=session, name="Esel"),
        UserState(session=session, comment="dumm"),
        UserState(session=session, texture=b"x"),
        UserState(session=session, recording=True),
        UserState(session=session, user_id=1),
        UserRemove(session=session, reason="weg"),
        UserRemove(session=session, reason="weg", ban=True),
        ChannelState(channel_id=channel, name="Meins"),
        ChannelRemove(channel_id=channel),
        BanList(bans=(BanEntry(address=bytes(16), mask=128),)),
        ACL(channel_id=channel),
    ]


def test_what_is_done_to_others_without_right_is_refused_and_changes_nothing(
    hall: Hall, peer: Peer
) -> None:
    victim = hall.anna.session
    before = hall.ask(lambda: hall.ben.users[victim])
    own = peer.state_of(peer.session)[-1]
    assert own.channel_id is not None
    wishes = against(victim, own.channel_id)
    for number, wish in enumerate(wishes, 1):
        peer.send(wish)
        peer.barrier()
        assert len(peer.denials()) == number, wish
    assert {denied.session for denied in peer.denials()} == {peer.session}
    kinds = [denied.type for denied in peer.denials()[:14]]
    assert set(kinds) == {DenyType.PERMISSION}
    hall.hear(5)
    assert hall.ask(lambda: hall.ben.users[victim]) == before


@pytest.mark.parametrize(
    "own",
    [UserState(suppress=False), UserState(priority_speaker=True), UserState(mute=False),
     UserState(name="Anders"), UserState(channel_id=4_000_000), UserState(channel_id=2**32 - 1)],
)  # fmt: skip
def test_one_does_not_give_oneself_what_others_give(hall: Hall, peer: Peer, own: UserState) -> None:
    before = peer.state_of(peer.session)
    peer.send(own)
    peer.barrier()
    assert len(peer.denials()) == 1
    assert peer.state_of(peer.session) == before


def test_who_is_not_there_and_who_is_not_seen_are_the_same(hall: Hall, peer: Peer) -> None:
    told = []
    for wish in (
        UserState(session=NOBODY, mute=True),
        UserRemove(session=NOBODY),
        UserStats(session=NOBODY),
        UserState(session=2**32 - 1, channel_id=0),
    ):
        peer.send(wish)
        told.append(peer.until(PermissionDenied))
    assert {denied.type for denied in told} == {DenyType.TEXT}
    assert len({denied.reason for denied in told}) == 1


def test_a_forged_actor_is_no_actor(hall: Hall, peer: Peer) -> None:
    """Texts and states say who really sent them."""
    said = hall.ask(lambda: hall.said.copy())
    assert said == []
    peer.send(
        TextMessage(actor=hall.anna.session, session=(hall.ben.session,), message="ich bin anna"),
        UserState(actor=hall.anna.session, session=peer.session, self_mute=True),
    )
    hall.until(lambda: bool(hall.said))
    [text] = hall.ask(lambda: hall.said.copy())
    assert (text.actor, text.message) == (peer.session, "ich bin anna")
    hall.until(lambda: hall.ben.users[peer.session].self_mute is True)
    assert hall.ask(lambda: hall.ben.users[peer.session]).actor in (None, peer.session)


def test_targets_that_are_too_large_or_too_many_reach_nobody_else(hall: Hall, peer: Peer) -> None:
    """A tree is refused; strangers and numbers that are nobody's are left out."""
    peer.bind()
    refused = (
        VoiceTarget(id=1, targets=(VoiceTargetEntry(channel_id=0, children=True),)),
        VoiceTarget(id=31, targets=(VoiceTargetEntry(session=(hall.ben.session,)),)),
        VoiceTarget(id=2**32 - 1, targets=(VoiceTargetEntry(session=(hall.ben.session,)),)),
        VoiceTarget(id=2, targets=(VoiceTargetEntry(channel_id=2**31),)),
    )
    for wish in refused:
        peer.send(wish)
        assert peer.until(PermissionDenied).session == peer.session
    many = VoiceTargetEntry(session=tuple(range(1, 1025)))
    peer.send(VoiceTarget(id=3, targets=(many,)))
    peer.barrier()
    for number in range(1, 31):
        packet = VoicePacket(session=0, frame=2 * number, opus=opus(number), target=number)
        peer.send_plain(legacy(packet, from_client=True))
    hall.hear(5)
    heard = hall.heard_of(peer.session)
    around = [ear.session <= 1024 for ear in hall.people]
    assert [bool(count) for count in heard] == around


def test_a_flood_of_texts_targets_and_actions_is_a_few(hall: Hall, peer: Peer) -> None:
    before = hall.ask(lambda: len(hall.said))
    for number in range(FLOOD):
        peer.send(TextMessage(session=(hall.ben.session,), message=f"nummer {number}"))
    peer.calm()
    hall.hear(5)
    assert 1 <= hall.ask(lambda: len(hall.said)) - before <= 10
    assert DenyType.TEXT in {denied.type for denied in peer.denials()}


def test_nothing_that_is_told_has_an_address(hall: Hall, street: Street, peer: Peer) -> None:
    """Statistics, lists and states of everybody, to a stranger and to a facilitator."""
    sessions = tuple(ear.session for ear in hall.people)
    with Peer(street.port, "127.0.0.8") as guest:
        guest.login("fragt", street.token)
        for who in (peer, guest):
            for session in (*sessions, who.session):
                who.send(UserStats(session=session))
            who.send(BanList(query=True), QueryUsers(ids=(1, 2)))
            who.send(RequestBlob(session_comment=sessions))
            told = who.barrier()
            stats = [message for message in told if isinstance(message, UserStats)]
            assert len(stats) == len(sessions) + 1
            assert [one.address for one in stats] == [None] * len(stats)
            assert [one.version.os for one in stats if one.version] == [None] * len(stats)
            words = repr(who.heard)
            for address in (HOST, "127.0.0.2", "127.0.0.8"):
                assert f"'{address}'" not in words
