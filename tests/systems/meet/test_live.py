"""What live pages are told: who is inside everything, who waits only the answer at the door."""

import asyncio
from typing import Any

import pytest

from allmende.core.accounts import STRANGER, Caller
from allmende.core.events import Signal
from allmende.identity.events import DoorAnswered, DoorChanged
from allmende.systems.meet.events import HandsChanged, Muted, PeopleChanged, StateChanged
from allmende.systems.meet.service import Waiting
from allmende.systems.meet.web import live_views
from tests.systems.meet.conftest import House

pytestmark = pytest.mark.slow


def shown(house: House, who: Caller, event: Signal) -> Any:
    (view,) = [view for view in live_views(house.meet) if view.event is type(event)]
    return asyncio.run(_show(view.show(who, event)))


async def _show(work: Any) -> Any:
    return await work


def test_hands_and_state_are_for_those_inside(house: House) -> None:
    room = house.group_room()
    mel = house.enter(house.mel, room.id)
    hands = HandsChanged(room_id=room.id, order=(mel,), floor=None)
    assert shown(house, house.mel, hands) == {"order": [mel], "floor": None}
    assert shown(house, house.ada, hands) is None
    state = StateChanged(
        room_id=room.id, locked=True, moderated=False, spotlight=None, acting=None, cameras_fit=3
    )
    assert shown(house, house.mel, state)["locked"]
    assert shown(house, STRANGER, state) is None
    people = PeopleChanged(room_id=room.id, people=4)
    assert shown(house, house.ada, people) == {"people": 4}


def test_who_is_muted_learns_by_whom_and_nobody_else(house: House) -> None:
    room = house.group_room()
    mel = house.enter(house.mel, room.id)
    muted = Muted(room_id=room.id, identity=mel, source="microphone", by="fay")
    assert shown(house, house.mel, muted)["by"] == "fay"
    assert shown(house, house.ada, muted) is None


def test_only_facilitators_see_who_waits_and_only_the_asker_hears_the_answer(house: House) -> None:
    room = house.group_room()
    house.enter(house.fay, room.id)
    rabe = house.guest(room.id, "Rabe", house.link(room))
    waiting = house.ask(rabe, room.id, name="Rabe")
    assert isinstance(waiting, Waiting)
    changed = DoorChanged(room_id=room.id, waiting=1)
    seen = shown(house, house.fay, changed)
    assert [one.name for one in seen["people"]] == ["Rabe"]
    assert shown(house, house.mel, changed) is None
    assert shown(house, rabe, changed) is None
    answered = DoorAnswered(room_id=room.id, key=waiting.ticket, state="admitted")
    assert shown(house, rabe, answered) == {"state": "admitted"}
    assert shown(house, house.fay, answered) is None
