"""The light page: come in by a door, talk in turn, write, lose the connection, leave."""

from dataclasses import replace

import pytest

from allmende.core.accounts import STRANGER
from allmende.core.errors import Conflict, InvalidInput, NotFound, Unavailable
from allmende.core.ports.audio import (
    Aim,
    LegFlags,
    LegMuted,
    LegRemoved,
    LegRights,
    OfferWanted,
    Session,
    SlotTaken,
    Talking,
)
from allmende.core.ports.calls import Act, Client
from allmende.core.ports.conference import CallId, Rights
from allmende.protocols.mumble.messages import UserState
from allmende.systems.voice.service.lightpages import KEPT_S, LightSeat, LightWish, room_of
from tests.fakes.calls import browser
from tests.systems.voice.harbour import Harbour, Scene, run
from tests.systems.voice.pages import FakePage, come, enter, knock


def test_who_comes_in_gets_an_answer_a_number_and_a_place_in_the_roster(
    harbour: Harbour, scene: Scene
) -> None:
    async def tell() -> None:
        async with harbour.open():
            seat, page = await come(harbour, scene.mel, scene.room.id)
            assert seat.answer.sdp == "answer to offer"
            assert seat.may_speak
            call, who, _ = harbour.audio.web[0]
            assert harbour.audio.numbers[call, who.identity] == seat.leg.session
            assert who.attributes["allmende.client"] == "web"
            people = page.of("roster")[-1]["people"]
            assert isinstance(people, list)
            assert [(one["name"], one["client"]) for one in people] == [("Mel", "web")]

    run(tell())


def test_mumble_clients_see_who_is_on_the_light_page(harbour: Harbour, scene: Scene) -> None:
    async def tell() -> None:
        async with harbour.open():
            ada = await harbour.connect("ada", scene.passwords[0])
            seat = await enter(harbour, scene.mel, scene.room.id)
            await harbour.told(ada)
            view = harbour.leg(ada).view
            assert view is not None
            assert view.users[seat.leg.session].name == "Mel"
            await harbour.voice.light.leave(scene.mel, scene.room.id, seat.leg.seat.identity)
            await harbour.told(ada)
            view = harbour.leg(ada).view
            assert view is not None
            assert seat.leg.session not in view.users

    run(tell())


def test_a_guest_comes_by_a_link_and_is_given_a_cookie(harbour: Harbour, scene: Scene) -> None:
    async def tell() -> None:
        async with harbour.open():
            link = await harbour.link(scene.ada, scene.room.id)
            wish = LightWish(offer="offer", name="Zug", link=link)
            seat = await harbour.voice.light.enter(STRANGER, scene.room.id, wish)
            assert isinstance(seat, LightSeat)
            assert seat.guest_token
            assert seat.leg.who.guest_of(scene.room.id) is not None
            door = await harbour.voice.light.door(seat.leg.who, scene.room.slug, None)
            assert (door.name, door.named, door.people) == ("Zug", False, 1)

    run(tell())


def test_who_waits_is_let_in_by_asking_again_and_may_go_away(
    harbour: Harbour, scene: Scene
) -> None:
    async def tell() -> None:
        async with harbour.open():
            room = scene.closed.id
            waits = await knock(harbour, scene.mel, room)
            assert harbour.audio.web == []
            await harbour.voice.light.leave(scene.ada, room, waits.key)
            assert harbour.calls.left == []
            await harbour.voice.light.leave(scene.mel, room, waits.key)
            assert harbour.calls.left == [(room, waits.key)]
            await knock(harbour, scene.mel, room)
            harbour.calls.admitted.add((room, waits.key))
            await enter(harbour, scene.mel, room)
            assert len(harbour.audio.web) == 1

    run(tell())


def test_names_are_shown_only_to_who_needs_not_be_let_in(harbour: Harbour, scene: Scene) -> None:
    async def tell() -> None:
        async with harbour.open():
            pages = harbour.voice.light
            await enter(harbour, scene.ada, scene.room.id, "ada")
            assert (await pages.door(scene.mel, scene.room.slug, None)).names == ["ada"]
            link = await harbour.link(scene.ada, scene.closed.id)
            await enter(harbour, scene.ada, scene.closed.id, "ada")
            door = await pages.door(STRANGER, scene.closed.slug, link)
            assert (door.people, list(door.names)) == (1, [])
            with pytest.raises(NotFound):
                await pages.door(STRANGER, scene.secret.slug, None)

    run(tell())


def test_without_sound_nobody_stands_in_a_room(harbour: Harbour, scene: Scene) -> None:
    async def tell() -> None:
        async with harbour.open():
            harbour.audio.web_refused = InvalidInput("voice.offer")
            with pytest.raises(InvalidInput):
                await enter(harbour, scene.mel, scene.room.id)
            call = harbour.calls.shown(scene.room.id)
            assert call is not None
            assert call.people == ()
            assert len(harbour.voice.legs.light) == 0

    run(tell())


def test_after_a_cut_a_page_goes_on_as_who_it_was(harbour: Harbour, scene: Scene) -> None:
    async def tell() -> None:
        async with harbour.open():
            pages, room = harbour.voice.light, scene.room.id
            seat, page = await come(harbour, scene.mel, room)
            me = seat.leg.seat.identity
            pages.disconnect(seat.leg, page)
            harbour.clock.turn(seconds=KEPT_S - 1)
            await pages.tick()
            back = await pages.enter(scene.mel, room, LightWish(offer="again", again=me))
            assert isinstance(back, LightSeat)
            assert back.leg is seat.leg
            stranger = await pages.enter(scene.ada, room, LightWish(offer="x", name="a", again=me))
            assert isinstance(stranger, LightSeat)
            assert stranger.leg is not seat.leg
            harbour.clock.turn(seconds=KEPT_S + 1)
            await pages.tick()
            assert harbour.audio.closed == [seat.leg.session, stranger.leg.session]
            anew = await pages.enter(
                scene.mel, room, LightWish(offer="again", name="Mel", again=me)
            )
            assert isinstance(anew, LightSeat)
            assert anew.leg is not seat.leg

    run(tell())


def test_a_call_that_is_over_is_entered_anew(harbour: Harbour, scene: Scene) -> None:
    async def tell() -> None:
        async with harbour.open():
            seat, _ = await come(harbour, scene.mel, scene.room.id)
            wish = LightWish(offer="x", name="Mel", again=seat.leg.seat.identity)
            harbour.audio.web_refused = Unavailable("meet.media-restarting", retry_after_s=1)
            with pytest.raises(Unavailable):
                await harbour.voice.light.enter(scene.mel, scene.room.id, wish)
            harbour.audio.web_refused = NotFound("meet.no-such-call")
            with pytest.raises(NotFound):
                await harbour.voice.light.enter(scene.mel, scene.room.id, wish)
            assert len(harbour.voice.legs.light) == 0

    run(tell())


def test_nobody_takes_the_live_connection_of_another(harbour: Harbour, scene: Scene) -> None:
    async def tell() -> None:
        async with harbour.open():
            seat, page = await come(harbour, scene.mel, scene.room.id)
            me = seat.leg.seat.identity
            for who in (scene.ada, STRANGER):
                with pytest.raises(Conflict):
                    await harbour.voice.light.connect(who, scene.room.id, me, FakePage())
            await harbour.voice.light.leave(scene.ada, scene.room.id, me)
            assert seat.leg.outlet is page
            other = FakePage()
            await harbour.voice.light.connect(scene.mel, scene.room.id, me, other)
            assert page.ended
            assert not other.ended
            harbour.voice.light.disconnect(seat.leg, page)
            assert seat.leg.outlet is other

    run(tell())


def test_pages_are_told_who_is_in_a_slot_and_who_talks(harbour: Harbour, scene: Scene) -> None:
    async def tell() -> None:
        async with harbour.open():
            seat, page = await come(harbour, scene.mel, scene.room.id)
            heard, call, me = (
                harbour.voice.watching.heard,
                seat.leg.seat.call,
                seat.leg.seat.identity,
            )
            await heard(SlotTaken(call, 1, "ada"))
            await heard(Talking(call, "ada", True))
            await heard(Talking(call, "zoe", True, Aim.WHISPER))
            await heard(SlotTaken(call, 2, "zoe", to=("somebody",)))
            await heard(SlotTaken(call, 3, "zoe", to=(me,)))
            assert [(one["slot"], one["aimed"]) for one in page.of("slot")] == [
                (1, False),
                (3, True),
            ]
            assert page.of("talking") == [{"identity": "ada", "on": True}]
            late = FakePage()
            await harbour.voice.light.connect(scene.mel, scene.room.id, me, late)
            assert late.of("slot") == page.of("slot")
            assert late.of("talking") == page.of("talking")

    run(tell())


def test_what_the_call_decides_about_a_leg_reaches_its_page(harbour: Harbour, scene: Scene) -> None:
    async def tell() -> None:
        async with harbour.open():
            seat, page = await come(harbour, scene.mel, scene.room.id)
            heard, session = harbour.voice.watching.heard, seat.leg.session
            await heard(LegRights(session, Rights(suppressed=True)))
            assert page.of("rights") == [{"speak": False}]
            await heard(LegMuted(session))
            assert page.of("muted") == [{"on": True}]
            assert seat.leg.flags.muted
            assert _muted(page) == [True]
            await heard(LegMuted(session, muted=False))
            assert page.of("muted")[-1] == {"on": False}
            assert _muted(page) == [False]
            await heard(LegMuted(session))
            harbour.voice.light.mute(seat.leg, on=False)
            assert harbour.audio.flags[session] == LegFlags()
            assert _muted(page) == [False]
            harbour.voice.light.deafen(seat.leg, on=True)
            assert harbour.audio.flags[session] == replace(LegFlags(), self_deaf=True)
            await heard(OfferWanted(session))
            assert page.of("offer") == [{}]
            await heard(LegRemoved(session, ended=False))
            assert page.of("over") == [{"why": "removed"}]
            assert page.ended
            assert len(harbour.voice.legs.light) == 0

    run(tell())


def test_pages_show_whom_a_facilitator_muted_who_came_with_mumble(
    harbour: Harbour, scene: Scene
) -> None:
    async def tell() -> None:
        async with harbour.open():
            ada, mel, _ = await harbour.three()
            await harbour.enter(mel, scene.room)
            _, page = await come(harbour, scene.ada, scene.room.id, "ada")
            heard = harbour.voice.watching.heard
            await heard(LegMuted(Session(mel.session)))
            assert _muted(page) == [True, False]
            await heard(LegMuted(Session(mel.session), muted=False))
            assert _muted(page) == [False, False]
            await harbour.told(ada)

    run(tell())


def test_from_mumble_a_page_is_muted_and_let_speak_again(harbour: Harbour, scene: Scene) -> None:
    async def tell() -> None:
        async with harbour.open():
            ada, mel, _ = await harbour.three()
            seat, _ = await come(harbour, scene.mel, scene.room.id)
            await harbour.enter(ada, scene.room)
            for mute, act in ((True, Act.MUTE), (False, Act.UNMUTE)):
                ada.send(UserState(session=seat.leg.session, mute=mute))
                await harbour.told(ada)
                assert harbour.calls.done[-1] == (act, scene.room.id, seat.leg.seat.identity)
            await harbour.told(mel)

    run(tell())


def test_an_echo_test_is_a_call_of_nobody(harbour: Harbour, scene: Scene) -> None:
    async def tell() -> None:
        async with harbour.open():
            _, page = await come(harbour, scene.mel, scene.room.id)
            answer = await harbour.voice.light.echo("echo")
            assert answer.sdp == "answer to echo"
            call, who, _ = harbour.audio.web[-1]
            assert (call, who.identity) == (CallId("echo-1"), "web")
            for event in (SlotTaken(call, 1, "web"), Talking(call, "web", True)):
                await harbour.voice.watching.heard(event)
            harbour.voice.light.show(scene.room.id)
            assert page.of("slot") == page.of("talking") == []
            assert len(harbour.voice.legs.light) == 1
            harbour.audio.web_refused = InvalidInput("voice.offer")
            with pytest.raises(InvalidInput):
                await harbour.voice.light.echo("nothing")

    run(tell())


def test_rooms_have_calls_and_echo_tests_have_none() -> None:
    assert room_of(CallId("r17")) == 17
    for other in ("echo-r17", "17", "r", "rx", "r-1"):
        assert room_of(CallId(other)) is None


def test_hands_are_those_of_the_call_and_the_roster_follows(harbour: Harbour, scene: Scene) -> None:
    async def tell() -> None:
        async with harbour.open():
            seat, page = await come(harbour, scene.mel, scene.room.id)
            await harbour.voice.light.act(seat.leg, Act.RAISE, "")
            assert harbour.calls.done == [(Act.RAISE, scene.room.id, "")]
            harbour.calls.add(scene.room.id, browser("b-1", "Bo"))
            call = harbour.calls.shown(scene.room.id)
            assert call is not None
            harbour.calls.show(replace(call, hands=("b-1",), waiting=(("g1", "Vor"),)))
            before = len(page.of("roster"))
            harbour.voice.light.show(scene.room.id)
            harbour.voice.light.show(scene.room.id)
            assert len(page.of("roster")) == before + 1
            last = page.of("roster")[-1]
            assert (last["hands"], last["facilitates"], last["waiting"]) == (["b-1"], False, [])

    run(tell())


def test_pages_know_people_of_mumble_by_the_same_hash_as_mumble_does(
    harbour: Harbour, scene: Scene
) -> None:
    async def tell() -> None:
        async with harbour.open():
            ada = await harbour.connect("ada", scene.passwords[0])
            await harbour.enter(ada, scene.room)
            link = await harbour.link(scene.ada, scene.room.id)
            guest = await harbour.connect("Zug", link, b"a certificate")
            _, page = await come(harbour, scene.mel, scene.room.id)
            people = page.of("roster")[-1]["people"]
            assert isinstance(people, list)
            known = {one["name"]: one["known"] for one in people}
            for client, name in ((ada, "ada"), (guest, "Zug")):
                assert known[name] == harbour.leg(client).arrival.hash

    run(tell())


def test_facilitators_see_who_waits(harbour: Harbour, scene: Scene) -> None:
    async def tell() -> None:
        async with harbour.open():
            await knock(harbour, scene.mel, scene.closed.id)
            _, page = await come(harbour, scene.ada, scene.closed.id, "ada")
            waiting = page.of("roster")[-1]["waiting"]
            assert waiting == [{"key": f"a{scene.mel.account_id}", "name": "Mel"}]

    run(tell())


def test_messages_of_the_room_are_shown_and_written(harbour: Harbour, scene: Scene) -> None:
    async def tell() -> None:
        async with harbour.open():
            assert harbour.chat is not None
            pages, room = harbour.voice.light, scene.room.id
            await harbour.chat.say(scene.ada, room, "vorher", "k" * 22)
            seat, page = await come(harbour, scene.mel, room)
            assert page.lines == [("vorher", False)]
            await pages.say(seat.leg, "aus dem Zug")
            theirs = await harbour.chat.say(scene.ada, room, "hallo", "l" * 22)
            (own,) = seat.leg.written
            await pages.sent(room, own)
            await pages.sent(room, theirs.id)
            assert page.lines == [("vorher", False), ("aus dem Zug", True), ("hallo", False)]

    run(tell())


def test_seats_say_that_it_is_the_light_page(harbour: Harbour, scene: Scene) -> None:
    async def tell() -> None:
        async with harbour.open():
            await enter(harbour, scene.mel, scene.room.id)
            call = harbour.calls.shown(scene.room.id)
            assert call is not None
            assert [one.client for one in call.people] == [Client.WEB]

    run(tell())


def _muted(page: FakePage) -> list[object]:
    """Who is shown as muted by a facilitator, in the order of the roster."""
    people = page.of("roster")[-1]["people"]
    assert isinstance(people, list)
    return [one["muted"] for one in people]
