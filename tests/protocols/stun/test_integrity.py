"""What is not proven does not count (RFC 8489, 14.5)."""

import pytest

from allmende.protocols.stun import attributes as a
from allmende.protocols.stun import binding, integrity
from allmende.protocols.stun.attributes import MAGIC, StunMalformed, written
from allmende.protocols.stun.integrity import StunForged, sealed

PASSWORD = b"VOkJxbRl1RmTxUk/WvJxBt"
TRANSACTION = bytes.fromhex("b7e7a701bc34d686fa87dfae")
NAME = written(a.USERNAME, b"a:b")


def test_what_stands_behind_the_integrity_does_not_count() -> None:
    honest = sealed(binding.BINDING_REQUEST, TRANSACTION, NAME, PASSWORD, MAGIC)[:-8]
    grown = honest + written(a.USE_CANDIDATE) + written(a.MESSAGE_INTEGRITY, bytes(20))
    datagram = grown[:2] + (len(grown) - 20).to_bytes(2, "big") + grown[4:]
    assert not binding.read_request(datagram, PASSWORD).use_candidate


def test_integrity_is_compared_whole() -> None:
    found = a.Attribute(a.MESSAGE_INTEGRITY, bytes(20), 20)
    with pytest.raises(StunForged):
        integrity.require_integrity(bytes(20), found, PASSWORD)


def test_a_fingerprint_stands_last() -> None:
    datagram = sealed(binding.BINDING_REQUEST, TRANSACTION, NAME, PASSWORD, MAGIC)
    last = a.Attribute(a.FINGERPRINT, datagram[-4:], len(datagram) - 8)
    integrity.require_fingerprint(datagram, last)
    with pytest.raises(StunMalformed):
        integrity.require_fingerprint(datagram, last._replace(offset=20))
    with pytest.raises(StunMalformed):
        integrity.require_fingerprint(datagram, last._replace(value=bytes(4)))
