"""Each message a client may say, from the table of the specification."""

import pytest

from allmende.core.ports.conference import CallPlan, Rights, Source
from allmende.media.control import ResendData, SetDown
from allmende.media.signal.requests import HANDLERS
from allmende.protocols.livekit.messages import (
    AddTrackRequest,
    AudioTrackFeature,
    DisconnectReason,
    LeaveRequest,
    Ping,
    RequestResponse,
    SignalRequest,
    SimulateScenario,
    SyncState,
    TrackSource,
    TrackType,
    UpdateLocalAudioTrack,
    UpdateLocalVideoTrack,
    UpdateParticipantMetadata,
    UpdateTrackSettings,
)
from tests.media.signal.stage import CALL, Stage, play

NO_DTX = AudioTrackFeature.TF_NO_DTX
IGNORED = {"answer", "trickle", "update_layers"}


def test_every_message_of_the_protocol_is_handled_or_ignored_on_purpose() -> None:
    names = {field.name for field in SignalRequest.DESCRIPTOR.fields}
    assert set(HANDLERS) | IGNORED == names
    assert not set(HANDLERS) & IGNORED


def test_pings_are_answered() -> None:
    async def story(stage: Stage) -> None:
        mara = await stage.join("mara")
        mara.say(ping=5)
        assert await mara.until("pong") == 1893457000000
        mara.say(ping_req=Ping(timestamp=42, rtt=1))
        pong = await mara.until("pong_resp")
        assert (pong.last_ping_timestamp, pong.timestamp) == (42, 1893457000000)

    play(story)


def _camera(**values: object) -> AddTrackRequest:
    request = AddTrackRequest(cid="cam", type=TrackType.VIDEO, source=TrackSource.CAMERA)
    for name, value in values.items():
        setattr(request, name, value)
    return request


@pytest.mark.parametrize(
    ("request_", "reason"),
    [
        (_camera(source=TrackSource.SCREEN_SHARE), RequestResponse.NOT_ALLOWED),
        (_camera(source=TrackSource.UNKNOWN), RequestResponse.NOT_ALLOWED),
        (_camera(type=TrackType.AUDIO), RequestResponse.INVALID_REQUEST),
        (_camera(type=TrackType.DATA), RequestResponse.INVALID_REQUEST),
        (_camera(cid=""), RequestResponse.INVALID_REQUEST),
        (_camera(name="n" * 300), RequestResponse.INVALID_REQUEST),
    ],
)
def test_a_track_that_may_not_be_is_refused(
    request_: AddTrackRequest, reason: RequestResponse.Reason
) -> None:
    async def story(stage: Stage) -> None:
        rights = Rights(sources=frozenset({Source.CAMERA, Source.MICROPHONE}))
        mara = await stage.join("mara", rights=rights)
        mara.say(add_track=request_)
        response = await mara.until("request_response")
        assert response.reason == reason
        assert response.add_track == request_
        assert mara.participant.tracks == {}

    play(story)


def test_a_second_camera_and_a_ninth_track_are_over_the_limit() -> None:
    async def story(stage: Stage) -> None:
        mara = await stage.join("mara")
        await mara.publish(TrackSource.CAMERA, "cam")
        mara.say(add_track=_camera(cid="cam2"))
        response = await mara.until("request_response")
        assert response.reason == RequestResponse.LIMIT_EXCEEDED
        mic = AddTrackRequest(type=TrackType.AUDIO, source=TrackSource.MICROPHONE)
        for number in range(8):
            mic.cid = f"mic{number}"
            mara.say(add_track=mic)
        response = await mara.until("request_response")
        assert response.reason == RequestResponse.LIMIT_EXCEEDED
        assert len(mara.participant.tracks) == 8

    play(story)


def test_cameras_beyond_the_plan_are_over_the_limit() -> None:
    async def story(stage: Stage) -> None:
        mara, juno = await stage.call("mara", "juno")
        await mara.publish(TrackSource.CAMERA, "cam")
        juno.say(add_track=_camera())
        response = await juno.until("request_response")
        assert response.reason == RequestResponse.LIMIT_EXCEEDED

    play(story, CallPlan(CALL, max_participants=9, max_cameras=1))


def test_track_settings_reach_the_worker_once() -> None:
    async def story(stage: Stage) -> None:
        mara, juno = await stage.call("mara", "juno")
        track = await mara.publish(TrackSource.CAMERA, "cam")
        await juno.settle()
        wanted = UpdateTrackSettings(track_sids=[track, "TR_no"], width=320, height=180, fps=15)
        juno.say(track_setting=wanted)
        juno.say(track_setting=wanted)
        juno.say(track_setting=UpdateTrackSettings(track_sids=[track], disabled=True))
        juno.say(ping=1)
        await juno.until("pong")
        told = [(c.width, c.height, c.fps, c.disabled) for c in stage.worker.of(SetDown)]
        assert told == [(0, 0, 0, False), (320, 180, 15, False), (0, 0, 0, True)]

    play(story)


def test_names_and_metadata_are_not_the_clients_to_change() -> None:
    async def story(stage: Stage) -> None:
        mara = await stage.join("mara")
        mara.say(update_metadata=UpdateParticipantMetadata(name="admin", request_id=7))
        response = await mara.until("request_response")
        assert (response.request_id, response.reason) == (7, RequestResponse.NOT_ALLOWED)
        assert mara.participant.name == "MARA"

    play(story)


@pytest.mark.parametrize(
    "message",
    [
        "publish_data_track_request",
        "unpublish_data_track_request",
        "update_data_subscription",
        "store_data_blob_request",
        "get_data_blob_request",
    ],
)
def test_data_tracks_and_blobs_are_answered_as_unsupported(message: str) -> None:
    async def story(stage: Stage) -> None:
        mara = await stage.join("mara")
        mara.say(**{message: {}})
        response = await mara.until("request_response")
        assert response.reason == RequestResponse.UNSUPPORTED_TYPE

    play(story)


def test_what_a_client_says_of_its_own_tracks_is_shown() -> None:
    async def story(stage: Stage) -> None:
        mara, juno = await stage.call("mara", "juno")
        camera = await mara.publish(TrackSource.CAMERA, "cam")
        mic = await mara.publish(TrackSource.MICROPHONE, "mic")
        await juno.quiet()
        mara.say(update_video_track=UpdateLocalVideoTrack(track_sid=camera, width=640, height=360))
        mara.say(update_audio_track=UpdateLocalAudioTrack(track_sid=mic, features=[NO_DTX, NO_DTX]))
        mara.say(update_video_track=UpdateLocalVideoTrack(track_sid="TR_no"))
        update = await juno.until("update")
        video, audio = update.participants[0].tracks
        assert (video.width, video.height) == (640, 360)
        assert list(audio.audio_features) == [NO_DTX]

    play(story)


def test_what_a_resumed_client_missed_is_sent_again() -> None:
    async def story(stage: Stage) -> None:
        mara = await stage.join("mara")
        state = SyncState()
        state.datachannel_receive_states.add(publisher_sid="PA_x", last_seq=9)
        mara.say(sync_state=state)
        mara.say(ping=1)
        await mara.until("pong")
        assert [c.heard for c in stage.worker.of(ResendData)] == [(("PA_x", 9),)]

    play(story)


def test_whoever_leaves_is_gone_at_once() -> None:
    async def story(stage: Stage) -> None:
        mara, juno = await stage.call("mara", "juno")
        await juno.quiet()
        mara.say(leave=LeaveRequest())
        assert "leave" not in await mara.closed()
        update = await juno.until("update")
        assert update.participants[0].disconnect_reason == DisconnectReason.CLIENT_INITIATED
        assert stage.kinds()[-1] == "left mara"

    play(story)


@pytest.mark.parametrize(
    ("scenario", "kinds"),
    [
        (SimulateScenario(node_failure=True), []),
        (SimulateScenario(server_leave=True), ["leave"]),
        (SimulateScenario(leave_request_full_reconnect=True), ["leave"]),
    ],
)
def test_clients_may_break_things_only_where_the_plan_allows(
    scenario: SimulateScenario, kinds: list[str]
) -> None:
    async def broken(stage: Stage) -> None:
        mara = await stage.join("mara")
        mara.say(simulate=SimulateScenario(migration=True))
        mara.say(simulate=scenario)
        assert await mara.closed() == kinds

    async def whole(stage: Stage) -> None:
        mara = await stage.join("mara")
        mara.say(simulate=scenario)
        mara.say(ping=1)
        await mara.until("pong")

    play(broken, CallPlan(CALL, max_participants=2, test_hooks=True))
    play(whole)
