"""Messages that came from pages are written as messages of the room."""

from datetime import timedelta

import pytest

from allmende.core.ids import MessageId, RoomId
from allmende.protocols.xmpp.errors import StanzaError
from allmende.protocols.xmpp.jid import parse
from allmende.systems.chat.model.messages import Message
from allmende.systems.chat.model.rooms import Config, Room, number_uid
from allmende.systems.chat.wire.rooms.chronicle import (
    caller_of,
    message_key,
    shown_in,
    written,
)
from allmende.systems.chat.wire.rooms.hall import Hall
from tests.identity.town import BEGINNING

HALL = Hall(Room(0, "tea", Config(), b"s"), parse("tea@rooms.x"), lambda *_: None)


def message(author: str, content: bytes | None = None) -> Message:
    return Message(
        MessageId(7), RoomId(1), None, None, author, "a < b", BEGINNING,
        BEGINNING + timedelta(days=1), content=content,
    )  # fmt: skip


def test_a_page_speaks_under_the_name_of_its_author() -> None:
    stanza = written(HALL, message("Küche"))
    assert stanza.attributes["from"] == "tea@rooms.x/Küche"
    assert stanza.id == number_uid(MessageId(7))
    assert b"<body>a &lt; b</body>" in shown_in(HALL)(message("Küche"))
    assert shown_in(HALL)(message("x", b"<message/>")) == b"<message/>"


def test_who_left_the_house_speaks_as_the_room() -> None:
    assert written(HALL, message("")).attributes["from"] == "tea@rooms.x"


def test_the_same_message_has_the_same_key() -> None:
    assert message_key("a@x", "1", BEGINNING) == message_key("a@x", "1", BEGINNING.max)
    assert message_key("a@x", "1", BEGINNING) != message_key("b@x", "1", BEGINNING)
    later = BEGINNING + timedelta(seconds=1)
    assert message_key("a@x", "", BEGINNING) != message_key("a@x", "", later)


def test_people_of_other_servers_are_nobody_in_a_group() -> None:
    with pytest.raises(StanzaError, match="forbidden"):
        caller_of(None)
