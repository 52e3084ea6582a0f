"""The way in without the call goes through the same door."""

import pytest

from allmende.core.accounts import STRANGER
from allmende.core.errors import InvalidInput, NotAllowed, NotFound
from allmende.identity.access import guest_key
from allmende.identity.model.door import DoorState
from tests.systems.plenum.conftest import Hall


def test_guests_knock_and_facilitators_walk_in(hall: Hall) -> None:
    token = hall.run(hall.plenum.enter(STRANGER, hall.room.slug, "Rabe", None))
    assert token is not None
    assert [one.name for one in hall.doors.waiting(hall.room.id)] == ["Rabe"]
    assert hall.run(hall.plenum.enter(STRANGER, hall.room.slug, "Fay", hall.link)) is not None
    assert len(hall.doors.waiting(hall.room.id)) == 1


def test_members_walk_in_as_themselves(hall: Hall) -> None:
    ada = hall.person("ada")
    room = hall.run(hall.identity.make_room(ada, hall.group(ada).id, "Küche"))
    assert hall.run(hall.plenum.enter(ada, room.slug, "", None)) is None
    assert not hall.doors.waiting(room.id)
    with pytest.raises(NotFound):
        hall.run(hall.plenum.enter(STRANGER, room.slug, "Rabe", None))


def test_who_was_removed_stays_out_and_a_name_is_needed(hall: Hall) -> None:
    raven = hall.inside("Rabe")
    assert raven.guest is not None
    hall.doors.remove(hall.room.id, guest_key(raven.guest))
    assert hall.doors.state(hall.room.id, guest_key(raven.guest)) is DoorState.REMOVED
    with pytest.raises(NotAllowed, match=r"identity\.removed"):
        hall.run(hall.plenum.enter(raven, hall.room.slug, "Rabe", None))
    with pytest.raises(InvalidInput):
        hall.run(hall.plenum.enter(STRANGER, hall.room.slug, " ", None))
