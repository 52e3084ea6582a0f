"""Addresses are told as in RFC 8489, 14.2."""

import pytest

from allmende.protocols.stun import attributes as a
from allmende.protocols.stun import binding
from allmende.protocols.stun.address import unxored, xored
from allmende.protocols.stun.attributes import MAGIC, StunMalformed, written
from allmende.protocols.stun.integrity import sealed

PASSWORD = b"VOkJxbRl1RmTxUk/WvJxBt"
TRANSACTION = bytes.fromhex("b7e7a701bc34d686fa87dfae")


@pytest.mark.parametrize(
    ("host", "told"),
    [
        ("192.0.2.7", "192.0.2.7"),
        ("::ffff:192.0.2.7", "192.0.2.7"),
        ("fe80::1%eth0", "fe80::1"),
        ("2001:db8::7", "2001:db8::7"),
    ],
)
def test_a_success_tells_the_address_of_the_sender(host: str, told: str) -> None:
    answer = binding.write_success(TRANSACTION, host, 65535, PASSWORD)
    assert binding.read_success(answer, PASSWORD) == (TRANSACTION, told, 65535)


@pytest.mark.parametrize("value", [b"", bytes(9), b"\x00\x02" + bytes(6), b"\x00\x01" + bytes(18)])
def test_addresses_that_lie_are_refused(value: bytes) -> None:
    body = written(a.XOR_MAPPED_ADDRESS, value)
    datagram = sealed(binding.BINDING_SUCCESS, TRANSACTION, body, PASSWORD, MAGIC)
    with pytest.raises(StunMalformed):
        binding.read_success(datagram, PASSWORD)


def test_what_is_no_address_is_an_error() -> None:
    with pytest.raises(ValueError, match="not appear"):
        xored("example.org", 1, TRANSACTION)


def test_the_address_of_rfc_5769() -> None:
    assert unxored(bytes.fromhex("0001a147e112a643"), TRANSACTION) == ("192.0.2.1", 32853)
