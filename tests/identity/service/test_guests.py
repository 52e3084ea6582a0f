"""Entering, being called something, being removed."""

from datetime import timedelta

import pytest
from sqlalchemy import Connection, select, text

from allmende.core.accounts import STRANGER, Caller, Guest
from allmende.core.errors import InvalidInput, NotAllowed, NotFound, NotSignedIn
from allmende.core.ids import GuestId, RoomId
from allmende.core.rooms import LinkRight, Room
from allmende.identity.model.ways import Way
from allmende.identity.store.tables.accounts import accounts
from allmende.identity.store.tables.groups import room_links, rooms
from tests.identity.town import Town


def group_room(town: Town, admin: Caller, **roles: Caller) -> Room:
    group = town.group(admin, **roles)
    return town.run(town.identity.group_page(admin, group.slug)).rooms[0]


def number(who: Caller) -> GuestId:
    assert who.guest is not None
    return who.guest.id


def test_members_enter_as_themselves_and_need_no_name(town: Town) -> None:
    mara = town.person("mara")
    room = group_room(town, mara)
    entered = town.run(town.identity.enter(mara, room.id, "", None))
    assert (entered.caller, entered.guest_token) == (mara, None)


def test_somebody_signed_in_is_a_guest_elsewhere_and_stays_signed_in(town: Town) -> None:
    mara = town.person("mara")
    room = town.run(town.identity.open_room("Plenum")).room
    entered = town.run(town.identity.enter(mara, room.id, "Mara", None))
    assert entered.caller.account_id == mara.account_id
    assert entered.caller.guest is not None
    assert entered.caller.guest.name == "Mara"


def test_the_room_of_a_group_is_entered_by_a_link_only(town: Town) -> None:
    mara = town.person("mara")
    room, other = group_room(town, mara), group_room(town, mara)
    token = town.run(town.identity.make_link(mara, room.id, LinkRight.SPEAK))
    for room_id, link in ((room.id, None), (room.id, "x"), (other.id, token), (RoomId(99), token)):
        with pytest.raises(NotFound, match=r"room\.not-found"):
            town.run(town.identity.enter(STRANGER, room_id, "Rabe", link))
    assert town.guest(room.id, link=token).guest is not None


def test_a_guest_who_comes_back_keeps_their_number_and_may_have_another_name(town: Town) -> None:
    opened = town.run(town.identity.open_room("Plenum"))
    guest = town.guest(opened.room.id, "Rabe")
    back = town.run(town.identity.enter(guest, opened.room.id, "Krähe", None)).caller
    assert back.guest is not None
    assert (back.guest.id, back.guest.name) == (number(guest), "Krähe")
    host = town.run(
        town.identity.enter(back, opened.room.id, "Krähe", opened.facilitator_token)
    ).caller
    assert number(host) == number(guest)
    without = town.run(town.identity.enter(host, opened.room.id, "Krähe", None)).caller
    assert without == host


def test_a_name_that_is_no_name_is_refused_and_nothing_is_used_up(town: Town) -> None:
    mara = town.person("mara")
    room = group_room(town, mara)
    token = town.run(town.identity.make_link(mara, room.id, LinkRight.SPEAK, uses=1))
    with pytest.raises(InvalidInput) as refused:
        town.run(town.identity.enter(STRANGER, room.id, "a\u202eb", token))
    assert refused.value.values["field"] == "name"
    assert town.guest(room.id, link=token).guest is not None


def test_entering_keeps_an_open_room_alive(town: Town) -> None:
    room = town.run(town.identity.open_room("Plenum")).room
    town.clock.turn(days=20)
    town.guest(room.id)
    renewed = town.run(town.identity.room_named(room.slug))
    assert renewed.ends_at == town.clock.now() + timedelta(days=30)
    town.clock.turn(days=29)
    town.run(town.identity.end_what_is_over())
    assert town.run(town.identity.room_named(room.slug)).slug == room.slug


def test_the_page_before_the_call_says_what_one_would_be(town: Town) -> None:
    mara = town.person("mara")
    room = group_room(town, mara)
    opened = town.run(town.identity.open_room("Plenum"))
    token = town.run(town.identity.make_link(mara, room.id, LinkRight.LISTEN, uses=1))
    ask = town.identity.entrance
    assert town.run(ask(mara, room.slug, None)).role == "admin"
    assert town.run(ask(mara, room.slug, None)).name == "mara"
    assert town.run(ask(STRANGER, room.slug, token)).right == "listen"
    assert town.run(ask(STRANGER, opened.room.slug, None)).right == "speak"
    assert town.run(ask(STRANGER, opened.room.slug, "wrong")).right == "speak"
    assert town.run(ask(STRANGER, opened.room.slug, opened.facilitator_token)).right == "facilitate"
    guest = town.guest(room.id, "Rabe", token)
    assert town.run(ask(guest, room.slug, token)).name == "Rabe"
    assert town.run(ask(guest, room.slug, None)).right == "listen"
    for link in (None, "wrong", token):
        with pytest.raises(NotFound):
            town.run(ask(STRANGER, room.slug, link))
    with pytest.raises(NotFound):
        town.run(ask(mara, "nowhere", None))


def test_the_page_before_the_call_knows_how_mumble_gets_in(town: Town) -> None:
    mara = town.person("mara")
    room = group_room(town, mara)
    opened = town.run(town.identity.open_room("Plenum")).room
    token = town.run(town.identity.make_link(mara, room.id, LinkRight.SPEAK))

    def way(who: Caller, slug: str, link: str | None = None) -> Way | None:
        return town.run(town.identity.entrance(who, slug, link)).way

    assert way(STRANGER, opened.slug) == Way(room=opened, code=opened.slug)
    assert way(STRANGER, opened.slug, "wrong") == Way(room=opened, code=opened.slug)
    assert way(STRANGER, room.slug, token) == Way(room=room, code=token)
    own = way(mara, room.slug, token)
    assert own is not None
    assert (own.name, own.code, own.path[1]) == ("mara", "", room.name)
    guest = town.guest(room.id, "Rabe", token)
    assert way(guest, room.slug, token) == Way(room=room, name="Rabe", code=token)
    assert way(guest, room.slug) is None


def test_a_guest_takes_another_name(town: Town) -> None:
    room = town.run(town.identity.open_room("Plenum")).room
    guest = town.guest(room.id)
    renamed = town.run(town.identity.rename_guest(guest, room.id, " Krähe "))
    assert town.run(town.identity.caller(None, renamed.guest_token)) == renamed.caller
    assert renamed.caller.guest == Guest(number(guest), room.id, "Krähe")
    with pytest.raises(InvalidInput):
        town.run(town.identity.rename_guest(guest, room.id, ""))
    with pytest.raises(NotSignedIn):
        town.run(town.identity.rename_guest(STRANGER, room.id, "x"))


def test_a_removed_guest_does_not_come_back_with_their_key(town: Town) -> None:
    opened = town.run(town.identity.open_room("Plenum"))
    host = town.guest(opened.room.id, "Amsel", opened.facilitator_token)
    guest = town.guest(opened.room.id)
    town.run(town.identity.ban(host, opened.room.id, f"g{number(guest)}"))
    for link in (None, opened.facilitator_token):
        with pytest.raises(NotAllowed, match=r"identity\.removed"):
            town.run(town.identity.enter(guest, opened.room.id, "Neu", link))
    town.clock.turn(hours=12)
    town.run(town.identity.end_what_is_over())
    assert town.run(town.identity.enter(guest, opened.room.id, "Rabe", None)).caller == guest


def test_who_may_be_removed_and_by_whom(town: Town) -> None:
    mara, kim, juno = town.person("mara"), town.person("kim"), town.person("juno")
    room = group_room(town, mara, facilitator=kim, member=juno)
    ban = town.identity.ban
    with pytest.raises(NotAllowed):
        town.run(ban(juno, room.id, f"a{kim.account_id}"))
    with pytest.raises(NotAllowed):
        town.run(ban(kim, room.id, f"a{mara.account_id}"))
    with pytest.raises(NotAllowed):
        town.run(ban(kim, room.id, f"a{kim.account_id}"))
    town.run(ban(kim, room.id, f"a{juno.account_id}"))
    with pytest.raises(NotAllowed, match=r"identity\.removed"):
        town.run(town.identity.enter(juno, room.id, "", None))


@pytest.mark.parametrize("key", ["", "x", "a", "g", "a" + "9" * 30, "a-1", "gx", "a²", "b1"])
def test_keys_that_name_nobody_are_refused(town: Town, key: str) -> None:
    opened = town.run(town.identity.open_room("Plenum"))
    host = town.guest(opened.room.id, "Amsel", opened.facilitator_token)
    with pytest.raises(InvalidInput, match="no-such-person"):
        town.run(town.identity.ban(host, opened.room.id, key))


def test_nothing_of_a_guest_is_stored(town: Town) -> None:
    opened = town.run(town.identity.open_room("Plenum"))
    guest = town.guest(opened.room.id, "Sentinelvogel", opened.facilitator_token)

    def rows(db: Connection) -> str:
        log = db.execute(text("SELECT * FROM event_log")).all()
        kept = [db.execute(select(table)).all() for table in (accounts, rooms, room_links)]
        return f"{log} {kept}"

    kept = town.run(town.database.read(rows))
    assert "Sentinelvogel" not in kept
    assert number(guest) not in kept
