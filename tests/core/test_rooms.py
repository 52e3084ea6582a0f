from allmende.core.ids import LinkId, RoomId
from allmende.core.rooms import LinkRight, Lobby, Room, RoomLink


def test_rights_of_links_are_defined_from_the_least_to_the_most() -> None:
    assert list(LinkRight) == [LinkRight.LISTEN, LinkRight.SPEAK, LinkRight.FACILITATE]
    assert {str(lobby) for lobby in Lobby} == {"off", "guests", "all"}


def test_rooms_and_links_are_values() -> None:
    room = Room(RoomId(1), None, "ash", "Ash", Lobby.OFF, guests_share=True, ends_at=None)
    assert room.group_id is None
    link = RoomLink(LinkId(1), room.id, LinkRight.SPEAK, "press", None, None)
    assert link.right is LinkRight.SPEAK
