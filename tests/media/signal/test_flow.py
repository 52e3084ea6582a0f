"""Tracks and who receives them: announcements, sections asked for, reuse, giving up."""

import pytest

from allmende.core.ports.conference import Rights
from allmende.media.control import AddDown, AddUp, CloseDown, CloseUp, SetDown
from allmende.protocols.livekit.messages import (
    ParticipantInfo,
    SubscriptionError,
    SubscriptionPermission,
    TrackPermission,
    TrackSource,
    UpdateSubscription,
)
from allmende.protocols.sdp.model import Direction
from tests.media.signal.stage import Client, Offering, Stage, play, sections_of


async def _hear(speaker: Client, listener: Client, cid: str = "mic") -> str:
    track = await speaker.publish(TrackSource.MICROPHONE, cid)
    await listener.settle()
    return track


def test_a_published_track_reaches_everybody_else_and_not_its_owner() -> None:
    async def story(stage: Stage) -> None:
        mara, juno, kim = await stage.call("mara", "juno", "kim")
        track = await mara.publish(TrackSource.MICROPHONE, "mic")
        for listener in (juno, kim):
            missing = await listener.until("media_sections_requirement")
            assert (missing.num_audios, missing.num_videos) == (0, 0)
            answer = await listener.offer()
            sending = sections_of(answer, Direction.SENDONLY)
            assert [s.msid.stream for s in sending if s.msid] == [f"{mara.sid}|camera"]
            assert [s.msid.track for s in sending if s.msid] == [track]
            assert listener.mids == {sending[0].mid: track}
        assert {c.leg for c in stage.worker.of(AddDown)} == {juno.sid, kim.sid}
        assert mara.participant.subscriptions == {}
        assert (await mara.until("track_subscribed")).track_sid == track
        assert "published mara microphone" in stage.kinds()

    play(story)


def test_the_update_with_a_track_comes_before_the_answer_that_carries_it() -> None:
    async def story(stage: Stage) -> None:
        mara, juno = await stage.call("mara", "juno")
        track = await _hear(mara, juno)
        order = [m for m in juno.heard if m.WhichOneof("message") in ("update", "answer")]
        told = [
            index
            for index, message in enumerate(order)
            if any(t.sid == track for p in message.update.participants for t in p.tracks)
        ]
        carried = [i for i, m in enumerate(order) if track in m.answer.mid_to_track_id.values()]
        assert told[0] < carried[0]

    play(story)


def test_missing_sections_are_counted_beyond_the_free_ones() -> None:
    async def story(stage: Stage) -> None:
        people = await stage.call("p1", "p2", "p3", "p4", "p5", "late")
        for person in people[:5]:
            await person.publish(TrackSource.MICROPHONE, "mic")
        late = people[5]
        await late.settle()
        answer = await late.offer()
        assert len(sections_of(answer, Direction.SENDONLY)) == 5
        audio = [s for s in late.offering.sections if s.kind == "audio"]
        assert len(audio) == 5
        assert len([s for s in late.offering.sections if s.kind == "video"]) == 3

    play(story)


def test_a_leaver_frees_sections_and_the_next_track_reuses_them() -> None:
    async def story(stage: Stage) -> None:
        mara, juno = await stage.call("mara", "juno")
        await _hear(mara, juno)
        used = next(iter(juno.mids))
        mara.say(leave={})
        update = await juno.until("update")
        while update.participants[0].state != ParticipantInfo.DISCONNECTED:
            update = await juno.until("update")
        answer = await juno.serve_requirement()
        assert sections_of(answer, Direction.SENDONLY) == []
        assert {s.direction for s in answer.sections if s.mid == used} == {Direction.INACTIVE}
        kim = await stage.join("kim")
        await _hear(kim, juno)
        assert list(juno.mids) == [used]
        assert len(juno.offering.sections) == 7

    play(story)


def test_a_section_rests_for_one_answer_before_another_track_uses_it() -> None:
    async def story(stage: Stage) -> None:
        mara = await stage.join("mara")
        juno = await stage.join("juno", offering=Offering(audio=1, video=0))
        first = await _hear(mara, juno)
        used = next(iter(juno.mids))
        juno.say(subscription=UpdateSubscription(track_sids=[first], subscribe=False))
        second = await mara.publish(TrackSource.SCREEN_SHARE_AUDIO, "tab")
        answer = await juno.serve_requirement()
        assert used not in {s.mid for s in sections_of(answer, Direction.SENDONLY)}
        await juno.settle()
        assert list(juno.mids.values()) == [second]

    play(story)


def test_a_client_that_adds_nothing_is_told_and_not_asked_for_ever() -> None:
    async def story(stage: Stage) -> None:
        mara = await stage.join("mara")
        juno = await stage.join("juno", offering=Offering(audio=0, video=0))
        track = await mara.publish(TrackSource.MICROPHONE, "mic")
        await juno.until("media_sections_requirement")
        await juno.offer()  # this one may have crossed the request
        await juno.offer()
        await juno.until("media_sections_requirement")
        await juno.offer()
        refused = await juno.until("subscription_response")
        assert juno.participant.waiting("audio") == 0
        assert refused.track_sid == track
        assert refused.err == SubscriptionError.SE_CODEC_UNSUPPORTED

    play(story)


def test_unsubscribing_closes_the_down_and_subscribing_again_opens_another() -> None:
    async def story(stage: Stage) -> None:
        mara, juno = await stage.call("mara", "juno")
        track = await _hear(mara, juno)
        juno.say(subscription=UpdateSubscription(track_sids=[track], subscribe=False))
        answer = await juno.serve_requirement()
        assert sections_of(answer, Direction.SENDONLY) == []
        (first,) = stage.worker.of(CloseDown)
        juno.say(subscription=UpdateSubscription(track_sids=[track], subscribe=True))
        await juno.serve_requirement()
        downs = [c.down for c in stage.worker.of(AddDown)]
        assert downs[0] == first.down
        assert len(set(downs)) == 2

    play(story)


def test_without_auto_subscribe_only_what_was_asked_for_comes() -> None:
    async def story(stage: Stage) -> None:
        mara = await stage.join("mara")
        juno = await stage.join("juno", auto_subscribe=False)
        one = await mara.publish(TrackSource.MICROPHONE, "mic")
        two = await mara.publish(TrackSource.CAMERA, "cam")
        assert juno.participant.subscriptions == {}
        juno.say(subscription=UpdateSubscription(track_sids=[two], subscribe=True))
        await juno.serve_requirement()
        assert list(juno.mids.values()) == [two]
        assert one not in juno.participant.subscriptions

    play(story)


def test_an_unknown_track_is_answered() -> None:
    async def story(stage: Stage) -> None:
        mara = await stage.join("mara")
        mara.say(subscription=UpdateSubscription(track_sids=["TR_no"], subscribe=True))
        response = await mara.until("subscription_response")
        assert response.track_sid == "TR_no"
        assert response.err == SubscriptionError.SE_TRACK_NOTFOUND

    play(story)


def test_a_publisher_may_choose_its_audience() -> None:
    async def story(stage: Stage) -> None:
        mara, juno, kim = await stage.call("mara", "juno", "kim")
        track = await mara.publish(TrackSource.MICROPHONE, "mic")
        await juno.settle()
        await kim.settle()
        only_kim = TrackPermission(participant_identity="kim", all_tracks=True)
        mara.say(subscription_permission=SubscriptionPermission(track_permissions=[only_kim]))
        update = await juno.until("subscription_permission_update")
        assert (update.participant_sid, update.track_sid, update.allowed) == (
            mara.sid,
            track,
            False,
        )
        assert juno.participant.subscriptions == {}
        assert track in kim.participant.subscriptions
        mara.say(subscription_permission=SubscriptionPermission(all_participants=True))
        assert (await juno.until("subscription_permission_update")).allowed
        await juno.settle()
        assert track in juno.participant.subscriptions

    play(story)


def test_somebody_without_the_right_to_subscribe_receives_nothing() -> None:
    async def story(stage: Stage) -> None:
        mara = await stage.join("mara")
        juno = await stage.join("juno", rights=Rights(subscribe=False))
        await mara.publish(TrackSource.MICROPHONE, "mic")
        assert juno.participant.subscriptions == {}

    play(story)


def test_unpublishing_is_seen_in_the_offer_and_closes_downs_before_the_up() -> None:
    async def story(stage: Stage) -> None:
        mara, juno = await stage.call("mara", "juno")
        track = await _hear(mara, juno)
        mid = stage.room.participants[mara.sid].tracks[track].mid
        mara.offering.stop(mid)
        await mara.offer()
        assert stage.room.find_track(track) is None
        closed = [c for c in stage.worker.commands if isinstance(c, CloseDown | CloseUp)]
        assert [type(c).__name__ for c in closed] == ["CloseDown", "CloseUp"]
        await juno.serve_requirement()
        assert juno.mids == {}
        assert stage.kinds()[-1] == "unpublished mara microphone"

    play(story)


@pytest.mark.parametrize(("adaptive", "quality"), [(True, 0), (False, 2)])
def test_video_begins_small_for_clients_that_say_what_they_show(
    adaptive: bool, quality: int
) -> None:
    async def story(stage: Stage) -> None:
        mara = await stage.join("mara")
        juno = await stage.join("juno", adaptive_stream=adaptive)
        await mara.publish(TrackSource.CAMERA, "cam")
        await juno.settle()
        assert [c.quality for c in stage.worker.of(SetDown)] == [quality]

    play(story)


def test_somebody_who_comes_back_receives_from_the_first_answer_on() -> None:
    # COMPAT livekit-client 2.23.0, see Participant.receives.
    async def story(stage: Stage) -> None:
        mara, juno = await stage.call("mara", "juno")
        track = await _hear(mara, juno)
        again = await stage.join("juno", up=False)
        first = next(m.answer for m in again.heard if m.WhichOneof("message") == "answer")
        assert list(first.mid_to_track_id.values()) == [track]

    play(story)


def test_a_refused_up_is_unpublished_and_a_refused_down_is_left_out() -> None:
    async def story(stage: Stage) -> None:
        mara, juno = await stage.call("mara", "juno")
        stage.worker.refuses = (AddDown,)
        await mara.publish(TrackSource.MICROPHONE, "mic")
        answer = await juno.serve_requirement()
        assert sections_of(answer, Direction.SENDONLY) == []
        stage.worker.refuses = (AddUp,)
        camera = await mara.publish(TrackSource.CAMERA, "cam")
        assert stage.room.find_track(camera) is None

    play(story)
