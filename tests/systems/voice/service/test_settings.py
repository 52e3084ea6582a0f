"""What the voice of a room may be used for, set by its admins, holds for everybody at once."""

import pytest

from allmende.core.errors import NotAllowed, NotFound
from allmende.protocols.mumble.messages import ChannelRemove, ChannelState
from allmende.systems.voice.events import RoomVoiceChanged
from allmende.systems.voice.model.settings import USUAL, RoomVoice
from tests.systems.voice.harbour import Harbour, Scene, run


def test_it_is_set_by_admins_and_read_again(harbour: Harbour, scene: Scene) -> None:
    async def story() -> None:
        async with harbour.open():
            settings, slug = harbour.voice.settings, scene.room.slug
            assert (await settings.shown(scene.ada, slug))[1] == USUAL
            for voice in (
                RoomVoice(may_record=True, bandwidth_bps=64_000),
                RoomVoice(is_off=True, may_listen=True, push_to_talk=True),
            ):
                await settings.change(scene.ada, scene.room.id, voice)
                assert (await settings.shown(scene.ada, slug))[1] == voice
            for who, refusal in ((scene.mel, NotAllowed), (scene.zoe, NotFound)):
                with pytest.raises(refusal):
                    await settings.shown(who, slug)
                with pytest.raises(refusal):
                    await settings.change(who, scene.room.id, USUAL)

    run(story())


def test_a_room_that_is_switched_off_goes_and_comes_again(harbour: Harbour, scene: Scene) -> None:
    async def story() -> None:
        async with harbour.open():
            ada, mel, _ = await harbour.three()
            await harbour.enter(mel, scene.room)
            number = harbour.channel(scene.room)
            changed = RoomVoiceChanged(at=harbour.clock.now(), room_id=scene.room.id)
            await harbour.voice.settings.change(scene.ada, scene.room.id, RoomVoice(is_off=True))
            await harbour.happened(changed)
            await harbour.told(ada)
            assert [gone.channel_id for gone in ada.all_of(ChannelRemove)] == [number]
            assert harbour.leg(mel).room_id is None
            await harbour.voice.settings.change(scene.ada, scene.room.id, USUAL)
            await harbour.happened(changed)
            await harbour.told(ada)
            shown = [state for state in ada.all_of(ChannelState) if state.channel_id == number]
            assert [state.name for state in shown] == ["Plenum", "Plenum"]

    run(story())
