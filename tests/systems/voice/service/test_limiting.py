"""What is announced is what is enforced, a second later where it is less."""

from dataclasses import replace

from allmende.protocols.mumble.messages import ServerConfig, SuggestConfig
from allmende.systems.voice.events import RoomVoiceChanged
from allmende.systems.voice.model.settings import RoomVoice
from tests.systems.voice.harbour import Harbour, Scene, run


def test_less_counts_a_second_after_it_was_said_and_more_at_once(
    harbour: Harbour, scene: Scene
) -> None:
    async def story() -> None:
        async with harbour.open():
            ada, mel, _ = await harbour.three()
            await harbour.enter(ada, scene.room)
            await harbour.enter(mel, scene.room)
            leg = harbour.audio.legs[harbour.leg(mel).session]
            assert leg.bandwidth_bps == 72_000
            call = harbour.calls.shown(scene.room.id)
            assert call is not None
            harbour.calls.show(replace(call, moderated=True))
            await harbour.told(mel)
            assert mel.all_of(ServerConfig)[-1].max_bandwidth == 40_000
            assert mel.all_of(SuggestConfig)[-1].push_to_talk
            assert leg.bandwidth_bps == 72_000
            await harbour.voice.tick()
            assert leg.bandwidth_bps == 40_000
            harbour.calls.show(replace(call, moderated=False))
            await harbour.told(mel)
            assert mel.all_of(ServerConfig)[-1].max_bandwidth == 72_000
            assert not mel.all_of(SuggestConfig)[-1].push_to_talk
            assert leg.bandwidth_bps == 72_000

    run(story())


def test_a_room_has_limits_and_advice_of_its_own(harbour: Harbour, scene: Scene) -> None:
    async def story() -> None:
        async with harbour.open():
            _, mel, _ = await harbour.three()
            await harbour.enter(mel, scene.room)
            for chosen, wanted in ((24_000, 24_000), (500_000, 72_000)):
                voice = RoomVoice(push_to_talk=True, may_record=True, bandwidth_bps=chosen)
                await harbour.voice.settings.change(scene.ada, scene.room.id, voice)
                fact = RoomVoiceChanged(at=harbour.clock.now(), room_id=scene.room.id)
                await harbour.happened(fact)
                await harbour.told(mel)
                said = mel.all_of(ServerConfig)[-1]
                assert (said.max_bandwidth, said.recording_allowed) == (wanted, True)
            assert [each.push_to_talk for each in mel.all_of(SuggestConfig)] == [True]
            await harbour.voice.go(harbour.leg(mel), 0)
            await harbour.told(mel)
            assert not mel.all_of(ServerConfig)[-1].recording_allowed

    run(story())


def test_media_lets_nobody_whisper_where_that_is_not_allowed(
    harbour: Harbour, scene: Scene
) -> None:
    async def story() -> None:
        async with harbour.open():
            ada, mel, _ = await harbour.three()
            legs = [harbour.audio.legs[harbour.leg(each).session] for each in (ada, mel)]
            assert [leg.may_whisper for leg in legs] == [False, False]
            await harbour.enter(ada, scene.room)
            await harbour.enter(mel, scene.room)
            assert [leg.may_whisper for leg in legs] == [True, True]
            call = harbour.calls.shown(scene.room.id)
            assert call is not None
            harbour.calls.show(replace(call, moderated=True))
            await harbour.settle()
            assert [leg.may_whisper for leg in legs] == [True, False]

    run(story())
