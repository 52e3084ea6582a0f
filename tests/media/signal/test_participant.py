import pytest

from allmende.core.ports.conference import Source
from allmende.media.signal.participant import is_first
from allmende.protocols.livekit.messages import ParticipantInfo, SessionDescription, TrackSource
from tests.media.signal.stage import Stage, play


def test_only_announced_tracks_are_shown() -> None:
    async def story(stage: Stage) -> None:
        mara = await stage.join("mara")
        track = await mara.publish(TrackSource.MICROPHONE, "mic")
        info = mara.participant.info()
        assert [t.sid for t in info.tracks] == [track]
        assert info.is_publisher
        assert info.state == ParticipantInfo.ACTIVE
        assert info.joined_at_ms // 1000 == info.joined_at
        assert mara.participant.present().publishes == {Source.MICROPHONE}
        mara.participant.tracks[track].info.muted = True
        assert mara.participant.present().publishes == frozenset()
        mara.participant.tracks[track].announced = False
        assert not mara.participant.info().is_publisher

    play(story)


@pytest.mark.parametrize(
    ("attributes", "first"),
    [
        ({}, False),
        ({"allmende.role": "member", "allmende.floor": ""}, False),
        ({"allmende.role": "facilitator"}, True),
        ({"allmende.role": "guest", "allmende.floor": "1"}, True),
    ],
)
def test_who_facilitates_or_has_the_floor_is_heard_first(
    attributes: dict[str, str], first: bool
) -> None:
    assert is_first(attributes) is first


def test_streams_are_split_for_firefox() -> None:
    async def story(stage: Stage) -> None:
        mara = await stage.join("mara")
        juno = await stage.join("juno", browser="Firefox")
        track = await mara.publish(TrackSource.MICROPHONE, "mic")
        answer = await juno.serve_requirement()
        msids = [s.msid.stream for s in answer.sections if s.msid]
        assert msids == [f"{mara.sid}|{track}"]

    play(story)


def test_without_a_websocket_nothing_is_sent_and_the_newest_offer_is_kept() -> None:
    async def story(stage: Stage) -> None:
        mara = await stage.join("mara")
        participant = mara.participant
        mara.hang_up()
        await mara.closed()
        participant.put(b"x")
        for number in (1, 2):
            participant.take_offer(SessionDescription(id=number))
        assert participant.offer is not None
        assert participant.offer.id == 2

    play(story)
