"""Rooms and the links into them."""

from datetime import timedelta

import pytest

from allmende.core.accounts import STRANGER, Caller
from allmende.core.errors import InvalidInput, NotAllowed, NotFound
from allmende.core.ids import LinkId
from allmende.core.permissions import Permission
from allmende.core.rooms import LinkRight, Lobby, Room
from tests.identity.town import Town


def first_room(town: Town, admin: Caller, **roles: Caller) -> Room:
    group = town.group(admin, **roles)
    return town.run(town.identity.group_page(admin, group.slug)).rooms[0]


def test_admins_make_change_and_delete_rooms_and_each_is_told(town: Town) -> None:
    mara = town.person("mara")
    group = town.group(mara)
    told = len(town.told())
    room = town.run(town.identity.make_room(mara, group.id, " Werkstatt "))
    assert (room.name, room.lobby, room.ends_at) == ("Werkstatt", Lobby.GUESTS, None)
    changed = town.run(
        town.identity.change_room(mara, room.id, name="Lager", lobby=Lobby.ALL, guests_share=True)
    )
    assert town.run(town.identity.room(mara, room.slug)) == changed
    town.run(town.identity.delete_room(mara, room.id))
    assert town.told()[told:] == [
        "identity.RoomMade",
        "identity.RoomChanged",
        "identity.RoomGone",
    ]
    with pytest.raises(NotFound):
        town.run(town.identity.room(mara, room.slug))


def test_members_do_none_of_that(town: Town) -> None:
    mara, juno = town.person("mara"), town.person("juno")
    room = first_room(town, mara, member=juno)
    assert room.group_id is not None
    identity = town.identity
    for work in (
        identity.make_room(juno, room.group_id, "x"),
        identity.change_room(juno, room.id, name="x", lobby=Lobby.OFF, guests_share=True),
        identity.delete_room(juno, room.id),
        identity.make_link(juno, room.id, LinkRight.SPEAK),
        identity.links(juno, room.id),
    ):
        with pytest.raises(NotAllowed):
            town.run(work)


def test_who_opened_a_room_without_account_holds_its_facilitator_link(town: Town) -> None:
    opened = town.run(town.identity.open_room("Plenum"))
    room = opened.room
    assert (room.group_id, room.lobby) == (None, Lobby.GUESTS)
    assert room.ends_at == town.clock.now() + timedelta(days=30)
    host = town.guest(room.id, "Amsel", opened.facilitator_token)
    rights = town.run(town.identity.rights(host, room.id))
    assert {Permission.ROOM_FACILITATE, Permission.MEET_START} <= rights
    link = town.run(town.identity.make_link(host, room.id, LinkRight.LISTEN, "Übersetzung"))
    assert [one.label for one in town.run(town.identity.links(host, room.id))] == [
        "",
        "Übersetzung",
    ]
    listener = town.guest(room.id, "Ohr", link)
    assert not town.run(town.identity.may(listener, room.id, Permission.CHAT_WRITE))
    guest = town.guest(room.id)
    with pytest.raises(NotAllowed):
        town.run(town.identity.links(guest, room.id))
    with pytest.raises(NotAllowed):
        town.run(town.identity.delete_room(guest, room.id))
    town.run(town.identity.delete_room(host, room.id))
    with pytest.raises(NotFound):
        town.run(town.identity.room_named(room.slug))


def test_a_link_ends_by_time(town: Town) -> None:
    mara = town.person("mara")
    room = first_room(town, mara)
    token = town.run(town.identity.make_link(mara, room.id, LinkRight.SPEAK, days=1))
    guest = town.guest(room.id, link=token)
    town.clock.turn(days=1)
    with pytest.raises(NotFound, match=r"room\.not-found"):
        town.guest(room.id, link=token)
    town.run(town.identity.end_what_is_over())
    assert town.told()[-1] == "identity.LinkRevoked"
    assert not town.run(town.identity.may(guest, room.id, Permission.ROOM_SEE))


def test_a_link_ends_by_uses_and_who_came_stays(town: Town) -> None:
    mara = town.person("mara")
    room = first_room(town, mara)
    token = town.run(town.identity.make_link(mara, room.id, LinkRight.SPEAK, uses=1))
    guest = town.guest(room.id, link=token)
    back = town.run(town.identity.enter(guest, room.id, "Rabe", token)).caller
    assert back == guest
    with pytest.raises(NotFound, match=r"identity\.link-not-valid"):
        town.guest(room.id, "Dohle", token)


def test_links_have_limits_and_nobody_revokes_what_is_not_theirs(town: Town) -> None:
    mara, juno = town.person("mara"), town.person("juno")
    room = first_room(town, mara)
    for days, uses in ((0, None), (366, None), (None, 0)):
        with pytest.raises(InvalidInput):
            town.run(town.identity.make_link(mara, room.id, LinkRight.SPEAK, "", days, uses))
    town.run(town.identity.make_link(mara, room.id, LinkRight.SPEAK))
    link = town.run(town.identity.links(mara, room.id))[0]
    for who, link_id in ((juno, link.id), (STRANGER, link.id), (mara, LinkId(999))):
        with pytest.raises(NotFound) as refused:
            town.run(town.identity.revoke_link(who, link_id))
        assert refused.value.message_id == "identity.no-such-link"
