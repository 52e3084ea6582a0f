"""How a Mumble client gets in, as an address."""

from allmende.core.ids import GroupId, RoomId
from allmende.core.rooms import Lobby, Room
from allmende.identity.model.ways import Way, mumble_address
from allmende.protocols.mumble.address import MumblePlace

HERE = MumblePlace("v.example")
ROOM = Room(RoomId(1), GroupId(2), "kueche", "Küche", Lobby.GUESTS, False, None)


def test_a_code_alone_leads_into_the_room() -> None:
    way = Way(room=ROOM, name="Rabe", code="t0ken", group="Haus")
    assert way.path == ()
    url = mumble_address(HERE, way)
    assert url == "mumble://Rabe:t0ken@v.example:64738/?title=K%C3%BCche&version=1.2.0"


def test_a_member_is_led_by_group_and_room() -> None:
    way = Way(room=ROOM, name="mara", group="Haus")
    assert way.path == ("Haus", "Küche")
    url = mumble_address(HERE, way)
    assert url == "mumble://mara@v.example:64738/Haus/K%C3%BCche?title=K%C3%BCche&version=1.2.0"


def test_without_a_server_or_a_way_there_is_no_address() -> None:
    assert mumble_address(None, Way(room=ROOM)) == ""
    assert mumble_address(HERE, None) == ""
