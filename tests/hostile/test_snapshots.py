"""The law of snapshots: one taken early, with all that was told since, is one taken now."""

import json
import secrets
from collections.abc import Callable, Coroutine
from contextlib import suppress
from dataclasses import asdict
from random import Random
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from allmende.core.accounts import Caller
from allmende.core.errors import AllmendeError, NotAllowed
from allmende.core.ids import RoomId
from allmende.core.rooms import Lobby
from allmende.systems.meet.events import HandsChanged, PeopleChanged, StateChanged
from allmende.systems.meet.model import call_id
from tests.access.town import Browser
from tests.access.world import World
from tests.databases import Place
from tests.systems.meet.conftest import House

pytestmark = pytest.mark.slow

STEPS = 30


# --- chat: facts in the log ------------------------------------------------------------------


class Reader:
    """What a page does: load once, then apply what the live stream replays."""

    def __init__(self, browser: Browser, room: int) -> None:
        self._browser, self._room = browser, room
        page = self._load()
        self.as_of = page["as_of"]
        self.lines: dict[int, Any] = {line["id"]: line for line in page["messages"]}
        self.since = min(self.lines) if page["more"] else 0

    def _load(self) -> Any:
        return self._browser.get(f"/api/v1/rooms/{self._room}/messages").json()

    def fresh(self) -> dict[int, Any]:
        """A new page; when lines were deleted it reaches further back than the old one did."""
        lines = {line["id"]: line for line in self._load()["messages"]}
        return {number: line for number, line in lines.items() if number >= self.since}

    def catch_up(self) -> None:
        """Replay the log from the snapshot on; the stream is left once the log is told."""
        told = self._browser.replay(f"/api/v1/live?room={self._room}&after={self.as_of}")
        for name, value, number in told:
            if name == "chat.message":
                self.lines[value["id"]] = value
            elif name == "chat.retracted":
                self.lines.pop(value["id"], None)
            self.as_of = number or self.as_of


@settings(max_examples=8, suppress_health_check=list(HealthCheck), deadline=None)
@given(chance=st.randoms(use_true_random=True))
def test_chat_applied_to_an_old_page_is_a_new_page(world: World, chance: Random) -> None:
    room = world.group_room.room_id
    people = [world.who[role] for role in ("admin", "member", "leads", "facilitate")]
    early = [Reader(person, room) for person in people]
    path = f"/api/v1/rooms/{room}/messages"
    for _ in range(chance.randrange(1, STEPS)):
        person = chance.choice(people)
        known = list(early[0].fresh())
        if chance.random() < 0.3 and known:
            person.send(f"{path}/{chance.choice(known)}/retract", {})
        else:
            person.send(path, {"text": "hallo", "key": secrets.token_hex(8)})
    for reader in early:
        fresh = reader.fresh()
        reader.catch_up()
        assert {number: reader.lines.get(number) for number in fresh} == fresh
        # A page shows so many; what is older than its first line was there before.
        oldest = min(fresh, default=0)
        assert {number for number in reader.lines if number >= oldest} == set(fresh)


# --- meet: signals ---------------------------------------------------------------------------


class Table:
    """A call with people at it, and a page that took its snapshot at the beginning."""

    def __init__(self, house: House, room: RoomId) -> None:
        self.house, self.room = house, room
        self.tabs: dict[str, Caller] = {}
        self.sit(house.fay)
        self.page: dict[str, Any] = self.fresh()
        house.signals.clear()

    def sit(self, who: Caller) -> None:
        self.tabs[self.house.enter(who, self.room)] = who

    def rise(self, identity: str) -> None:
        del self.tabs[identity]
        self.house.leave(self.room, identity)

    def fresh(self) -> dict[str, Any]:
        house = self.house
        shown = house.run(house.meet.snapshot(house.fay, self.room))
        found: dict[str, Any] = json.loads(json.dumps(asdict(shown)))
        return found

    def applied(self) -> dict[str, Any]:
        page = dict(self.page)
        for signal in self.house.signals:
            match signal:
                case HandsChanged():
                    page |= {"hands": list(signal.order), "floor": signal.floor}
                case StateChanged():
                    names = ("locked", "moderated", "spotlight", "acting", "cameras_fit")
                    page |= {name: getattr(signal, name) for name in names}
                case PeopleChanged():
                    page["people"] = signal.people
        return page


def act(table: Table, chance: Random) -> None:
    """Anything that somebody may try in a call; refusals are part of it."""
    house, room, meet = table.house, table.room, table.house.meet
    who = chance.choice([house.fay, house.mel, house.ada])
    some = chance.choice([*table.tabs, "nobody"])
    on = chance.random() < 0.5
    steps: list[Callable[[], Coroutine[Any, Any, object]]] = [
        lambda: meet.hand(who, room, up=on),
        lambda: meet.hand(who, room, up=True),
        lambda: meet.call_next(who, room),
        lambda: meet.call(who, room, some),
        lambda: meet.lower(who, room, some),
        lambda: meet.floor_end(who, room),
        lambda: meet.lock(who, room, on=on),
        lambda: meet.moderated(who, room, on=on),
        lambda: meet.spotlight(who, room, some if on else None),
        lambda: meet.cameras(who, room, chance.choice([None, 0, 3])),
        lambda: meet.leave(who, room),
    ]
    try:
        house.run(chance.choice(steps)())
    except AllmendeError:
        return


def test_signals_of_a_call_applied_to_an_old_page_are_a_new_page(sqlite_place: Place) -> None:
    database = sqlite_place.open()
    house = House(database)
    room = house.group_room(Lobby.OFF).id

    @settings(max_examples=25, suppress_health_check=list(HealthCheck), deadline=None)
    @given(chance=st.randoms(use_true_random=True))
    def walk(chance: Random) -> None:
        table = Table(house, room)
        for _ in range(STEPS):
            kind = chance.random()
            others = [tab for tab, who in table.tabs.items() if who != house.fay]
            if kind < 0.15:
                with suppress(NotAllowed):  # the door is locked
                    table.sit(chance.choice([house.mel, house.ada]))
            elif kind < 0.25 and others:
                table.rise(chance.choice(others))
            elif kind < 0.35:
                house.later(chance.choice([1, 61]))
            else:
                act(table, chance)
            assert table.applied() == table.fresh()
        house.run(house.meet.end(house.fay, room))
        assert call_id(room) not in house.conference.running

    try:
        walk()
    finally:
        database.close()
