"""Coming in: the first messages, coming back, coming twice."""

from allmende.core.ports.conference import CallPlan, Rights, Source
from allmende.media.control import CloseLeg, OpenLeg, OpenRoom, RestartIce
from allmende.protocols.livekit.messages import (
    DisconnectReason,
    JoinRequest,
    LeaveRequest,
    ParticipantInfo,
    SyncState,
    TrackSource,
)
from tests.media.signal.stage import CALL, OURS, Stage, join_request, play


def test_join_is_the_first_message_and_says_who_is_there() -> None:
    async def story(stage: Stage) -> None:
        await stage.join("mara")
        juno = stage.connect("juno", join_request())
        first = await juno.next()
        assert first is not None
        join = first.join
        assert join.participant.identity == "juno"
        assert join.participant.name == "JUNO"
        assert join.participant.state == ParticipantInfo.JOINING
        assert join.participant.attributes == {"allmende.role": "guest"}
        assert [other.identity for other in join.other_participants] == ["mara"]
        assert (join.ping_interval, join.ping_timeout) == (5, 15)
        assert not join.subscriber_primary
        assert join.fast_publish
        assert join.server_info.version == "1.9.0"
        assert join.room.name == CALL
        assert not join.room.active_recording
        assert [codec.mime for codec in join.enabled_publish_codecs][:3] == [
            "audio/opus",
            "audio/red",
            "video/VP8",
        ]

    play(story)


def test_the_token_is_refreshed_right_after_the_join() -> None:
    async def story(stage: Stage) -> None:
        mara = stage.connect("mara", join_request())
        assert (await mara.until("join")).participant.sid.startswith("PA_")
        fresh = await mara.until("refresh_token")
        stage.clock.turn(300)
        assert stage.calls.admission(fresh, "").grants.identity == "mara"

    play(story)


def test_the_answer_carries_what_the_worker_said() -> None:
    async def story(stage: Stage) -> None:
        mara = await stage.join("mara", up=False)
        answer = await mara.offer()
        assert answer.ice_lite
        assert {s.ice.ufrag for s in answer.sections} == {"ours1"}
        assert {s.ice.fingerprint for s in answer.sections} == {OURS}
        assert {s.ice.setup for s in answer.sections} == {"passive"}
        assert [c for s in answer.sections[1:] for c in s.candidates] == []
        assert len(answer.sections[0].candidates) == 4
        assert stage.worker.of(OpenRoom)[0].room == CALL
        assert stage.worker.of(OpenLeg)[0].leg == mara.sid

    play(story)


def test_nobody_hears_of_a_participant_before_its_media_is_up() -> None:
    async def story(stage: Stage) -> None:
        mara = await stage.join("mara")
        juno = await stage.join("juno", up=False)
        assert mara.waiting() == []
        assert stage.kinds() == ["started", "joined mara"]
        await stage.media_up(juno)
        update = await mara.until("update")
        assert [(p.identity, p.state) for p in update.participants] == [
            ("juno", ParticipantInfo.ACTIVE)
        ]
        assert stage.kinds()[-1] == "joined juno"

    play(story)


def test_a_resume_is_answered_by_reconnect_first_and_then_by_everybody() -> None:
    async def story(stage: Stage) -> None:
        mara, _ = await stage.call("mara", "juno")
        mara.hang_up()
        request = JoinRequest(reconnect=True, participant_sid=mara.sid)
        again = stage.connect("mara", request)
        first, second = await again.next(), await again.next()
        assert first is not None
        assert second is not None
        assert first.WhichOneof("message") == "reconnect"
        assert {p.identity for p in second.update.participants} == {"mara", "juno"}
        await again.until("refresh_token")
        again.sid, again.offering = mara.sid, mara.offering
        again.offering.ufrag = "efgh"
        answer = await again.offer()
        assert {s.ice.ufrag for s in answer.sections} == {"ours3"}
        assert {s.ice.fingerprint for s in answer.sections} == {OURS}
        assert [c.leg for c in stage.worker.of(RestartIce)] == [mara.sid]
        stage.clock.turn(20)
        again.say(ping=1)
        await again.until("pong")
        stage.calls.tick()
        assert mara.sid in stage.room.participants

    play(story)


def test_a_resume_without_ice_restart_keeps_the_pair() -> None:
    async def story(stage: Stage) -> None:
        mara = await stage.join("mara")
        answer = await mara.offer()
        assert {s.ice.ufrag for s in answer.sections} == {"ours1"}
        assert stage.worker.of(RestartIce) == []

    play(story)


def test_a_resume_of_somebody_unknown_is_told_to_join_anew() -> None:
    async def story(stage: Stage) -> None:
        mara = await stage.join("mara")
        for sid, identity in (("PA_nobody", "mara"), (mara.sid, "juno")):
            request = JoinRequest(reconnect=True, participant_sid=sid)
            again = stage.connect(identity, request)
            leave = await again.until("leave")
            assert leave.action == LeaveRequest.RECONNECT
            assert leave.reason == DisconnectReason.STATE_MISMATCH
            assert await again.closed() == []
        assert mara.waiting() == []

    play(story)


def test_the_old_websocket_of_a_resumed_participant_does_no_harm() -> None:
    async def story(stage: Stage) -> None:
        mara = await stage.join("mara")
        request = JoinRequest(reconnect=True, participant_sid=mara.sid)
        again = stage.connect("mara", request)
        await again.until("refresh_token")
        assert await mara.closed() == []
        stage.clock.turn(20)
        again.say(ping=1)
        await again.until("pong")
        stage.calls.tick()
        assert again.waiting() == []
        assert stage.room.of("mara") is not None

    play(story)


def test_a_second_connection_of_an_identity_replaces_the_first() -> None:
    async def story(stage: Stage) -> None:
        mara, juno = await stage.call("mara", "juno")
        await juno.quiet()
        second = await stage.join("mara")
        leave = await mara.until("leave")
        assert leave.reason == DisconnectReason.DUPLICATE_IDENTITY
        assert leave.action == LeaveRequest.DISCONNECT
        assert await mara.closed() == []
        gone, came = await juno.until("update"), await juno.until("update")
        assert [(p.sid, p.state) for p in gone.participants] == [
            (mara.sid, ParticipantInfo.DISCONNECTED)
        ]
        assert [(p.sid, p.state) for p in came.participants] == [
            (second.sid, ParticipantInfo.ACTIVE)
        ]
        assert [c.leg for c in stage.worker.of(CloseLeg)] == [mara.sid]
        assert stage.kinds() == ["started", "joined mara", "joined juno"]

    play(story)


def test_tracks_asked_for_in_the_join_are_published_before_the_answer() -> None:
    from_join = {"cid": "mic", "type": 0, "source": TrackSource.MICROPHONE}

    async def story(stage: Stage) -> None:
        mara = stage.connect("mara", join_request(add_track_requests=[from_join]))
        published = await mara.until("track_published")
        assert published.cid == "mic"
        await mara.until("answer")

    play(story)


def test_what_was_decided_about_an_identity_holds_when_it_comes_back() -> None:
    async def story(stage: Stage) -> None:
        stage.room.standing("mara").rights = Rights(sources=frozenset({Source.MICROPHONE}))
        stage.room.standing("mara").attributes = {"allmende.hand": "1", "allmende.role": ""}
        stage.room.standing("mara").name = "Mara M."
        mara = stage.connect("mara", join_request())
        who = (await mara.until("join")).participant
        assert list(who.permission.can_publish_sources) == [TrackSource.MICROPHONE]
        assert who.attributes == {"allmende.hand": "1"}
        assert who.name == "Mara M."
        assert stage.worker.of(OpenLeg)[0].rights.sources == ("microphone",)

    play(story)


def test_the_wishes_of_sync_state_are_taken() -> None:
    async def story(stage: Stage) -> None:
        mara, juno = await stage.call("mara", "juno")
        track = await mara.publish(TrackSource.MICROPHONE, "mic")
        await juno.settle()
        state = SyncState()
        state.subscription.track_sids.append(track)
        state.track_sids_disabled.append(track)
        juno.say(sync_state=state)
        await juno.until("media_sections_requirement")
        assert juno.participant.subscriptions == {}

    play(story, CallPlan(CALL, max_participants=3))
