"""The names in certificates."""

import asyncio
from collections.abc import Sequence
from datetime import datetime

import pytest
from cryptography import x509

from allmende.protocols.xmpp.service_names import Presented
from allmende.systems.chat.wire.servers.certificates import look, presented
from allmende.transports.trust import Doubt
from allmende.transports.ways import self_signed
from tests.systems.chat.wire.servers.town import NOON

SERVICE = "1.3.6.1.5.5.7.8.7"
ADDRESS = "1.3.6.1.5.5.7.8.5"


def other(kind: str, value: bytes) -> x509.OtherName:
    return x509.OtherName(x509.ObjectIdentifier(kind), value)


def leaf(*names: x509.GeneralName) -> bytes:
    return self_signed("x", x509.SubjectAlternativeName(list(names))).der


class Believing:
    def __init__(self, doubt: Doubt = Doubt.NONE) -> None:
        self._doubt = doubt

    def doubt(self, chain: Sequence[bytes], now: datetime) -> Doubt:
        return self._doubt


def test_all_three_kinds_are_read() -> None:
    found = presented(
        leaf(
            x509.DNSName("a.example"),
            other(SERVICE, b"\x16\x16_xmpp-server.b.example"),
            other(ADDRESS, b"\x0c\x09c.example"),
        )
    )
    assert found == Presented(
        hosts=frozenset({"a.example"}),
        services=frozenset({"_xmpp-server.b.example"}),
        addresses=frozenset({"c.example"}),
    )


@pytest.mark.parametrize(
    "value",
    [b"\x16\x03abc", b"\x0c\x81\x80" + b"a" * 128, b"\x0c\x01\xff"],
)
def test_what_cannot_be_read_names_nobody(value: bytes) -> None:
    assert presented(leaf(other(ADDRESS, value))) == Presented()


def test_a_common_name_is_no_name() -> None:
    assert presented(self_signed("a.example").der) == Presented()
    assert presented(b"nonsense") == Presented()
    assert presented(leaf(other("1.2.3", b"\x0c\x09c.example"))) == Presented()


def test_a_certificate_proves_its_names_if_it_is_believed() -> None:
    chain = [leaf(x509.DNSName("a.example"))]
    shown = asyncio.run(look(Believing(), chain, NOON))
    assert shown.proves("a.example")
    assert not shown.proves("b.example")
    shown = asyncio.run(look(Believing(Doubt.EXPIRED), chain, NOON))
    assert not shown.proves("a.example")
    assert shown.doubt is Doubt.EXPIRED
