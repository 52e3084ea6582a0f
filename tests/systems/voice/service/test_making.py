"""Rooms below rooms, as deep as clients take it."""

from allmende.protocols.mumble.messages import ChannelState, DenyType, PermissionDenied
from allmende.systems.voice.model.house import MAX_NESTING
from allmende.systems.voice.service.making import levels_above
from tests.systems.voice.harbour import Harbour, Scene, run


def test_rooms_are_nested_so_deep_and_no_deeper(harbour: Harbour, scene: Scene) -> None:
    async def story() -> None:
        async with harbour.open():
            mel = await harbour.connect("mel", scene.passwords[1])
            parent = harbour.channel(scene.room)
            depth = 2
            while depth < MAX_NESTING:
                depth += 1
                harbour.clock.turn(seconds=5)
                mel.send(ChannelState(parent=parent, name=f"Ebene {depth}", temporary=True))
                await harbour.told(mel)
                made = harbour.voice.channels.of_room(harbour.leg(mel).room_id)
                assert made is not None
                assert made != parent
                parent = made
            assert levels_above(harbour.leg(mel), parent) == MAX_NESTING + 1
            mel.send(ChannelState(parent=parent, name="Zu tief", temporary=True))
            assert (await mel.until(PermissionDenied)).type is DenyType.NESTING_LIMIT

    run(story())
