"""Last-N: which cameras come by themselves in a large call (spec meet, 8)."""

import random

from allmende.media.control import Speaker, Speakers
from allmende.media.signal.cameras import BY_THEMSELVES, front
from allmende.protocols.livekit.messages import TrackSource, UpdateSubscription
from tests.media.signal.stage import CALL, Client, Stage, play

PEOPLE = BY_THEMSELVES + 2


def _cameras(count: int) -> dict[str, str]:
    return {f"TR_{n}": f"PA_{n}" for n in range(count)}


def test_up_to_the_limit_all_cameras_come_by_themselves() -> None:
    assert front(_cameras(BY_THEMSELVES), ["PA_3"], None) is None
    assert front(_cameras(BY_THEMSELVES), [], frozenset({"TR_1"})) is None


def test_beyond_it_those_come_who_spoke_last_and_then_the_oldest() -> None:
    cameras = _cameras(40)
    assert front(cameras, [], None) == frozenset(f"TR_{n}" for n in range(16))
    found = front(cameras, ["PA_39", "PA_20", "PA_gone"], None)
    assert found == frozenset({"TR_39", "TR_20", *(f"TR_{n}" for n in range(14))})


def test_who_is_in_front_and_speaks_changes_nothing_and_a_stranger_displaces_one() -> None:
    cameras, random_ = _cameras(30), random.Random(7)
    spoken: list[str] = []
    now = front(cameras, spoken, None)
    for _ in range(500):
        speaker = f"PA_{random_.randrange(30)}"
        spoken = [*(each for each in spoken if each != speaker), speaker]
        before, now = now, front(cameras, spoken, now)
        assert before is not None
        assert now is not None
        track = speaker.replace("PA", "TR")
        assert track in now
        assert len(now) == BY_THEMSELVES
        assert len(now - before) == (track not in before)


def _seen(client: Client) -> set[str]:
    return set(client.participant.subscriptions)


def _say(stage: Stage, client: Client, *, active: bool = True) -> None:
    change = Speaker(client.sid, 0.5, active)
    stage.reports.reported(stage.worker, Speakers(room=CALL, changes=(change,)))


def test_in_a_large_call_a_speaker_comes_to_the_front_and_others_on_demand() -> None:
    async def story(stage: Stage) -> None:
        people = await stage.call(*(f"person{n}" for n in range(PEOPLE)))
        cameras = [await one.publish(TrackSource.CAMERA, "cam") for one in people]
        share = await people[-1].publish(TrackSource.SCREEN_SHARE, "share")
        watcher = people[0]
        assert _seen(watcher) == {*cameras[1:BY_THEMSELVES], share}
        _say(stage, people[-1], active=False)
        assert cameras[-1] not in _seen(watcher)
        _say(stage, people[-1])
        assert cameras[-1] in _seen(watcher)
        assert cameras[BY_THEMSELVES - 1] not in _seen(watcher)
        demanded = cameras[BY_THEMSELVES]
        watcher.say(subscription=UpdateSubscription(track_sids=[demanded], subscribe=True))
        await watcher.quiet()
        assert demanded in _seen(watcher)
        assert demanded not in _seen(people[1])
        refused = UpdateSubscription(track_sids=[cameras[-1]], subscribe=False)
        watcher.say(subscription=refused)
        await watcher.quiet()
        assert cameras[-1] not in _seen(watcher)
        assert cameras[-1] in _seen(people[1])

    play(story)


def test_when_cameras_close_all_that_are_left_come_by_themselves_again() -> None:
    async def story(stage: Stage) -> None:
        people = await stage.call(*(f"person{n}" for n in range(PEOPLE)))
        cameras = [await one.publish(TrackSource.CAMERA, "cam") for one in people]
        watcher = people[-1]
        _say(stage, people[3])
        for leaver in people[:2]:
            leaver.say(leave={})
            await leaver.closed()
        assert _seen(watcher) == set(cameras[2:-1])
        assert people[0].sid not in stage.room.spoken
        people[3].say(leave={})
        await people[3].closed()
        assert stage.room.spoken == {}

    play(story)
