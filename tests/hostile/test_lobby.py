"""The door of a call, tried in any order of requests: who was not let in is not present."""

import secrets
from collections.abc import Iterator
from dataclasses import dataclass, field
from random import Random
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from allmende.core.errors import AllmendeError
from allmende.core.ids import RoomId
from allmende.core.ports.conference import CallEventKind
from allmende.core.rooms import LinkRight, Lobby
from allmende.systems.meet.model import call_id
from allmende.systems.meet.service.running import RunningCall
from tests.databases import Place
from tests.systems.meet.conftest import House
from tests.systems.meet.site import MeetSite, Page

pytestmark = pytest.mark.slow

PASSES = ("own", "own", "", "others", "far", "made-up")
NAMES = ("Rabe", "Dohle", "Elster")
ORDERS: tuple[tuple[str, dict[str, Any]], ...] = (
    ("admit-all", {}),
    ("lock", {"on": False}),
    ("moderated", {"on": True}),
    ("mute-all", {}),
    ("unmute-all", {}),
    ("call-next", {}),
    ("end", {}),
    ("spotlight", {"identity": None}),
    ("cameras", {"most": 0}),
)


@dataclass
class Visitor:
    """One browser at the door, and what is known of it."""

    page: Page
    name: str
    key: str = ""
    let_in: bool = False
    removed: bool = False
    identities: list[str] = field(default_factory=list)
    passes: list[str] = field(default_factory=list)


@dataclass
class Scene:
    """What all examples share: a house whose group has a facilitator."""

    house: House
    site: MeetSite

    def room(self) -> RoomId:
        house = self.house
        group = house.run(house.identity.groups_of(house.ada))[0].group

        async def make() -> RoomId:
            made = await house.identity.make_room(house.ada, group.id, "Plenum")
            await house.identity.change_room(
                house.ada, made.id, name="Plenum", lobby=Lobby.GUESTS, guests_share=False
            )
            return made.id

        return house.run(make())


class Door:
    """One room, three people before it, and what they try."""

    def __init__(self, scene: Scene, *, early: bool) -> None:
        self.scene, self.house = scene, scene.house
        self.room, self.other = self.scene.room(), self.scene.room()
        make = self.house.identity.make_link
        self.link = self.house.run(make(self.house.ada, self.room, LinkRight.SPEAK))
        self.far = self.house.run(make(self.house.ada, self.other, LinkRight.FACILITATE))
        self.visitors = [Visitor(self.scene.site.browser(), name) for name in NAMES]
        self.left_behind: dict[str, Visitor] = {}
        if not early:
            self.house.enter(self.house.fay, self.room)
        self.far_pass = ""

    def close(self) -> None:
        """A group may have so many rooms."""
        for room in (self.room, self.other):
            self.house.run(self.house.identity.delete_room(self.house.ada, room))
            self.house.run(self.house.meet.room_gone(room))

    # --- who knocks ------------------------------------------------------------------------

    def knocks(self, number: int, extra: int) -> None:
        shown = PASSES[extra % len(PASSES)]
        visitor = self.visitors[number]
        again = visitor.identities[-1] if visitor.identities else None
        wish = {"name": visitor.name, "link": self.link, "pass": self._pass(visitor, shown)}
        answer = visitor.page.call(self.room, "join", again=again, **wish)
        assert answer.status_code in (200, 202, 403), answer.text
        if answer.status_code == 200:
            assert visitor.let_in, "a ticket without having been let in"
            assert not visitor.removed
            visitor.identities.append(answer.json()["identity"])
            visitor.passes.append(answer.json()["pass"])
        elif answer.status_code == 202:
            visitor.key = answer.json()["ticket"]
            assert not visitor.removed

    def comes_with_a_new_browser(self, number: int, _: int) -> None:
        former = self.visitors[number]
        if former.key:
            self.left_behind[former.key] = former
        fresh = Visitor(self.scene.site.browser(), former.name, passes=list(former.passes))
        self.visitors[number] = fresh

    def facilitates_elsewhere(self, _: int, __: int) -> None:
        """A pass of another room, in a browser of its own; nothing of it helps here."""
        page = self.scene.site.browser()
        answer = page.call(self.other, "join", name="Fern", link=self.far)
        assert answer.status_code == 200
        self.far_pass = answer.json()["pass"]
        assert page.call(self.room, "admit-all").status_code == 404
        assert page.call(self.room, "join", name="Fern").status_code == 404

    def gives_orders(self, number: int, extra: int) -> None:
        path, body = ORDERS[extra % len(ORDERS)]
        answer = self.visitors[number].page.call(self.room, path, **body)
        assert answer.status_code in (403, 404)

    def opens_the_door_to_others(self, number: int, extra: int) -> None:
        key = self.visitors[extra % len(NAMES)].key or "ganyone"
        for path in ("admit", "refuse"):
            answer = self.visitors[number].page.call(self.room, path, key=key)
            assert answer.status_code in (403, 404)

    def acts_as_if_inside(self, number: int, _: int) -> None:
        visitor = self.visitors[number]
        asked = visitor.page.get(f"/api/v1/rooms/{self.room}/call")
        raised = visitor.page.call(self.room, "hand", up=True)
        renamed = visitor.page.call(self.room, "name", name=visitor.name)
        if not visitor.let_in:
            assert asked.status_code != 200
            assert raised.status_code != 200
            assert renamed.status_code != 200

    def goes_away(self, number: int, _: int) -> None:
        visitor = self.visitors[number]
        assert visitor.page.call(self.room, "leave").status_code == 200

    # --- who connects ----------------------------------------------------------------------

    def connects_with_a_ticket(self, number: int, extra: int) -> None:
        """Also with an old one, as far as the media side takes it."""
        call = self.house.conference.running.get(call_id(self.room))
        identities = self.visitors[number].identities
        wanted = identities[-1 - extra % len(identities)] if identities else ""
        if call is not None and wanted in call.invited:
            self.house.connect(self.room, wanted)

    def connects_with_no_ticket(self, _: int, __: int) -> None:
        self.house.happened(CallEventKind.JOINED, self.room, secrets.token_hex(10))

    def loses_the_connection(self, number: int, _: int) -> None:
        call = self._call()
        for identity in self.visitors[number].identities if call else ():
            if identity in self.house.conference.running[call_id(self.room)].here:
                self.house.leave(self.room, identity)

    # --- who keeps the door ----------------------------------------------------------------

    def fay_comes(self, _: int, __: int) -> None:
        call = self._call()
        if call is None or not any(p.who == self.house.fay for p in call.people.values()):
            self.house.enter(self.house.fay, self.room)

    def fay_admits(self, number: int, _: int) -> None:
        visitor = self.visitors[number]
        if visitor.key and self._fay("admit", visitor.key):
            visitor.let_in = True

    def fay_admits_all(self, _: int, __: int) -> None:
        waiting = {one.key for one in self.house.doors.waiting(self.room)}
        if self._fay("admit_all"):
            for visitor in [*self.visitors, *self.left_behind.values()]:
                visitor.let_in = visitor.let_in or visitor.key in waiting

    def fay_refuses(self, number: int, _: int) -> None:
        self._fay("refuse", self.visitors[number].key or "gnobody")

    def fay_locks(self, _: int, extra: int) -> None:
        self._fay("lock", on=extra == 0)

    def fay_removes(self, number: int, _: int) -> None:
        visitor = self.visitors[number]
        for identity in reversed(visitor.identities):
            if self._fay("remove", identity):
                visitor.removed = True
                return

    def fay_ends_the_call(self, _: int, __: int) -> None:
        self._fay("end")

    def time_passes(self, _: int, extra: int) -> None:
        self.house.later((1, 61, 131)[extra % 3])

    # --- what always holds -----------------------------------------------------------------

    def who_is_present_was_let_in(self) -> None:
        call = self._call()
        by_key = {**self.left_behind, **{v.key: v for v in self.visitors}} if call else {}
        for person in call.present() if call else ():
            if person.key.startswith("g"):
                visitor = by_key[person.key]
                assert visitor.let_in
                assert not visitor.removed

        backend = self.house.conference.running.get(call_id(self.room))
        everybody = [*self.visitors, *self.left_behind.values()]
        for visitor in everybody if backend else ():
            connected = [one for one in visitor.identities if backend and one in backend.here]
            assert not connected or (visitor.let_in and not visitor.removed)

    def _call(self) -> RunningCall | None:
        return self.house.meet.running.find(self.room)

    def _pass(self, visitor: Visitor, shown: str) -> str | None:
        others = [v.passes[-1] for v in self.visitors if v.passes and v is not visitor]
        kinds = {
            "own": visitor.passes[-1:],
            "others": others[:1],
            "far": [self.far_pass],
            "made-up": ["W10.x" * 9],
        }
        return next(iter(kinds.get(shown, [])), None)

    def _fay(self, step: str, *values: Any, **named: Any) -> bool:
        try:
            self.house.run(
                getattr(self.house.meet, step)(self.house.fay, self.room, *values, **named)
            )
        except AllmendeError:
            return False
        return True


@pytest.fixture
def scene(sqlite_place: Place) -> Iterator[Scene]:
    database = sqlite_place.open()
    house = House(database)
    house.group_room()
    yield Scene(house, MeetSite(house, joins=1_000_000))
    database.close()


OFTEN = ("knocks", "fay_admits", "connects_with_a_ticket") * 3
SOMETIMES = (
    *("acts_as_if_inside", "loses_the_connection", "goes_away", "fay_comes", "fay_removes"),
    *("opens_the_door_to_others", "gives_orders", "facilitates_elsewhere", "fay_refuses"),
    *("connects_with_no_ticket", "fay_admits_all", "fay_locks", "fay_ends_the_call"),
    *("time_passes", "comes_with_a_new_browser"),
)
STEPS = 60


def test_nobody_is_present_without_having_been_let_in(scene: Scene) -> None:
    @settings(max_examples=30, suppress_health_check=list(HealthCheck), deadline=None)
    @given(st.booleans(), st.randoms(use_true_random=True))
    def walk(early: bool, chance: Random) -> None:
        door = Door(scene, early=early)
        try:
            for step in chance.choices(OFTEN + SOMETIMES, k=STEPS):
                getattr(door, step)(chance.randrange(len(NAMES)), chance.randrange(8))
                door.who_is_present_was_let_in()
        finally:
            door.close()

    walk()


def test_a_second_tab_comes_in_after_the_first_one_left(scene: Scene) -> None:
    """The door says that somebody went away who still holds a ticket: the house lives on."""
    house = scene.house
    room = scene.room()
    house.enter(house.fay, room)
    link = house.run(house.identity.make_link(house.ada, room, LinkRight.SPEAK))
    page = scene.site.browser()
    key = page.call(room, "join", name="Rabe", link=link).json()["ticket"]
    house.run(house.meet.admit(house.fay, room, key))
    first = page.call(room, "join", name="Rabe").json()["identity"]
    second = page.call(room, "join", name="Rabe").json()["identity"]
    house.connect(room, first)
    house.leave(room, first)
    house.connect(room, second)
    call = house.meet.running.call(room)
    assert second in {person.identity for person in call.present()}
