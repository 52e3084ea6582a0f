"""DTLS alone: records, datagrams, certificates. Whole handshakes are in test_connection."""

import re

import pytest
from OpenSSL import SSL

from allmende.media.webrtc import dtls
from tests.media.webrtc.peer import client_context


def test_records_are_packed_into_datagrams_whole() -> None:
    def record(size: int) -> bytes:
        return b"\x16\xfe\xfd" + bytes(8) + size.to_bytes(2, "big") + bytes(size)

    sizes = [500, 500, 300, 1300, 5]
    records = [record(size) for size in sizes]
    packed = dtls.datagrams_of(b"".join(records))
    assert packed == [records[0] + records[1], records[2], records[3], records[4]]
    assert dtls.datagrams_of(b"short") == []


def test_each_start_has_its_own_certificate() -> None:
    first, second = dtls.make_certificate(), dtls.make_certificate()
    assert first.fingerprint != second.fingerprint
    assert re.fullmatch("([0-9A-F]{2}:){31}[0-9A-F]{2}", first.fingerprint)


def test_datagrams_do_not_exceed_the_mtu() -> None:
    context, fingerprint = client_context()
    client = SSL.Connection(context, None)
    client.set_connect_state()
    with pytest.raises(SSL.WantReadError):
        client.do_handshake()
    server = dtls.DtlsServer(dtls.make_certificate(), fingerprint)
    assert server.receive(client.bio_read(65536)) == []
    flight = server.outgoing()
    assert flight
    assert max(len(datagram) for datagram in flight) <= dtls.MTU_BYTES
    server.tick()
    assert server.outgoing() == []
    server.say_goodbye()
    server.send(b"too early: dropped")
