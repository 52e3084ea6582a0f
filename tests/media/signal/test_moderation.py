"""Rights, mutes, attributes, removing: the worker first, then people."""

import asyncio

import pytest

from allmende.core.errors import NotAllowed
from allmende.core.ports.conference import Rights, Source
from allmende.media.control import CloseLeg, CloseUp, SetMuted, SetRights
from allmende.media.signal import moderation
from allmende.protocols.livekit.messages import (
    DisconnectReason,
    LeaveRequest,
    MuteTrackRequest,
    ParticipantInfo,
    TrackSource,
)
from tests.media.signal.stage import Stage, play

QUIET = Rights(suppressed=True)


def test_a_moderators_mute_tells_the_owner_and_then_everybody() -> None:
    async def story(stage: Stage) -> None:
        mara, juno = await stage.call("mara", "juno")
        track = await mara.publish(TrackSource.MICROPHONE, "mic")
        await juno.quiet()
        await moderation.mute(stage.room, "mara", Source.MICROPHONE)
        muted = await mara.until("mute")
        assert (muted.sid, muted.muted) == (track, True)
        update = await juno.until("update")
        assert [t.muted for t in update.participants[0].tracks] == [True]
        assert [(c.up, c.muted) for c in stage.worker.of(SetMuted)] == [(track, True)]
        mara.say(mute=MuteTrackRequest(sid=track, muted=False))
        update = await juno.until("update")
        assert [t.muted for t in update.participants[0].tracks] == [False]

    play(story)


def test_muting_what_is_not_there_does_nothing() -> None:
    async def story(stage: Stage) -> None:
        await stage.join("mara")
        await moderation.mute(stage.room, "mara", Source.CAMERA)
        await moderation.mute(stage.room, "nobody", Source.CAMERA)
        assert stage.worker.of(SetMuted) == []

    play(story)


def test_whoever_is_suppressed_cannot_unmute() -> None:
    async def story(stage: Stage) -> None:
        mara = await stage.join("mara")
        track = await mara.publish(TrackSource.MICROPHONE, "mic")
        await moderation.set_rights(stage.room, "mara", QUIET)
        assert (await mara.until("mute")).sid == track
        mara.say(mute=MuteTrackRequest(sid=track, muted=False))
        assert (await mara.until("mute")).muted
        assert mara.participant.tracks[track].info.muted
        await moderation.set_rights(stage.room, "mara", Rights())
        mara.say(mute=MuteTrackRequest(sid=track, muted=False))
        mara.say(ping=1)
        await mara.until("pong")
        assert not mara.participant.tracks[track].info.muted
        assert [c.muted for c in stage.worker.of(SetMuted)] == [True, False]
        assert [c.rights.suppressed for c in stage.worker.of(SetRights)] == [True, False]

    play(story)


def test_a_microphone_published_while_suppressed_is_muted_from_the_start() -> None:
    async def story(stage: Stage) -> None:
        mara = await stage.join("mara", rights=QUIET)
        track = await mara.publish(TrackSource.MICROPHONE, "mic")
        assert mara.participant.tracks[track].info.muted
        camera = await mara.publish(TrackSource.CAMERA, "cam")
        assert not mara.participant.tracks[camera].info.muted

    play(story)


def test_a_right_withdrawn_ends_the_track_and_shows_in_the_permission() -> None:
    async def story(stage: Stage) -> None:
        mara, juno = await stage.call("mara", "juno")
        track = await mara.publish(TrackSource.CAMERA, "cam")
        await juno.quiet()
        rights = Rights(sources=frozenset({Source.MICROPHONE}))
        await moderation.set_rights(stage.room, "mara", rights)
        assert (await mara.until("track_unpublished")).track_sid == track
        update = await juno.until("update")
        assert list(update.participants[0].tracks) == []
        permission = update.participants[0].permission
        assert list(permission.can_publish_sources) == [TrackSource.MICROPHONE]
        order = [c for c in stage.worker.commands if isinstance(c, SetRights | CloseUp)]
        assert [type(c).__name__ for c in order] == ["SetRights", "CloseUp"]

    play(story)


def test_nobody_is_told_of_a_right_before_the_worker_has_it() -> None:
    async def story(stage: Stage) -> None:
        mara = await stage.join("mara")
        await mara.quiet()
        changing = asyncio.ensure_future(moderation.set_rights(stage.room, "mara", QUIET))
        await asyncio.sleep(0)
        assert len(stage.worker.of(SetRights)) == 1
        assert mara.waiting() == []
        await changing
        assert (await mara.until("update")).participants[0].identity == "mara"

    play(story)


def test_attributes_and_names_are_told_with_a_growing_version() -> None:
    async def story(stage: Stage) -> None:
        mara, juno = await stage.call("mara", "juno")
        await juno.quiet()
        moderation.set_attributes(stage.room, "mara", {"allmende.hand": "1", "name": "M"})
        first = (await juno.until("update")).participants[0]
        assert (first.name, first.attributes["allmende.hand"]) == ("M", "1")
        moderation.set_attributes(stage.room, "mara", {"allmende.hand": ""})
        second = (await juno.until("update")).participants[0]
        assert "allmende.hand" not in second.attributes
        assert second.version > first.version
        moderation.set_attributes(stage.room, "nobody", {"a": "b"})
        assert mara.participant.name == "M"

    play(story)


def test_changes_within_20_ms_are_one_message() -> None:
    async def story(stage: Stage) -> None:
        mara, juno = await stage.call("mara", "juno")
        await mara.quiet()
        await juno.quiet()
        for identity in ("mara", "juno", "mara"):
            moderation.set_attributes(stage.room, identity, {"a": identity})
        update = await juno.until("update")
        assert [p.identity for p in update.participants] == ["mara", "juno"]
        assert juno.waiting() == []

    play(story)


def test_whoever_is_removed_leaves_and_cannot_return() -> None:
    async def story(stage: Stage) -> None:
        mara, juno = await stage.call("mara", "juno")
        token = stage.token("mara")
        moderation.remove(stage.room, "mara")
        leave = await mara.until("leave")
        assert leave.reason == DisconnectReason.PARTICIPANT_REMOVED
        assert leave.action == LeaveRequest.DISCONNECT
        assert await mara.closed() == []
        update = await juno.until("update")
        while update.participants[-1].state != ParticipantInfo.DISCONNECTED:
            update = await juno.until("update")
        assert update.participants[-1].disconnect_reason == DisconnectReason.PARTICIPANT_REMOVED
        assert [c.leg for c in stage.worker.of(CloseLeg)] == [mara.sid]
        with pytest.raises(NotAllowed) as refused:
            stage.calls.admission(token, "")
        assert refused.value.message_id == "meet.removed-from-call"
        moderation.remove(stage.room, "nobody")

    play(story)


def test_somebody_who_sends_too_much_has_the_camera_closed_with_a_reason() -> None:
    async def story(stage: Stage) -> None:
        mara = await stage.join("mara")
        track = await mara.publish(TrackSource.CAMERA, "cam")
        moderation.close_cameras(stage.room, mara.participant)
        assert (await mara.until("mute")).sid == track
        assert (await mara.until("request_response")).mute.sid == track
        assert [c.muted for c in stage.worker.of(SetMuted)] == [True]

    play(story)
