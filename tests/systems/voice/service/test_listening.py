"""Who listens from elsewhere is shown to all who are heard, and only where that is allowed."""

from allmende.core.ports.calls import CallPerson
from allmende.core.rooms import Lobby
from allmende.protocols.mumble.messages import (
    ChannelState,
    DenyType,
    PermissionDenied,
    PermissionQuery,
    UserState,
)
from allmende.systems.voice.events import RoomVoiceChanged
from allmende.systems.voice.model.bits import Bit
from allmende.systems.voice.model.settings import USUAL, RoomVoice
from tests.fakes.audio import FakeLeg
from tests.fakes.calls import browser
from tests.systems.voice.clients import Client
from tests.systems.voice.harbour import Harbour, Scene, run

OPEN = RoomVoice(may_listen=True)


async def set_voice(harbour: Harbour, scene: Scene, voice: RoomVoice) -> None:
    await harbour.voice.settings.change(scene.ada, scene.room.id, voice)
    at = harbour.clock.now()
    await harbour.happened(RoomVoiceChanged(at=at, room_id=scene.room.id))


def heard(leg: FakeLeg) -> list[str]:
    return list(leg.listens)


def told_of(client: Client, session: int) -> list[UserState]:
    return [state for state in client.all_of(UserState) if state.session == session]


def test_it_is_off_until_the_room_says_otherwise(harbour: Harbour, scene: Scene) -> None:
    async def story() -> None:
        async with harbour.open():
            ada, mel, _ = await harbour.three()
            await harbour.enter(ada, scene.room)
            room = harbour.channel(scene.room)
            mel.send(UserState(listening_channel_add=(room,)))
            denied = await mel.until(PermissionDenied)
            assert (denied.type, denied.permission) == (DenyType.PERMISSION, Bit.LISTEN)
            assert harbour.leg(mel).listening == frozenset()
            await set_voice(harbour, scene, OPEN)
            mel.send(PermissionQuery(channel_id=room))
            while (answer := await mel.until(PermissionQuery)).channel_id != room:
                pass
            assert Bit.LISTEN in Bit(answer.permissions or 0)

    run(story())


def test_everybody_in_the_room_is_told_before_anything_is_heard(
    harbour: Harbour, scene: Scene
) -> None:
    async def story() -> None:
        async with harbour.open():
            ada, mel, zoe = await harbour.three()
            await set_voice(harbour, scene, OPEN)
            await harbour.enter(ada, scene.room)
            room, leg = harbour.channel(scene.room), harbour.audio.legs[harbour.leg(mel).session]
            mel.send(UserState(listening_channel_add=(room,)))
            await mel.barrier()
            assert heard(leg) == []
            await harbour.told(ada)
            assert told_of(ada, mel.session)[-1].listening_channel_add == (room,)
            await harbour.told(mel)
            assert told_of(mel, mel.session)[-1].listening_channel_add == (room,)
            assert heard(leg) == [f"r{scene.room.id}"]
            assert not any(state.listening_channel_add for state in zoe.all_of(UserState))
            mel.send(UserState(listening_channel_remove=(room,)))
            await harbour.told(mel)
            await harbour.told(ada)
            assert told_of(ada, mel.session)[-1].listening_channel_remove == (room,)
            assert heard(leg) == []

    run(story())


def test_who_listens_out_of_a_room_that_others_do_not_see_is_shown_at_home(
    harbour: Harbour, scene: Scene
) -> None:
    async def story() -> None:
        # Zoe is in the group as well, and sits where nobody else sees her.
        code = await harbour.identity.make_invite(scene.ada, scene.group.id)
        await harbour.identity.join_by_invite(scene.zoe, code)
        async with harbour.open():
            ada, mel, zoe = await harbour.three()
            await set_voice(harbour, scene, OPEN)
            await harbour.enter(mel, scene.room)
            await harbour.enter(zoe, scene.secret)
            room = harbour.channel(scene.room)
            zoe.send(UserState(listening_channel_add=(room,)))
            await harbour.told(zoe)
            await harbour.told(mel)
            last = told_of(mel, zoe.session)[-1]
            assert (last.channel_id, last.listening_channel_add) == (0, (room,))
            assert b"Verschworen" not in mel.everything() + ada.everything()
            numbers = {state.channel_id for state in mel.all_of(ChannelState)}
            assert harbour.channel(scene.secret) not in numbers

    run(story())


def test_it_ends_with_the_right_and_with_a_door(harbour: Harbour, scene: Scene) -> None:
    async def story() -> None:
        async with harbour.open():
            ada, mel, _ = await harbour.three()
            await set_voice(harbour, scene, OPEN)
            await harbour.enter(ada, scene.room)
            room, leg = harbour.channel(scene.room), harbour.audio.legs[harbour.leg(mel).session]
            for ends in (USUAL, None):
                await set_voice(harbour, scene, OPEN)
                mel.send(UserState(listening_channel_add=(room,)))
                await harbour.told(mel)
                assert heard(leg)
                if ends is not None:
                    await set_voice(harbour, scene, ends)
                else:
                    await harbour.identity.change_room(
                        scene.ada, scene.room.id, name="Plenum", lobby=Lobby.ALL,
                        guests_share=False,
                    )  # fmt: skip
                    await harbour.voice.watching.room_changed(scene.room.id)
                    await harbour.settle()
                assert heard(leg) == []
                assert harbour.leg(mel).listening == frozenset()

    run(story())


def test_it_begins_with_the_call_and_pauses_inside_the_room(harbour: Harbour, scene: Scene) -> None:
    async def story() -> None:
        async with harbour.open():
            _, mel, _ = await harbour.three()
            await set_voice(harbour, scene, OPEN)
            room, leg = harbour.channel(scene.room), harbour.audio.legs[harbour.leg(mel).session]
            mel.send(UserState(listening_channel_add=(room,)))
            await harbour.told(mel)
            assert heard(leg) == []
            bo: CallPerson = browser("bbb", "Bo")
            harbour.calls.add(scene.room.id, bo)
            await harbour.settle()
            assert heard(leg) == [f"r{scene.room.id}"]
            await harbour.enter(mel, scene.room)
            assert heard(leg) == []

    run(story())
