"""UserState and UserRemove: oneself, and others as a facilitator."""

import pytest

from allmende.core.errors import Conflict, NotAllowed
from allmende.core.ports.calls import Act
from allmende.protocols.mumble.messages import (
    DenyType,
    PermissionDenied,
    UserRemove,
    UserState,
)
from allmende.systems.voice.events import RoomVoiceChanged
from allmende.systems.voice.model.settings import USUAL, RoomVoice
from tests.systems.voice.harbour import Harbour, Scene, run


def test_a_way_into_a_room_and_home_again(harbour: Harbour, scene: Scene) -> None:
    async def story() -> None:
        async with harbour.open():
            ada, mel, _ = await harbour.three()
            await harbour.enter(ada, scene.room)
            session = harbour.leg(ada).session
            leg = harbour.audio.legs[session]
            assert leg.call == f"r{scene.room.id}"
            assert leg.who is not None
            assert leg.who.attributes["allmende.client"] == "mumble"
            told = await harbour.told(mel)
            moved = [m for m in told if isinstance(m, UserState) and m.session == ada.session]
            assert moved[-1].channel_id == harbour.channel(scene.room)
            ada.send(UserState(channel_id=0))
            await harbour.told(ada)
            assert harbour.audio.legs[session].call != f"r{scene.room.id}"
            assert harbour.calls.left[-1][0] == scene.room.id

    run(story())


def test_oneself_muted_and_deaf_follow_each_other(harbour: Harbour, scene: Scene) -> None:
    async def story() -> None:
        async with harbour.open():
            ada, mel, _ = await harbour.three()
            for asked, self_mute, self_deaf in (
                (UserState(self_deaf=True), True, True),
                (UserState(self_mute=False), False, False),
                (UserState(self_mute=True), True, False),
                (UserState(self_deaf=False), True, False),
            ):
                ada.send(asked)
                await harbour.told(ada)
                flags = harbour.audio.legs[harbour.leg(ada).session].flags
                assert (flags.self_mute, flags.self_deaf) == (self_mute, self_deaf)
            states = [s for s in mel.all_of(UserState) if s.session == ada.session]
            await harbour.told(mel)
            states = [s for s in mel.all_of(UserState) if s.session == ada.session]
            assert states[-1].self_mute or states[-1].self_deaf is not None

    run(story())


@pytest.mark.parametrize(
    ("asked", "kind"),
    [
        (UserState(suppress=False), DenyType.PERMISSION),
        (UserState(priority_speaker=True), DenyType.PERMISSION),
        (UserState(name="chef"), DenyType.USER_NAME),
        (UserState(texture=b"png"), DenyType.TEXT),
        (UserState(listening_channel_add=(999,)), DenyType.TEXT),
        (UserState(comment="x" * 5001), DenyType.TEXT_TOO_LONG),
        (UserState(comment='<img src="https://evil.example/a.png">'), DenyType.TEXT),
        (UserState(user_id=1), DenyType.MISSING_CERTIFICATE),
        (UserState(channel_id=999), DenyType.TEXT),
        (UserState(mute=True), DenyType.PERMISSION),
    ],
)
def test_what_one_may_not_do_to_oneself(
    harbour: Harbour, scene: Scene, asked: UserState, kind: DenyType
) -> None:
    async def story() -> None:
        async with harbour.open():
            client = await harbour.connect("mel", scene.passwords[1])
            client.send(asked)
            denied = await client.until(PermissionDenied)
            assert denied.type is kind
            assert denied.session == client.session
            assert denied.reason

    run(story())


def test_a_facilitator_mutes_and_others_do_not(harbour: Harbour, scene: Scene) -> None:
    async def story() -> None:
        async with harbour.open():
            ada, mel, _ = await harbour.three()
            await harbour.enter(ada, scene.room)
            await harbour.enter(mel, scene.room)
            session = mel.session
            mel.send(UserState(session=ada.session, mute=True))
            assert (await mel.until(PermissionDenied)).type is DenyType.PERMISSION
            ada.send(UserState(session=session, mute=True))
            await harbour.told(ada)
            assert harbour.calls.done[-1][:2] == (Act.MUTE, scene.room.id)
            assert harbour.leg(mel).flags.muted
            ada.send(UserState(session=session, deaf=True))
            await harbour.told(ada)
            ada.send(UserState(session=session, mute=False))
            await harbour.told(ada)
            assert not harbour.leg(mel).flags.deaf

    run(story())


def test_a_facilitator_moves_and_puts_out(harbour: Harbour, scene: Scene) -> None:
    async def story() -> None:
        async with harbour.open():
            ada, mel, _ = await harbour.three()
            await harbour.enter(ada, scene.room)
            await harbour.enter(mel, scene.room)
            session = mel.session
            ada.send(UserState(session=session, channel_id=harbour.channel(scene.closed)))
            await harbour.told(ada)
            assert harbour.leg(mel).waits is not None
            ada.send(UserState(session=session, channel_id=0))
            await harbour.told(ada)
            assert [act for act, *_ in harbour.calls.done][-1:] == [Act.REFUSE]
            await harbour.enter(mel, scene.room)
            ada.send(UserRemove(session=session, reason="genug"))
            await harbour.told(ada)
            assert [act for act, *_ in harbour.calls.done][-1:] == [Act.REMOVE]
            ada.send(UserRemove(session=session, reason="genug", ban=True))
            await harbour.told(ada)
            assert not await harbour.identity.rights(scene.mel, scene.room.id)

    run(story())


def test_nobody_is_found_who_is_not_seen(harbour: Harbour, scene: Scene) -> None:
    async def story() -> None:
        async with harbour.open():
            ada, _, zoe = await harbour.three()
            for client, session in ((zoe, ada.session), (zoe, 60_000)):
                client.send(UserState(session=session, mute=True))
                denied = await client.until(PermissionDenied)
                assert denied.reason == "This person is not here."

    run(story())


def test_what_a_call_refuses_is_said_as_mumble_says_it(harbour: Harbour, scene: Scene) -> None:
    async def story() -> None:
        async with harbour.open():
            _, mel, _ = await harbour.three()
            refusals = harbour.calls.refusals
            refusals[scene.room.id] = Conflict("meet.full", most=150)
            mel.send(UserState(channel_id=harbour.channel(scene.room)))
            assert (await mel.until(PermissionDenied)).type is DenyType.CHANNEL_FULL
            refusals[scene.room.id] = NotAllowed("identity.room-locked")
            mel.send(UserState(channel_id=harbour.channel(scene.room)))
            assert (await mel.until(PermissionDenied)).type is DenyType.TEXT
            assert harbour.leg(mel).room_id is None

    run(story())


def test_who_records_goes_home_and_is_told_why(harbour: Harbour, scene: Scene) -> None:
    async def story() -> None:
        async with harbour.open():
            ada, mel, _ = await harbour.three()
            await harbour.enter(mel, scene.room)
            mel.send(UserState(recording=True))
            await harbour.told(mel)
            assert harbour.leg(mel).room_id is None
            assert "Nothing is recorded here" in mel.texts()[-1]
            states = [s for s in ada.all_of(UserState) if s.session == mel.session]
            assert not any(state.recording for state in states)

    run(story())


def test_who_may_record_is_shown_to_record_until_the_room_changes_its_mind(
    harbour: Harbour, scene: Scene
) -> None:
    async def story() -> None:
        async with harbour.open():
            ada, mel, _ = await harbour.three()
            await harbour.voice.settings.change(
                scene.ada, scene.room.id, RoomVoice(may_record=True)
            )
            changed = RoomVoiceChanged(at=harbour.clock.now(), room_id=scene.room.id)
            await harbour.happened(changed)
            await harbour.enter(mel, scene.room)
            mel.send(UserState(recording=True))
            await harbour.told(mel)
            await harbour.told(ada)
            states = [s for s in ada.all_of(UserState) if s.session == mel.session]
            assert states[-1].recording
            mel.send(UserState(channel_id=harbour.channel(scene.closed)))
            assert "Nothing is recorded" in ((await mel.until(PermissionDenied)).reason or "")
            await harbour.voice.settings.change(scene.ada, scene.room.id, USUAL)
            await harbour.happened(changed)
            assert harbour.leg(mel).room_id is None
            assert not harbour.leg(mel).recording

    run(story())
