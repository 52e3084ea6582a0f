"""What the page of a pad shows, and the list of a room."""

import pytest

from allmende.core.accounts import STRANGER
from allmende.core.errors import NotAllowed, NotFound
from allmende.core.rooms import LinkRight, Lobby
from allmende.systems.pads.model.names import Address
from allmende.systems.pads.model.pad import Capability, Kind
from allmende.systems.pads.service import pads
from tests.systems.pads.village import Village


def test_a_page_shows_the_text_and_what_one_may_do(village: Village) -> None:
    address, admin = village.made()
    village.write(STRANGER, address, "hallo")
    reader = village.links(admin)[Capability.READ]
    page = village.run(village.pads.page(STRANGER, reader))
    assert page.opened.capability is Capability.READ
    assert page.html == "<p>hallo</p>"
    assert not page.opened.may_see_history
    assert (page.people, page.is_full, page.reads_chat) == (0, False, False)
    with pytest.raises(NotFound):
        village.run(village.pads.page(STRANGER, Address("nichts")))


def test_a_long_text_is_shown_when_it_is_asked_for(
    village: Village, monkeypatch: pytest.MonkeyPatch
) -> None:
    address, _ = village.made()
    village.write(STRANGER, address, "hallo")
    monkeypatch.setattr(pads, "_LONG_BYTES", 3)
    assert village.run(village.pads.page(STRANGER, address)).html is None
    assert village.run(village.pads.page(STRANGER, address, whole=True)).html


def test_the_page_knows_the_room_and_its_chat_for_those_inside(village: Village) -> None:
    admin = village.people()["admin"]
    room = village.a_room(admin)
    address = village.run(village.pads.make_in_room(admin, room.slug, "Plan", Kind.RICH))
    page = village.run(village.pads.page(admin, address))
    assert page.opened.room is not None
    assert (page.reads_chat, page.writes_chat, page.moderates_chat) == (True, True, True)
    listener = village.by_link(admin, room, LinkRight.LISTEN)
    page = village.run(village.pads.page(listener, address))
    assert (page.reads_chat, page.writes_chat, page.moderates_chat) == (True, False, False)


def test_a_room_lists_its_pads_to_those_who_were_let_in(village: Village) -> None:
    people = village.people()
    room = village.a_room(people["admin"], Lobby.GUESTS)
    village.run(village.pads.make_in_room(people["admin"], room.slug, "Plan", Kind.RICH))
    found = village.run(village.pads.in_room(people["member"], room.slug))
    assert ([one.title for one in found.pads], found.makes) == (["Plan"], True)
    raven = village.by_link(people["admin"], room, LinkRight.SPEAK)
    with pytest.raises(NotAllowed, match=r"pads\.not-let-in"):
        village.run(village.pads.in_room(raven, room.slug))
    village.knock(raven, room)
    village.doors.admit_all(room.id)
    found = village.run(village.pads.in_room(raven, room.slug))
    assert ([one.path for one in found.pads], found.makes) == ([f"/r/{room.slug}/pads/Plan"], False)
    with pytest.raises(NotFound):
        village.run(village.pads.in_room(people["outsider"], room.slug))
