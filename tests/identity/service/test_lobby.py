"""The doors of all rooms: who is told what, and what survives a restart."""

from dataclasses import replace

import pytest

from allmende.core.bus import Bus
from allmende.core.errors import Conflict, NotAllowed, NotFound
from allmende.core.ids import RoomId
from allmende.core.rooms import Lobby, Room
from allmende.identity.events import DoorAnswered, DoorChanged
from allmende.identity.model.door import DoorState
from allmende.identity.service.lobby import Doors
from tests.identity.town import HandClock, fail

KEY = bytes(32)
ROOM = Room(RoomId(7), None, "abc", "Plenum", Lobby.GUESTS, False, None)


class Hall:
    """Doors, and what their bus heard."""

    def __init__(self) -> None:
        self.clock = HandClock()
        self.bus = Bus(fail)
        self.heard: list[tuple[str, object]] = []
        self.bus.watch_signal(DoorChanged, lambda s: self.heard.append(("waiting", s.waiting)))
        self.bus.watch_signal(DoorAnswered, lambda s: self.heard.append((s.key, s.state)))
        self.doors = Doors(self.bus, self.clock, KEY)

    def ask(self, key: str, *, room: Room = ROOM, **rights: bool) -> DoorState:
        asked = {"facilitator": False, "member": False, **rights}
        return self.doors.ask(
            room, key, f"name of {key}", facilitator=asked["facilitator"], member=asked["member"]
        )


def test_a_guest_waits_is_counted_and_let_in() -> None:
    hall = Hall()
    assert hall.ask("g1") == "waiting"
    assert hall.ask("g1") == "waiting"
    assert [(w.key, w.name) for w in hall.doors.waiting(ROOM.id)] == [("g1", "name of g1")]
    hall.doors.admit(ROOM.id, "g1")
    assert hall.ask("g1") == "admitted"
    hall.doors.entered(ROOM.id, "g1")
    assert hall.doors.state(ROOM.id, "g1") == "present"
    assert hall.heard == [("waiting", 1), ("waiting", 0), ("g1", "admitted")]


def test_members_and_facilitators_walk_in_and_early_guests_wait_for_them() -> None:
    hall = Hall()
    assert hall.ask("g1") == "waiting"
    assert hall.ask("a1", member=True) == "admitted"
    assert hall.ask("g2", facilitator=True) == "admitted"
    everybody = replace(ROOM, id=RoomId(8), lobby=Lobby.ALL)
    assert hall.ask("a1", room=everybody, member=True) == "waiting"
    assert hall.ask("a2", room=everybody, member=True, facilitator=True) == "admitted"
    nobody = replace(ROOM, id=RoomId(9), lobby=Lobby.OFF)
    assert hall.ask("g1", room=nobody) == "admitted"


def test_all_are_let_in_at_once_and_some_are_sent_away() -> None:
    hall = Hall()
    for key in ("g1", "g2", "g3"):
        hall.ask(key)
    hall.doors.refuse(ROOM.id, "g2")
    assert hall.heard[-1] == ("g2", "refused")
    assert hall.doors.admit_all(ROOM.id) == 2
    assert hall.doors.waiting(ROOM.id) == ()
    with pytest.raises(NotFound):
        hall.doors.admit(ROOM.id, "g2")


def test_a_pass_survives_a_restart_and_opens_one_door_for_one_person() -> None:
    hall = Hall()
    hall.ask("g1")
    with pytest.raises(Conflict):
        hall.doors.pass_for(ROOM.id, "g1")
    hall.doors.admit(ROOM.id, "g1")
    shown = hall.doors.pass_for(ROOM.id, "g1")
    restarted = Hall()

    def ask(key: str, room: Room = ROOM) -> DoorState:
        return restarted.doors.ask(
            room, key, "x", facilitator=False, member=False, shown_pass=shown
        )

    assert ask("g2") == "waiting"
    assert ask("g1", replace(ROOM, id=RoomId(8))) == "waiting"
    assert ask("g1") == "admitted"
    late = Hall()
    late.clock.turn(hours=12)
    asked = late.doors.ask(ROOM, "g1", "x", facilitator=False, member=False, shown_pass=shown)
    assert asked == "waiting"


@pytest.mark.parametrize("shown", ["x", "", "A" * 200, "\ud800", "x" * 100_000])
def test_a_forged_pass_is_none(shown: str) -> None:
    doors = Hall().doors
    asked = doors.ask(ROOM, "g1", "x", facilitator=False, member=False, shown_pass=shown)
    assert asked == "waiting"


def test_who_was_removed_stays_out_even_with_a_pass_until_the_meeting_ends() -> None:
    hall = Hall()
    hall.ask("g1", facilitator=True)
    shown = hall.doors.pass_for(ROOM.id, "g1")
    hall.doors.remove(ROOM.id, "g1")
    assert hall.heard[-1] == ("g1", "removed")
    asked = hall.doors.ask(ROOM, "g1", "x", facilitator=False, member=False, shown_pass=shown)
    assert asked == "removed"
    hall.doors.close(ROOM.id)
    assert hall.ask("g1") == "waiting"


def test_a_locked_room_lets_nobody_new_in() -> None:
    hall = Hall()
    hall.ask("a1", member=True)
    hall.doors.left(ROOM.id, "a1")
    hall.doors.lock(ROOM.id, True)
    assert hall.doors.is_locked(ROOM.id)
    assert hall.ask("a1", member=True) == "admitted"
    for member in (True, False):
        with pytest.raises(NotAllowed, match="room-locked"):
            hall.ask("a2", member=member)
    assert hall.ask("a3", facilitator=True) == "admitted"
    hall.doors.lock(ROOM.id, False)
    assert hall.ask("a2", member=True) == "admitted"


def test_the_end_of_a_meeting_forgets_who_was_there() -> None:
    hall = Hall()
    hall.ask("g1")
    hall.doors.close(ROOM.id)
    hall.doors.close(ROOM.id)
    assert hall.heard == [("waiting", 1), ("waiting", 0)]
    assert hall.doors.state(ROOM.id, "g1") == "none"


def test_who_only_knocked_leaves_nothing_behind() -> None:
    hall = Hall()
    hall.ask("g1")
    hall.doors.left(ROOM.id, "g1")
    assert hall.doors._doors == {}
