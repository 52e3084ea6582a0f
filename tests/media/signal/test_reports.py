"""What a worker tells becomes messages for people."""

import pytest

from allmende.media.control import (
    CloseLeg,
    LegDown,
    LegUp,
    Overrun,
    Quality,
    Speaker,
    Speakers,
    UpBound,
    Wanted,
)
from allmende.media.signal.reports import quality_update
from allmende.protocols.livekit.messages import (
    ConnectionQuality,
    DisconnectReason,
    LeaveRequest,
    TrackSource,
)
from tests.media.signal.stage import CALL, Stage, play


def test_speakers_are_told_to_everybody_and_strangers_left_out() -> None:
    async def story(stage: Stage) -> None:
        mara, juno = await stage.call("mara", "juno")
        changes = (Speaker(mara.sid, 0.5, True), Speaker("PA_gone", 0.1, False))
        stage.reports.reported(stage.worker, Speakers(room=CALL, changes=changes))
        for person in (mara, juno):
            (speaker,) = (await person.until("speakers_changed")).speakers
            assert (speaker.sid, speaker.level, speaker.active) == (mara.sid, 0.5, True)
        stage.reports.reported(stage.worker, Speakers(room=CALL, changes=changes[1:]))
        stage.reports.reported(stage.worker, Speakers(room="r99", changes=changes))
        assert juno.waiting() == []

    play(story)


def test_connection_quality_is_told_together() -> None:
    async def story(stage: Stage) -> None:
        mara, juno = await stage.call("mara", "juno")
        for leg, quality in ((mara.sid, 2), (juno.sid, 0), ("PA_gone", 1)):
            stage.reports.reported(stage.worker, Quality(leg=leg, quality=quality, score=4.5))
        told = (await mara.until("connection_quality")).updates
        assert [(u.participant_sid, u.quality) for u in told] == [
            (mara.sid, ConnectionQuality.EXCELLENT),
            (juno.sid, ConnectionQuality.POOR),
        ]

    play(story)


def test_the_publisher_hears_which_layers_somebody_looks_at() -> None:
    async def story(stage: Stage) -> None:
        mara = await stage.join("mara")
        track = await mara.publish(TrackSource.CAMERA, "cam")
        mara.participant.tracks[track].rids = ("q", "h", "f")
        stage.reports.reported(stage.worker, Wanted(up=track, rids=("q",)))
        update = await mara.until("subscribed_quality_update")
        assert update.track_sid == track
        assert [(q.quality, q.enabled) for q in update.subscribed_qualities] == [
            (0, True),
            (1, False),
            (2, False),
        ]
        assert update.subscribed_codecs[0].codec == "vp8"

    play(story)


def test_a_track_without_layers_is_wanted_whole_or_not_at_all() -> None:
    on = quality_update("TR_x", (), ("",)).subscribed_qualities
    off = quality_update("TR_x", (), ()).subscribed_qualities
    assert [q.enabled for q in on] == [True] * 3
    assert [q.enabled for q in off] == [False] * 3


@pytest.mark.parametrize("why", ["consent", "data"])
def test_lost_media_with_an_open_websocket_asks_to_join_anew(why: str) -> None:
    async def story(stage: Stage) -> None:
        mara = await stage.join("mara")
        stage.reports.reported(stage.worker, LegDown(leg=mara.sid, why=why))
        assert (await mara.until("leave")).action == LeaveRequest.RECONNECT
        assert stage.kinds() == ["started", "joined mara"]
        await mara.closed()
        again = await stage.join("mara")
        assert [c.leg for c in stage.worker.of(CloseLeg)] == [mara.sid]
        assert stage.kinds() == ["started", "joined mara"]
        stage.reports.reported(stage.worker, LegUp(leg=again.sid, srtp_profile="x"))

    play(story)


def test_lost_media_without_a_websocket_is_a_leave() -> None:
    async def story(stage: Stage) -> None:
        mara = await stage.join("mara")
        mara.hang_up()
        await mara.closed()
        stage.reports.reported(stage.worker, LegDown(leg=mara.sid, why="consent"))
        assert stage.room.of("mara") is None

    play(story)


@pytest.mark.parametrize(
    ("why", "reason"),
    [
        ("closed", DisconnectReason.CLIENT_INITIATED),
        ("dtls", DisconnectReason.JOIN_FAILURE),
        ("fingerprint", DisconnectReason.JOIN_FAILURE),
    ],
)
def test_media_that_cannot_be_is_the_end(why: str, reason: DisconnectReason) -> None:
    async def story(stage: Stage) -> None:
        mara = await stage.join("mara")
        stage.reports.reported(stage.worker, LegDown(leg=mara.sid, why=why))
        leave = await mara.until("leave")
        assert (leave.action, leave.reason) == (LeaveRequest.DISCONNECT, reason)
        assert stage.room.participants == {}

    play(story)


def test_a_leg_that_sends_too_much_loses_its_camera_and_other_reports_are_passed_over() -> None:
    async def story(stage: Stage) -> None:
        mara = await stage.join("mara")
        track = await mara.publish(TrackSource.CAMERA, "cam")
        stage.reports.reported(stage.worker, UpBound(up=track, rid="", ssrc=1))
        stage.reports.reported(stage.worker, Overrun(leg=mara.sid))
        assert (await mara.until("mute")).sid == track

    play(story)
