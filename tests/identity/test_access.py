"""Who may do what in a room or group, asked for every role, link and stranger."""

import pytest
from sqlalchemy import Connection

from allmende.core.accounts import STRANGER, Caller, Guest
from allmende.core.errors import NotAllowed, NotFound, NotSignedIn
from allmende.core.groups import Group, Role
from allmende.core.ids import GuestId, LinkId, RoomId
from allmende.core.permissions import BY_LINK, BY_ROLE, Permission
from allmende.core.rooms import LinkRight, Lobby, Room
from allmende.identity import access
from tests.identity.town import Town


def rights(town: Town, who: Caller, room: Room) -> frozenset[Permission]:
    async def ask() -> frozenset[Permission]:
        found: frozenset[Permission] = await town.identity.rights(who, room.id)
        return found

    return frozenset(town.run(ask()))


def only_room(town: Town, admin: Caller, group: Group) -> Room:
    room: Room = town.run(town.identity.group_page(admin, group.slug)).rooms[0]
    return room


def test_each_role_has_its_rights_in_the_rooms_of_its_group(town: Town) -> None:
    admin, member = town.person("mara"), town.person("juno")
    facilitator, guest = town.person("kim"), town.person("alex")
    group = town.group(admin, member=member, facilitator=facilitator, guest=guest)
    room = only_room(town, admin, group)
    assert rights(town, admin, room) == BY_ROLE[Role.ADMIN]
    assert rights(town, facilitator, room) == BY_ROLE[Role.FACILITATOR]
    assert rights(town, member, room) == BY_ROLE[Role.MEMBER]
    assert rights(town, guest, room) == BY_ROLE[Role.GUEST]
    assert rights(town, town.person("robin"), room) == frozenset()
    assert rights(town, STRANGER, room) == frozenset()


@pytest.mark.parametrize("right", list(LinkRight))
def test_a_guest_has_the_rights_of_their_link_until_it_is_revoked(
    town: Town, right: LinkRight
) -> None:
    admin = town.person("mara")
    room = only_room(town, admin, town.group(admin))
    link = town.run(town.identity.make_link(admin, room.id, right))
    guest = town.guest(room.id, link=link)
    assert rights(town, guest, room) == BY_LINK[right]
    link_id = town.run(town.identity.links(admin, room.id))[0].id
    town.run(town.identity.revoke_link(admin, link_id))
    assert rights(town, guest, room) == frozenset()
    assert town.told()[-1] == "identity.LinkRevoked"


def test_guests_may_share_where_the_room_says_so_but_not_if_they_only_listen(town: Town) -> None:
    admin = town.person("mara")
    room = only_room(town, admin, town.group(admin))
    speak = town.run(town.identity.make_link(admin, room.id, LinkRight.SPEAK))
    listen = town.run(town.identity.make_link(admin, room.id, LinkRight.LISTEN))
    change = town.identity.change_room(
        admin, room.id, name="Plenum", lobby=Lobby.OFF, guests_share=True
    )
    town.run(change)
    assert Permission.MEET_SHARE in rights(town, town.guest(room.id, link=speak), room)
    assert Permission.MEET_SHARE not in rights(town, town.guest(room.id, link=listen), room)


def test_an_open_room_is_seen_by_everybody_and_spoken_in_by_its_guests(town: Town) -> None:
    room = town.run(town.identity.open_room("Plenum")).room
    assert rights(town, STRANGER, room) == {Permission.ROOM_SEE}
    assert rights(town, town.person("mara"), room) == {Permission.ROOM_SEE}
    assert rights(town, town.guest(room.id), room) == BY_LINK[LinkRight.SPEAK]


def test_a_guest_of_one_room_is_nobody_in_another(town: Town) -> None:
    first = town.run(town.identity.open_room("Eins")).room
    admin = town.person("mara")
    second = only_room(town, admin, town.group(admin))
    assert rights(town, town.guest(first.id), second) == frozenset()
    forged = Guest(GuestId("g" * 26), second.id, "x", LinkId(999))
    assert rights(town, Caller(guest=forged), second) == frozenset()
    without_link = Guest(GuestId("g" * 26), second.id, "x")
    assert rights(town, Caller(guest=without_link), second) == frozenset()


def test_who_is_banned_may_nothing(town: Town) -> None:
    opened = town.run(town.identity.open_room("Plenum"))
    facilitator = town.guest(opened.room.id, "Amsel", opened.facilitator_token)
    guest = town.guest(opened.room.id, "Rabe")
    assert guest.guest is not None
    town.run(town.identity.ban(facilitator, opened.room.id, f"g{guest.guest.id}"))
    assert rights(town, guest, opened.room) == frozenset()
    assert town.told()[-1] == "identity.GuestBanned"


def test_what_may_not_be_seen_does_not_exist(town: Town) -> None:
    admin, stranger = town.person("mara"), town.person("juno")
    group = town.group(admin)
    room = only_room(town, admin, group)

    def ask(db: Connection) -> None:
        with pytest.raises(NotFound, match=r"room\.not-found"):
            access.require(db, stranger, Permission.CHAT_READ, room.id)
        with pytest.raises(NotFound, match=r"room\.not-found"):
            access.require(db, stranger, Permission.CHAT_READ, RoomId(999))
        with pytest.raises(NotFound, match=r"group\.not-found"):
            access.require_in_group(db, stranger, Permission.GROUP_SEE, group.id)
        with pytest.raises(NotFound):
            access.room_by_slug(db, "nowhere")
        assert not access.may(db, stranger, Permission.ROOM_SEE, room.id)
        assert not access.may(db, admin, Permission.ROOM_SEE, RoomId(999))

    town.run(town.database.read(ask))


def test_what_may_be_seen_but_not_done_is_named(town: Town) -> None:
    admin, member = town.person("mara"), town.person("juno")
    group = town.group(admin, member=member)
    room = only_room(town, admin, group)

    def ask(db: Connection) -> None:
        with pytest.raises(NotAllowed) as refused:
            access.require(db, member, Permission.ROOM_FACILITATE, room.id)
        assert refused.value.values == {"permission": "room.facilitate"}
        with pytest.raises(NotAllowed, match=r"group\.not-allowed"):
            access.require_in_group(db, member, Permission.GROUP_INVITE, group.id)
        assert access.require(db, member, Permission.CHAT_WRITE, room.id) == room
        assert access.require_in_group(db, admin, Permission.GROUP_INVITE, group.id) == group

    town.run(town.database.read(ask))


def test_everybody_has_one_name_in_a_room(town: Town) -> None:
    admin = town.person("mara")
    room = only_room(town, admin, town.group(admin))
    opened = town.run(town.identity.open_room("Plenum")).room
    guest = town.guest(opened.id, "Rabe")

    def ask(db: Connection) -> None:
        assert access.display_name(db, admin, room.id) == "mara"
        assert access.display_name(db, guest, opened.id) == "Rabe"
        with pytest.raises(NotSignedIn):
            access.display_name(db, STRANGER, opened.id)
        with pytest.raises(NotFound):
            access.display_name(db, admin, RoomId(999))

    town.run(town.database.read(ask))


def test_the_door_names_members_by_account_and_others_as_guests(town: Town) -> None:
    admin = town.person("mara")
    room = only_room(town, admin, town.group(admin))
    opened = town.run(town.identity.open_room("Plenum")).room
    guest = town.guest(opened.id)
    assert access.key_of(admin, room, Role.ADMIN) == f"a{admin.account_id}"
    assert guest.guest is not None
    assert access.key_of(guest, opened, None) == f"g{guest.guest.id}"
    with pytest.raises(NotAllowed):
        access.key_of(admin, opened, None)
