"""Guests of programs that show no page."""

import pytest

from allmende.core.errors import InvalidInput, NotAllowed, NotFound
from allmende.core.permissions import Permission
from allmende.core.rooms import LinkRight, Room
from allmende.identity.service.invites import young_budget
from allmende.identity.store import invites
from tests.identity.town import Town

pytestmark = pytest.mark.slow

SHOWN = "ab" * 32


@pytest.fixture
def room(town: Town) -> Room:
    mara = town.person("mara")
    group = town.group(mara)
    return town.run(town.identity.group_page(mara, group.slug)).rooms[0]


def link(
    town: Town,
    room: Room,
    right: LinkRight = LinkRight.SPEAK,
    days: int | None = None,
    uses: int | None = None,
) -> str:
    mara = town.sign_in("mara").caller
    budget = young_budget(town.account(mara))
    town.run(town.database.write(lambda db: invites.forget_budget(db, budget)))
    return town.run(town.identity.make_link(mara, room.id, right, "", days, uses))


def words(town: Town, token: str, language: str) -> str:
    return town.run(town.identity.invite_words(token)).text(language)


def test_a_token_or_its_words_lead_into_the_room_with_the_rights_of_the_link(
    town: Town, room: Room
) -> None:
    token = link(town, room, LinkRight.LISTEN)
    typed = (token, f" {token} ", words(town, token, "de"), words(town, token, "en").upper())
    for way in typed:
        who = town.run(town.identity.guest_by_token(way, " Rabe "))
        assert who.guest is not None
        assert (who.guest.room_id, who.guest.name, who.account_id) == (room.id, "Rabe", None)
        rights = town.run(town.identity.rights(who, room.id))
        assert Permission.ROOM_ENTER in rights
        assert Permission.MEET_SPEAK not in rights


def test_the_address_of_an_open_room_leads_in_and_that_of_a_groups_room_does_not(
    town: Town, room: Room
) -> None:
    opened = town.run(town.identity.open_room("Plenum"))
    who = town.run(town.identity.guest_by_token(opened.room.slug, "Rabe"))
    assert town.run(town.identity.may(who, opened.room.id, Permission.MEET_SPEAK))
    leads = town.run(town.identity.guest_by_token(opened.facilitator_token, "Rabe"))
    assert town.run(town.identity.may(leads, opened.room.id, Permission.ROOM_FACILITATE))
    for wrong in (room.slug, "", "x" * 22, "eins zwei drei vier fünf sechs", "ja nein ja nein"):
        with pytest.raises(NotFound, match="link-not-valid"):
            town.run(town.identity.guest_by_token(wrong, "Rabe"))


def test_with_a_certificate_somebody_is_the_same_guest_each_time(town: Town, room: Room) -> None:
    token, other = link(town, room), link(town, room)
    ask = town.identity.guest_by_token

    def number(typed: str, certificate: str = "") -> str:
        guest = town.run(ask(typed, "Rabe", certificate)).guest
        assert guest is not None
        return guest.id

    first = number(token, SHOWN)
    assert len(first) == 26
    assert first == number(token, SHOWN) == number(other, SHOWN)
    assert first != number(token, "cd" * 32)
    assert number(token) != number(token)
    opened = town.run(town.identity.open_room("Plenum"))
    assert number(opened.room.slug, SHOWN) != first


def test_who_was_removed_stays_out_whatever_they_type(town: Town, room: Room) -> None:
    token, other = link(town, room), link(town, room)
    who = town.run(town.identity.guest_by_token(token, "Rabe", SHOWN))
    assert who.guest is not None
    mara = town.sign_in("mara").caller
    town.run(town.identity.ban(mara, room.id, f"g{who.guest.id}"))
    for typed in (token, other):
        with pytest.raises(NotAllowed, match="removed"):
            town.run(town.identity.guest_by_token(typed, "Krähe", SHOWN))
    assert town.run(town.identity.guest_by_token(token, "Amsel", "cd" * 32)).guest is not None


def test_a_link_for_one_is_used_up_and_one_that_ended_leads_nowhere(town: Town, room: Room) -> None:
    once, short = link(town, room, uses=1), link(town, room, days=1)
    spelt = words(town, short, "de")
    assert town.run(town.identity.guest_by_token(words(town, once, "de"), "Rabe")).guest
    with pytest.raises(NotFound, match="link-not-valid"):
        town.run(town.identity.guest_by_token(once, "Rabe"))
    town.clock.turn(days=1)
    for typed in (short, spelt):
        with pytest.raises(NotFound, match="link-not-valid"):
            town.run(town.identity.guest_by_token(typed, "Rabe"))


def test_a_name_that_cannot_be_shown_uses_nothing_up(town: Town, room: Room) -> None:
    once = link(town, room, uses=1)
    with pytest.raises(InvalidInput, match="name"):
        town.run(town.identity.guest_by_token(once, "a\u202eb"))
    assert town.run(town.identity.guest_by_token(once, "Rabe")).guest
