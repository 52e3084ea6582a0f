"""Messages between main and workers are told apart by their name."""

import msgspec

from allmende.media.message import Message


class Knock(Message, frozen=True, kw_only=True):
    id: int


class Bell(Message, frozen=True, kw_only=True):
    id: int


def test_a_message_carries_its_name() -> None:
    decoder = msgspec.msgpack.Decoder(Knock | Bell)
    for message in (Knock(id=1), Bell(id=1)):
        assert decoder.decode(msgspec.msgpack.encode(message)) == message
