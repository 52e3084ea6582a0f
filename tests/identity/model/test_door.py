"""The door of a room: no order of requests leads inside without being let in."""

from datetime import UTC, datetime

import pytest

from allmende.core.errors import AllmendeError, Conflict, NotAllowed, NotFound, QuotaExceeded
from allmende.core.rooms import Lobby
from allmende.identity.model.door import (
    MAX_PEOPLE,
    MAX_WAITING,
    STEPS,
    Door,
    DoorState,
    Step,
    Visitor,
)

NOW = datetime(2026, 11, 23, tzinfo=UTC)


def visitor(
    key: str = "g1",
    name: str = "Rabe",
    *,
    free: bool = False,
    trusted: bool = False,
    known: bool = False,
) -> Visitor:
    return Visitor(key, name, free=free, trusted=trusted, known=known)


def test_somebody_without_rights_waits_is_let_in_and_enters() -> None:
    door = Door().asked(visitor(), NOW)
    assert door.state("g1") is DoorState.WAITING
    assert [person.name for person in door.waiting()] == ["Rabe"]
    door = door.admitted("g1", NOW)
    assert door.state("g1") is DoorState.ADMITTED
    assert door.entered("g1", NOW).state("g1") is DoorState.PRESENT


def test_who_waits_cannot_enter() -> None:
    door = Door().asked(visitor(), NOW)
    with pytest.raises(Conflict, match="not-admitted"):
        door.entered("g1", NOW)


def test_who_was_refused_may_knock_again() -> None:
    door = Door().asked(visitor(), NOW).refused("g1", NOW)
    assert door.state("g1") is DoorState.NONE
    assert door.asked(visitor(), NOW).state("g1") is DoorState.WAITING


def test_who_was_inside_comes_back_without_waiting() -> None:
    door = Door().asked(visitor(), NOW).admitted("g1", NOW).entered("g1", NOW).left("g1", NOW)
    assert door.state("g1") is DoorState.GONE
    assert door.asked(visitor(), NOW).state("g1") is DoorState.ADMITTED


def test_who_waited_and_left_waits_again() -> None:
    door = Door().asked(visitor(), NOW).left("g1", NOW)
    assert door.waiting() == ()
    assert door.asked(visitor(), NOW).state("g1") is DoorState.WAITING


def test_a_removed_guest_and_their_name_stay_out_and_others_wait_from_then_on() -> None:
    door = Door().asked(visitor(free=True), NOW).entered("g1", NOW).removed("g1", NOW)
    assert door.asked(visitor(free=True), NOW).state("g1") is DoorState.REMOVED
    again = door.asked(visitor("g2", "RABE", free=True), NOW)
    assert again.state("g2") is DoorState.REMOVED
    assert door.needs_lobby(Lobby.OFF, facilitator=False, member=False)
    assert not door.needs_lobby(Lobby.OFF, facilitator=False, member=True)


def test_a_member_with_the_name_of_a_removed_guest_is_not_shut_out() -> None:
    door = Door().asked(visitor(), NOW).removed("g1", NOW)
    asked = door.asked(visitor("a7", "Rabe", free=True, known=True), NOW)
    assert asked.state("a7") is DoorState.ADMITTED


def test_a_lock_holds_new_people_and_lets_those_back_who_were_inside() -> None:
    inside = Door().asked(visitor(free=True), NOW).entered("g1", NOW).left("g1", NOW)
    locked = inside.with_lock(True)
    assert locked.asked(visitor(free=True), NOW).state("g1") is DoorState.ADMITTED
    with pytest.raises(NotAllowed, match="room-locked"):
        locked.asked(visitor("g2", "Dohle", free=True), NOW)
    facilitator = visitor("a1", "mara", trusted=True, known=True)
    assert locked.asked(facilitator, NOW).state("a1") is DoorState.ADMITTED
    assert locked.with_lock(False).asked(visitor("g2", "Dohle"), NOW).waiting()


@pytest.mark.parametrize(
    ("lobby", "facilitator", "member", "waits"),
    [
        (Lobby.OFF, False, False, False),
        (Lobby.OFF, False, True, False),
        (Lobby.GUESTS, False, False, True),
        (Lobby.GUESTS, False, True, False),
        (Lobby.ALL, False, True, True),
        (Lobby.ALL, True, True, False),
        (Lobby.GUESTS, True, False, False),
    ],
)
def test_the_lobby_says_who_waits(
    lobby: Lobby, facilitator: bool, member: bool, waits: bool
) -> None:
    assert Door().needs_lobby(lobby, facilitator=facilitator, member=member) is waits


def test_nobody_is_let_in_who_does_not_wait() -> None:
    with pytest.raises(NotFound):
        Door().admitted("g1", NOW)
    with pytest.raises(NotFound):
        Door().refused("g1", NOW)


def test_a_crowd_of_made_up_keys_fills_neither_memory_nor_the_list() -> None:
    door = Door()
    for number in range(MAX_WAITING):
        door = door.asked(visitor(f"g{number}", "x"), NOW)
    with pytest.raises(QuotaExceeded, match="door-full"):
        door.asked(visitor("g-more", "x"), NOW)
    people = dict.fromkeys((f"a{n}" for n in range(MAX_PEOPLE)), door.people["g1"])
    gone = {f"a{n}": person for n, person in enumerate(people.values())}
    full = Door(people=gone)
    with pytest.raises(QuotaExceeded):
        full.asked(visitor("a-more", "x", free=True), NOW)


def test_the_table_leads_to_present_from_admitted_only() -> None:
    ways = {state for (state, _), after in STEPS.items() if after is DoorState.PRESENT}
    assert ways == {DoorState.ADMITTED}


def test_the_table_lets_in_by_an_answer_a_right_or_a_return_only() -> None:
    ways = {pair for pair, after in STEPS.items() if after is DoorState.ADMITTED}
    assert ways == {
        (DoorState.WAITING, Step.ADMIT),
        (DoorState.NONE, Step.WALK_IN),
        (DoorState.WAITING, Step.WALK_IN),
        (DoorState.GONE, Step.KNOCK),
        (DoorState.GONE, Step.WALK_IN),
    }


class Dice:
    """The same throws for the same seed (a 64-bit congruential generator, Knuth's MMIX)."""

    def __init__(self, seed: int) -> None:
        self.state = seed

    def below(self, faces: int) -> int:
        self.state = (self.state * 6364136223846793005 + 1442695040888963407) % 2**64
        return (self.state >> 33) % faces

    def one_in(self, faces: int) -> bool:
        return self.below(faces) == 0


class Walk:
    """Random steps of few people, and beside them who was ever let in or had a right."""

    def __init__(self, seed: int) -> None:
        self.dice = Dice(seed)
        self.door = Door()
        self.cleared: set[str] = set()
        self.removed: set[str] = set()

    def step(self) -> None:
        key = f"g{self.dice.below(6)}"
        choice = self.dice.below(8)
        try:
            self.door = self._stepped(key, choice)
        except AllmendeError:
            return

    def _stepped(self, key: str, choice: int) -> Door:
        if choice == 0:
            free, trusted = self.dice.one_in(10), self.dice.one_in(20)
            asked = self.door.asked(visitor(key, f"n{key}", free=free, trusted=trusted), NOW)
            if (free or trusted) and asked.state(key) is DoorState.ADMITTED:
                self.cleared.add(key)
            return asked
        if choice == 1:
            asked = self.door.asked(visitor(key, f"n{key}"), NOW)
            return asked
        if choice == 2:
            admitted = self.door.admitted(key, NOW)
            self.cleared.add(key)
            return admitted
        if choice == 3 and self.dice.one_in(50):
            self.removed.add(key)
            return self.door.removed(key, NOW)
        if choice == 4:
            return self.door.with_lock(self.dice.one_in(3))
        if choice == 5:
            return self.door.refused(key, NOW)
        return self.door.entered(key, NOW) if choice == 6 else self.door.left(key, NOW)


@pytest.mark.slow
def test_a_hundred_thousand_random_steps_find_no_way_in() -> None:
    present = 0
    for seed in range(100):
        walk = Walk(seed)
        for _ in range(1_000):
            walk.step()
            for key, person in walk.door.people.items():
                if person.state is DoorState.PRESENT:
                    present += 1
                    assert key in walk.cleared
                if key in walk.removed:
                    assert person.state is DoorState.REMOVED
    assert present > 10_000
