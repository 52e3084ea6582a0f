"""One list of rooms, two writings."""

from allmende.protocols.xml.tree import Element, element, parse, write
from allmende.protocols.xmpp import bookmarks

OLD = (
    b"<storage xmlns='storage:bookmarks'><url name='W' url='https://w.example'/>"
    b"<conference jid='chor@rooms.x.example' name='Chor' autojoin='1'><nick>Rabe</nick>"
    b"<password>pst</password></conference>"
    b"<conference jid='rad@rooms.x.example' autojoin='0'/></storage>"
)


def room(text: str) -> Element:
    return parse(f"<conference xmlns='urn:xmpp:bookmarks:1' {text}".encode())


def test_an_old_list_survives_being_written_anew() -> None:
    storage = parse(OLD)
    rooms = bookmarks.read_old(storage)
    assert write(rooms["chor@rooms.x.example"]) == (
        b"<conference xmlns='urn:xmpp:bookmarks:1' name='Chor' autojoin='1'>"
        b"<nick>Rabe</nick><password>pst</password></conference>"
    )
    others = bookmarks.others_of(storage)
    assert write(bookmarks.write_old(rooms.items(), others)) == OLD


def test_what_is_no_room_is_left_out_and_the_last_of_two_counts() -> None:
    conferences = [
        element("storage:bookmarks", "conference", jid=address, name=str(number))
        for number, address in enumerate(("a@@b", "", "R@x.example", "r@x.example"))
    ]
    found = bookmarks.read_old(element("storage:bookmarks", "storage", *conferences))
    assert {address: one.get("name") for address, one in found.items()} == {"r@x.example": "3"}


def test_what_an_old_list_cannot_say_is_kept() -> None:
    pinned = "<extensions><pinned xmlns='urn:p'/></extensions>"
    before = room(f"name='Chor' autojoin='true'>{pinned}<nick>Rabe</nick></conference>")
    same = room("name='Chor' autojoin='1'><nick>Rabe</nick></conference>")
    other = room("name='Chor' autojoin='0'><nick>Elster</nick></conference>")
    assert bookmarks.merged(same, before) is before
    assert bookmarks.merged(other, None) is other
    assert write(bookmarks.merged(other, before)).decode() == (
        "<conference xmlns='urn:xmpp:bookmarks:1' name='Chor' autojoin='0'><nick>Elster</nick>"
        f"{pinned}</conference>"
    )
