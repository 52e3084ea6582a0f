"""Rooms made and ended by a client."""

from allmende.identity.events import RoomGone
from allmende.protocols.mumble.messages import (
    ChannelRemove,
    ChannelState,
    DenyType,
    PermissionDenied,
)
from tests.systems.voice.harbour import Harbour, Scene, run


def test_a_temporary_room_is_made_entered_and_ends_when_it_is_empty(
    harbour: Harbour, scene: Scene
) -> None:
    async def story() -> None:
        async with harbour.open():
            ada, mel, zoe = await harbour.three()
            parent = harbour.channel(scene.room)
            mel.send(ChannelState(parent=parent, name="AG Küche", temporary=True))
            await harbour.told(mel)
            room_id = harbour.leg(mel).room_id
            assert room_id is not None
            await harbour.voice.watching.room_made(scene.group.id)
            await harbour.settle()
            (state,) = [s for s in ada.all_of(ChannelState) if s.name == "AG Küche"]
            assert (state.parent, state.temporary) == (parent, True)
            assert not [s for s in zoe.all_of(ChannelState) if s.name == "AG Küche"]
            await harbour.voice.tick()
            for seconds, is_there in ((60, True), (29, True), (1, False)):
                harbour.clock.turn(seconds=seconds)
                await harbour.voice.tick()
                assert bool(harbour.voice.channels.temporary) is is_there
                if seconds == 60:
                    await harbour.voice.go(harbour.leg(mel), 0)
                    await harbour.voice.tick()
            assert await harbour.identity.temporary_rooms() == []
            await harbour.happened(RoomGone(at=harbour.clock.now(), room_id=room_id))
            await ada.barrier()
            assert ada.all_of(ChannelRemove)[-1].channel_id == state.channel_id

    run(story())


def test_the_maker_ends_it_before_and_nobody_else(harbour: Harbour, scene: Scene) -> None:
    async def story() -> None:
        async with harbour.open():
            ada, mel, _ = await harbour.three()
            group = harbour.voice.channels.of_group(scene.group.id)
            mel.send(ChannelState(parent=group, name="Kurz", temporary=True))
            await harbour.told(mel)
            await harbour.voice.watching.room_made(scene.group.id)
            made = harbour.voice.channels.of_room(harbour.leg(mel).room_id)
            assert made is not None
            ada.send(ChannelRemove(channel_id=made))
            assert "https://house.example/" in ((await ada.until(PermissionDenied)).reason or "")
            mel.send(ChannelRemove(channel_id=made))
            await harbour.told(mel)
            assert await harbour.identity.temporary_rooms() == []
            mel.send(ChannelRemove(channel_id=harbour.channel(scene.room)))
            assert (await mel.until(PermissionDenied)).type is DenyType.TEXT

    run(story())


def test_what_may_not_be_made_or_changed(harbour: Harbour, scene: Scene) -> None:
    async def story() -> None:
        async with harbour.open():
            _, mel, zoe = await harbour.three()
            parent = harbour.channel(scene.room)
            for client, asked, kind in (
                (mel, ChannelState(parent=parent, name="Fest"), DenyType.PERMISSION),
                (mel, ChannelState(parent=0, name="Oben", temporary=True), DenyType.TEXT),
                (mel, ChannelState(parent=parent, temporary=True), DenyType.CHANNEL_NAME),
                (mel, ChannelState(parent=parent, name="a\u202eb", temporary=True),
                 DenyType.CHANNEL_NAME),
                (mel, ChannelState(channel_id=parent, name="Anders"), DenyType.TEXT),
                (zoe, ChannelState(parent=parent, name="Fremd", temporary=True), DenyType.TEXT),
            ):  # fmt: skip
                client.send(asked)
                denied = await client.until(PermissionDenied)
                assert denied.type is kind, asked
            assert await harbour.identity.temporary_rooms() == []

    run(story())


def test_an_admin_makes_a_room_for_good(harbour: Harbour, scene: Scene) -> None:
    async def story() -> None:
        async with harbour.open():
            ada, _, _ = await harbour.three()
            ada.send(ChannelState(parent=harbour.channel(scene.room), name="Garten"))
            await harbour.told(ada)
            (state,) = [s for s in ada.all_of(ChannelState) if s.name == "Garten"]
            assert not state.temporary
            assert harbour.leg(ada).room_id is None

    run(story())


def test_temporary_rooms_of_before_a_restart_end_as_well(harbour: Harbour, scene: Scene) -> None:
    async def story() -> None:
        await harbour.identity.make_temporary_room(scene.mel, scene.group.id, "Alt")
        async with harbour.open():
            await harbour.voice.tick()
            harbour.clock.turn(seconds=30)
            await harbour.voice.tick()
            assert await harbour.identity.temporary_rooms() == []

    run(story())
