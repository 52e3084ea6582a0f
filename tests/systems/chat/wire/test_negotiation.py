"""Before anybody is signed in: the rest of it is told in test_client."""

from allmende.protocols.xml.tree import write
from allmende.systems.chat.wire.negotiation import AFTER_BYTES, BEFORE_BYTES, limits


def test_strangers_may_say_less_than_those_who_signed_in() -> None:
    assert BEFORE_BYTES < AFTER_BYTES
    assert write(limits(BEFORE_BYTES)) == (
        b"<limits xmlns='urn:xmpp:stream-limits:0'><max-bytes>10000</max-bytes></limits>"
    )
