"""Menus and commands: the speaking list without a page."""

from dataclasses import replace

import pytest

from allmende.core.errors import Conflict
from allmende.core.ports.calls import Act, CallShown
from allmende.protocols.mumble.messages import (
    ActionOperation,
    ChannelRemove,
    ChannelState,
    ContextAction,
    ContextActionModify,
    DenyType,
    PermissionDenied,
    ServerConfig,
    TextMessage,
    UserState,
)
from tests.fakes.calls import browser
from tests.systems.voice.clients import Client
from tests.systems.voice.harbour import Harbour, Scene, run


def shown(harbour: Harbour, scene: Scene) -> CallShown:
    call = harbour.calls.shown(scene.room.id)
    assert call is not None
    return call


def menu_of(client: Client) -> set[str]:
    items: set[str] = set()
    for change in client.all_of(ContextActionModify):
        if change.operation is ActionOperation.ADD:
            assert change.action not in items, "added twice"
            items.add(change.action)
        else:
            items.remove(change.action)
    return items


def test_menus_come_with_a_room_and_go_with_it(harbour: Harbour, scene: Scene) -> None:
    async def story() -> None:
        async with harbour.open():
            ada, mel, _ = await harbour.three()
            assert menu_of(ada) == set()
            await harbour.enter(ada, scene.room)
            await harbour.enter(mel, scene.room)
            assert menu_of(mel) == {"hand", "down", "order", "browser"}
            assert menu_of(ada) == menu_of(mel) | {"next", "floor", "muteall", "open", "admit"}
            mel.send(UserState(channel_id=0))
            await harbour.told(mel)
            assert menu_of(mel) == set()
            texts = {c.action: c.text for c in ada.all_of(ContextActionModify)}
            assert texts["hand"] == "Raise hand"

    run(story())


@pytest.mark.parametrize(
    ("action", "text", "act"),
    [
        ("hand", "!melden", Act.RAISE),
        ("down", "/zurück", Act.LOWER),
        ("next", "!next", Act.NEXT),
        ("muteall", "!stumm", Act.MODERATE),
        ("open", "/offen", Act.OPEN),
    ],
)
def test_an_item_and_its_command_do_the_same(
    harbour: Harbour, scene: Scene, action: str, text: str, act: Act
) -> None:
    async def story() -> None:
        async with harbour.open():
            ada, mel, _ = await harbour.three()
            await harbour.enter(ada, scene.room)
            await harbour.enter(mel, scene.room)
            ada.send(ContextAction(session=mel.session, channel_id=0, action=action))
            await harbour.told(ada)
            ada.send(TextMessage(channel_id=(harbour.channel(scene.room),), message=text))
            await harbour.told(ada)
            assert harbour.calls.done == [(act, scene.room.id, "")] * 2
            assert mel.texts() == []

    run(story())


def test_the_floor_goes_to_somebody_named_or_chosen(harbour: Harbour, scene: Scene) -> None:
    async def story() -> None:
        async with harbour.open():
            ada, mel, zoe = await harbour.three()
            await harbour.enter(ada, scene.room)
            await harbour.enter(mel, scene.room)
            here = harbour.channel(scene.room)
            seat = harbour.leg(mel).seat
            assert seat is not None
            ada.send(ContextAction(session=mel.session, action="floor"))
            await harbour.told(ada)
            ada.send(TextMessage(channel_id=(here,), message="!wort MEL"))
            await harbour.told(ada)
            assert harbour.calls.done == [(Act.GIVE_FLOOR, scene.room.id, seat.identity)] * 2
            for asked in (
                ContextAction(action="floor"),
                ContextAction(session=zoe.session, action="floor"),
                ContextAction(action="selfdestruct"),
            ):
                harbour.clock.turn(seconds=5)
                ada.send(asked)
                assert (await ada.until(PermissionDenied)).type is DenyType.TEXT

    run(story())


def test_what_is_done_outside_a_room_or_refused_by_the_call_is_said(
    harbour: Harbour, scene: Scene
) -> None:
    async def story() -> None:
        async with harbour.open():
            ada, _, _ = await harbour.three()
            ada.send(ContextAction(action="hand"))
            assert (await ada.until(PermissionDenied)).reason == "Go into a room first."
            await harbour.enter(ada, scene.room)
            harbour.calls.act_refused = Conflict("meet.already-waiting")
            ada.send(ContextAction(action="hand"))
            assert (await ada.until(PermissionDenied)).type is DenyType.TEXT

    run(story())


def test_the_list_is_shown_as_channels_and_in_words(harbour: Harbour, scene: Scene) -> None:
    async def story() -> None:
        async with harbour.open():
            ada, mel, _ = await harbour.three()
            await harbour.enter(ada, scene.room)
            await harbour.enter(mel, scene.room)
            seats = [harbour.leg(client).seat for client in (ada, mel)]
            speaker, waiter = [seat.identity for seat in seats if seat is not None]
            call = replace(shown(harbour, scene), floor=speaker, hands=(waiter,))
            harbour.calls.show(replace(call, moderated=True))
            harbour.voice.showing.touch()
            await harbour.told(ada)
            await mel.barrier()
            names = [c.name for c in mel.all_of(ChannelState)]
            assert "▶ ada · 0:00" in names
            assert "1 mel" in names
            assert mel.texts()[-1] == "Your place on the speaking list: 1"
            assert ada.texts()[-1] == "You have the floor."
            state = [s for s in mel.all_of(UserState) if s.session == ada.session][-1]
            assert state.priority_speaker
            assert mel.all_of(ServerConfig)[-1].max_bandwidth == 40_000

    run(story())


def test_the_clock_of_who_speaks_goes_on_and_the_list_is_read_out(
    harbour: Harbour, scene: Scene
) -> None:
    async def story() -> None:
        async with harbour.open():
            ada, mel, zoe = await harbour.three()
            await harbour.enter(ada, scene.room)
            await harbour.enter(mel, scene.room)
            seats = [harbour.leg(client).seat for client in (ada, mel)]
            speaker, waiter = [seat.identity for seat in seats if seat is not None]
            call = replace(shown(harbour, scene), floor=speaker, hands=(waiter,))
            harbour.calls.show(call)
            await harbour.told(mel)
            harbour.clock.turn(seconds=62)
            await harbour.voice.tick()
            await harbour.told(mel)
            assert mel.all_of(ChannelState)[-1].name == "▶ ada · 1:00"
            mel.send(ContextAction(action="order"))
            await harbour.told(mel)
            assert mel.texts()[-1] == "ada has the floor.<br />Speaking list: <br />1. mel"
            harbour.calls.show(replace(call, floor=None, hands=(), moderated=False))
            await harbour.told(mel)
            assert len(mel.all_of(ChannelRemove)) == 2
            mel.send(ContextAction(action="order"))
            await harbour.told(mel)
            assert mel.texts()[-1] == "The speaking list is empty."
            assert not [c for c in zoe.all_of(ChannelState) if "▶" in (c.name or "")]

    run(story())


def test_help_and_the_way_to_the_browser(harbour: Harbour, scene: Scene) -> None:
    async def story() -> None:
        async with harbour.open():
            _, mel, _ = await harbour.three()
            mel.send(TextMessage(channel_id=(0,), message="!hilfe"))
            await harbour.told(mel)
            assert "/melden /hand: Raise hand" in mel.texts()[-1]
            assert "/next" not in mel.texts()[-1]
            await harbour.enter(mel, scene.room)
            mel.send(TextMessage(channel_id=(0,), message="!web"))
            await harbour.told(mel)
            assert f"https://house.example/r/{scene.room.slug}/call" in mel.texts()[-1]

    run(story())


def test_somebody_at_the_door_is_let_in_by_name(harbour: Harbour, scene: Scene) -> None:
    async def story() -> None:
        async with harbour.open():
            ada, mel, _ = await harbour.three()
            await harbour.enter(ada, scene.closed)
            await harbour.enter(mel, scene.closed)
            assert harbour.leg(mel).waits is not None
            await harbour.told(ada)
            harbour.calls.add(scene.closed.id, browser("zzz", "mel (2)"))
            ada.send(TextMessage(channel_id=(0,), message="!rein mel"))
            await harbour.told(ada)
            key = f"a{scene.mel.account_id}"
            assert harbour.calls.done == [(Act.ADMIT, scene.closed.id, key)]
            ada.send(ContextAction(session=mel.session, action="admit"))
            await harbour.told(ada)
            assert len(harbour.calls.done) == 2
            mel.send(ContextAction(session=ada.session, action="admit"))
            assert (await mel.until(PermissionDenied)).type is DenyType.TEXT

    run(story())
