"""What desk shows of pads: the second large action, the pads of a group and of a room."""

from collections.abc import Sequence
from datetime import timedelta

import pytest

from allmende.core.accounts import Caller
from allmende.core.ids import GroupId, PadId, RoomId
from allmende.core.ports.pads import PadShown
from allmende.storage.database import Database
from tests.fakes.pads import FakePads
from tests.identity.town import BEGINNING
from tests.systems.desk.hall import Hall


class TwoPads(FakePads):
    """Two pads of any group: its own, and one of a room."""

    room_id: RoomId | None = None

    async def pads_of_group(self, who: Caller, group_id: GroupId) -> Sequence[PadShown]:
        ends = BEGINNING + timedelta(days=30)
        return [
            PadShown(
                id=PadId(1), path="/p/g/Plan", name="Plan", title="Der Plan", room_id=None,
                edited_at=BEGINNING, ends_at=ends, people=3,
            ),
            PadShown(
                id=PadId(2), path="/r/x/pads/minutes", name="minutes", title="", people=0,
                room_id=self.room_id, edited_at=None, ends_at=None,
            ),
        ]  # fmt: skip


@pytest.fixture
def pads() -> TwoPads:
    return TwoPads()


@pytest.fixture
def hall(sqlite: Database, pads: TwoPads) -> Hall:
    return Hall(sqlite, pads=pads)


def test_writing_a_pad_is_the_second_large_action(hall: Hall, sqlite: Database) -> None:
    page = hall.visitor().get("/")
    assert page.index('action="/start"') < page.index('action="/p"')
    assert "Pad schreiben" in page
    assert page.count("<allmende-proof") == 2
    visitor, _ = hall.member("mara")
    assert visitor.get("/").count("<allmende-proof") == 1
    assert "Pad schreiben" not in Hall(sqlite).visitor().get("/")


def test_where_only_members_make_pads_strangers_are_not_offered_one(
    sqlite: Database, pads: TwoPads
) -> None:
    hall = Hall(sqlite, pads=pads, open_pads="members")
    assert "Pad schreiben" not in hall.visitor().get("/")
    visitor, _ = hall.member("mara")
    assert "Pad schreiben" in visitor.get("/")


def test_a_group_shows_rooms_and_pads_and_makes_a_pad_in_two_actions(
    hall: Hall, pads: TwoPads
) -> None:
    visitor, who = hall.member("mara")
    group = hall.town.group(who)
    room = hall.town.run(hall.identity.make_room(who, group.id, "Küche"))
    pads.room_id = room.id
    page = visitor.get(f"/g/{group.slug}")
    assert f'action="/p/{group.slug}"' in page
    assert 'href="/p/g/Plan"' in page
    assert "3 Leute sind da" in page
    assert "Endet am 23. Dezember 2026" in page
    assert "Noch leer" in page
    assert f'href="/r/{room.slug}/plenum"' in page
    assert f'aria-label="Gespräch in {room.name}"' in page


def test_guests_of_a_group_make_no_pads(hall: Hall) -> None:
    visitor, who = hall.member("mara")
    guest, whom = hall.member("juno")
    group = hall.town.group(who, guest=whom)
    assert 'href="/p/g/Plan"' in guest.get(f"/g/{group.slug}")
    assert f'action="/p/{group.slug}"' not in guest.get(f"/g/{group.slug}")
    assert visitor.get("/")


def test_the_settings_of_a_room_list_its_pads(hall: Hall, pads: TwoPads) -> None:
    visitor, who = hall.member("mara")
    group = hall.town.group(who)
    room = hall.town.run(hall.identity.make_room(who, group.id, "Küche"))
    pads.room_id = room.id
    page = visitor.get(f"/r/{room.slug}/settings")
    assert 'href="/r/x/pads/minutes"' in page
    assert 'href="/p/g/Plan"' not in page
    assert f'href="/r/{room.slug}/pads"' in page


def test_where_pads_are_off_nothing_speaks_of_them(sqlite: Database) -> None:
    hall = Hall(sqlite)
    visitor, who = hall.member("mara")
    group = hall.town.group(who)
    room = hall.town.run(hall.identity.make_room(who, group.id, "Küche"))
    for path in (f"/g/{group.slug}", f"/r/{room.slug}/settings"):
        assert "Pad" not in visitor.get(path)
