"""Making pads: with and without account, with names, in groups and rooms."""

from dataclasses import replace
from datetime import timedelta

import pytest

from allmende.core.accounts import STRANGER
from allmende.core.errors import (
    Conflict,
    InvalidInput,
    NotAllowed,
    NotFound,
    NotSignedIn,
    QuotaExceeded,
)
from allmende.core.rooms import Lobby
from allmende.storage.database import Database
from allmende.systems.pads.model.names import Address
from allmende.systems.pads.model.pad import Capability, Kind
from allmende.systems.pads.service import making
from tests.systems.pads.village import DEFAULTS, Village, nobody_of


def test_a_pad_without_account_has_a_random_address_that_is_not_kept(village: Village) -> None:
    address, admin = village.made("Einkauf")
    pad = village.pad(STRANGER, address)
    assert (pad.name, pad.title, pad.kind) == ("", "Einkauf", Kind.RICH)
    assert address.is_random
    assert address.name not in str(village.row(pad.id))
    assert pad.ends_at == village.now + timedelta(hours=24)
    assert pad.created_on.hour == pad.created_on.minute == 0
    assert set(village.links(admin)) == set(Capability)
    assert village.facts() == ["PadCreated"]


def test_the_links_are_shown_to_who_holds_the_one_for_admins(village: Village) -> None:
    address, admin = village.made()
    other, other_admin = village.made()
    links = village.links(admin)
    shown = village.run(village.pads.made(address, admin.token or ""))
    assert Address(f"r.{shown.read_token}") == links[Capability.READ]
    assert Address(f"e.{shown.edit_token}") == links[Capability.EDIT]
    for wrong in (other_admin.token, links[Capability.EDIT].token, "", "x" * 22):
        with pytest.raises(NotFound):
            village.run(village.pads.made(address, wrong or ""))
    assert other != address


def test_a_name_at_top_level_is_taken_once_and_folded(village: Village) -> None:
    address, _ = village.made(name="Camp 2027", kind=Kind.TEXT)
    assert address.base == "/p/Camp-2027"
    assert village.pad(STRANGER, Address("CAMP-2027")).title == "Camp-2027"
    for typed in ("camp 2027", "Camp-2027"):
        with pytest.raises(Conflict, match=r"pads\.name-taken"):
            village.made(name=typed)
    with pytest.raises(InvalidInput, match=r"pads\.name-reserved"):
        village.made(name="export")


def test_where_names_are_off_a_pad_gets_a_random_address(database: Database) -> None:
    village = Village(database, replace(DEFAULTS, top_level_names=False))
    address, _ = village.made(name="Camp")
    assert address.is_random
    assert not village.pads.top_level_names


def test_the_operator_says_who_makes_pads(database: Database) -> None:
    members = Village(database, replace(DEFAULTS, create="members"))
    mara = members.person("mara")
    with pytest.raises(NotSignedIn, match=r"pads\.making-members"):
        members.made()
    assert members.run(members.pads.make(mara, "", Kind.RICH)).admin_token
    by_link = Village(database, replace(DEFAULTS, create="link"))
    with pytest.raises(NotAllowed, match=r"pads\.making-link"):
        by_link.made()
    assert by_link.run(by_link.pads.make(nobody_of(1), "", Kind.RICH)).admin_token


def test_members_make_pads_with_names_in_their_group(village: Village) -> None:
    people, slug = village.people(), village.commune.slug
    address = village.run(village.pads.make_in_group(people["member"], slug, "Plan", Kind.RICH))
    assert address.base == f"/p/{slug}/Plan"
    with pytest.raises(Conflict, match=r"pads\.name-taken"):
        village.run(village.pads.make_in_group(people["admin"], slug, "PLAN", Kind.RICH))
    with pytest.raises(NotAllowed):
        village.run(village.pads.make_in_group(people["guest"], slug, "Neu", Kind.RICH))
    for who, where in ((people["outsider"], slug), (STRANGER, slug), (people["admin"], "nowhere")):
        with pytest.raises(NotFound, match=r"group\.not-found"):
            village.run(village.pads.make_in_group(who, where, "Neu", Kind.RICH))


def test_the_end_of_a_name_says_how_long_a_pad_stays(village: Village) -> None:
    admin, slug = village.people()["admin"], village.commune.slug
    days = {}
    for name in ("Plan", "Plan-temp", "Plan-keep"):
        address = village.run(village.pads.make_in_group(admin, slug, name, Kind.RICH))
        days[name] = village.pad(admin, address).expiry_days
    assert days == {"Plan": 30, "Plan-temp": 1, "Plan-keep": 365}


def test_pads_of_a_room_last_as_long_as_the_room(village: Village) -> None:
    people = village.people()
    room = village.a_room(people["admin"], Lobby.ALL)
    address = village.run(
        village.pads.make_in_room(people["admin"], room.slug, "Plan-temp", Kind.RICH)
    )
    pad = village.pad(people["admin"], address)
    assert (pad.expiry_days, pad.ends_at, pad.room_id) == (None, None, room.id)
    with pytest.raises(NotAllowed, match=r"pads\.not-let-in"):
        village.run(village.pads.make_in_room(people["member"], room.slug, "Neu", Kind.RICH))
    with pytest.raises(NotAllowed):
        village.run(village.pads.make_in_room(people["guest"], room.slug, "Neu", Kind.RICH))
    with pytest.raises(NotFound):
        village.run(village.pads.make_in_room(people["outsider"], room.slug, "Neu", Kind.RICH))


def test_groups_and_rooms_have_so_many_pads(
    village: Village, monkeypatch: pytest.MonkeyPatch
) -> None:
    admin, slug = village.people()["admin"], village.commune.slug
    room = village.a_room(admin)
    monkeypatch.setattr(making, "MAX_PADS_OF_GROUP", 1)
    monkeypatch.setattr(making, "MAX_PADS_OF_ROOM", 1)
    village.run(village.pads.make_in_group(admin, slug, "a", Kind.RICH))
    village.run(village.pads.make_in_room(admin, room.slug, "a", Kind.RICH))
    with pytest.raises(QuotaExceeded, match=r"pads\.too-many-pads"):
        village.run(village.pads.make_in_group(admin, slug, "b", Kind.RICH))
    with pytest.raises(QuotaExceeded, match=r"pads\.too-many-pads"):
        village.run(village.pads.make_in_room(admin, room.slug, "b", Kind.RICH))
