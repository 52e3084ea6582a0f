"""What happens in media, in calls and at doors reaches clients."""

import pytest

from allmende.core.ports.audio import (
    CryptKeys,
    LegMuted,
    LegRemoved,
    LegRights,
    Rekeyed,
    ResyncWanted,
    Session,
    Talking,
    Tunnelled,
)
from allmende.core.ports.conference import CallId, Rights
from allmende.identity.events import DoorAnswered
from allmende.protocols.mumble.messages import CryptSetup, UserRemove, UserState
from tests.fakes.calls import browser
from tests.systems.voice.harbour import Harbour, Scene, run


def test_what_media_tells_reaches_clients(harbour: Harbour, scene: Scene) -> None:
    async def story() -> None:
        async with harbour.open():
            _, mel, _ = await harbour.three()
            await harbour.enter(mel, scene.room)
            session, heard = Session(mel.session), harbour.voice.watching.heard
            await heard(Tunnelled((session, Session(1)), b"voice"))
            mel.stream.crowded = True
            await heard(Tunnelled((session,), b"lost"))
            await heard(Talking(CallId("r1"), "x", True))
            await heard(ResyncWanted(session))
            keys = CryptKeys(b"1" * 16, b"2" * 16, b"3" * 16)
            await heard(Rekeyed(session, keys))
            await heard(LegRights(session, Rights(suppressed=True)))
            await heard(LegMuted(session))
            await harbour.told(mel)
            assert mel.voice == [b"voice"]
            assert harbour.built.server.counts["voice-dropped"] == 1
            resync, rekeyed = mel.all_of(CryptSetup)[-2:]
            assert resync == CryptSetup()
            assert rekeyed.key == keys.key
            state = [s for s in mel.all_of(UserState) if s.session == session][-1]
            assert (state.suppress, state.mute) == (True, True)
            await heard(LegMuted(session, muted=False))
            await harbour.told(mel)
            state = [s for s in mel.all_of(UserState) if s.session == session][-1]
            assert state.mute is False
            await heard(LegMuted(Session(60_000)))

    run(story())


@pytest.mark.parametrize(
    ("ended", "text"),
    [(False, "You are no longer in this room."), (True, "The call in this room has ended.")],
)
def test_who_is_put_out_by_the_call_stands_at_home(
    harbour: Harbour, scene: Scene, ended: bool, text: str
) -> None:
    async def story() -> None:
        async with harbour.open():
            _, mel, _ = await harbour.three()
            await harbour.enter(mel, scene.room)
            await harbour.voice.watching.heard(LegRemoved(Session(mel.session), ended=ended))
            await harbour.told(mel)
            assert harbour.leg(mel).room_id is None
            assert mel.texts()[-1] == text

    run(story())


def test_people_in_browsers_are_people_like_others(harbour: Harbour, scene: Scene) -> None:
    async def story() -> None:
        async with harbour.open():
            ada, mel, zoe = await harbour.three()
            await harbour.enter(mel, scene.room)
            harbour.calls.add(scene.room.id, browser("bo1", "Bo", account=77))
            harbour.calls.add(scene.room.id, browser("me1", "mel", scene.mel.account_id))
            await harbour.told(ada)
            shown = {s.name: s for s in ada.all_of(UserState) if s.comment == "via browser"}
            assert set(shown) == {"Bo", "mel (web)"}
            assert shown["Bo"].user_id == 77
            own = next(s for s in ada.all_of(UserState) if s.session == mel.session)
            assert shown["mel (web)"].hash == own.hash
            session = shown["Bo"].session
            assert harbour.audio.numbers[CallId(f"r{scene.room.id}"), "bo1"] == session
            assert not [s for s in zoe.all_of(UserState) if s.name == "Bo"]
            harbour.calls.remove(scene.room.id, "bo1")
            await harbour.told(ada)
            assert ada.all_of(UserRemove)[-1].session == session

    run(story())


@pytest.mark.parametrize(("state", "inside"), [("admitted", True), ("refused", False)])
def test_the_answer_of_a_door(harbour: Harbour, scene: Scene, state: str, inside: bool) -> None:
    async def story() -> None:
        async with harbour.open():
            _, mel, _ = await harbour.three()
            await harbour.enter(mel, scene.closed)
            waits = harbour.leg(mel).waits
            assert waits is not None
            answers = harbour.calls.admitted if inside else harbour.calls.refused
            answers.add((scene.closed.id, waits.key))
            harbour.bus.publish(DoorAnswered(room_id=scene.closed.id, key=waits.key, state=state))
            harbour.bus.publish(DoorAnswered(room_id=scene.closed.id, key="g0", state=state))
            await harbour.told(mel)
            assert (harbour.leg(mel).room_id == scene.closed.id) is inside
            assert harbour.leg(mel).waits is None
            assert bool(mel.texts()) is not inside

    run(story())


def test_those_at_the_door_are_seen_by_facilitators_alone(harbour: Harbour, scene: Scene) -> None:
    async def story() -> None:
        async with harbour.open():
            ada, mel, _ = await harbour.three()
            call = harbour.calls
            call.add(scene.closed.id, browser("bo1", "Bo"))
            shown = call.shown(scene.closed.id)
            assert shown is not None
            call.show(type(shown)(room_id=scene.closed.id, people=shown.people,
                waiting=(("gx", "Wartende"),)))  # fmt: skip
            await harbour.told(ada)
            await harbour.told(mel)
            names = {client: {s.name for s in client.all_of(UserState)} for client in (ada, mel)}
            assert {"Bo", "Wartende"} <= names[ada]
            assert "Wartende" not in names[mel]

    run(story())
