"""Any client certificate is taken, and no connection can be linked to an earlier one."""

import _ssl
import gc
import ssl
from pathlib import Path

import pytest

from allmende.transports import anycert
from allmende.transports.anycert import accept_any, never_resume
from allmende.transports.certificates import Certificates, Use
from allmende.transports.layers import SslLayers
from allmende.transports.openssl import place_of
from allmende.transports.ways import self_signed
from tests.transports.programs import TLS_1_2, TLS_1_3, Program, client, store

ASKS = Use(minimum="1.2", alpn=(), resumes=False, any_client=True)
BOTH = pytest.mark.parametrize("version", [TLS_1_2, TLS_1_3])


@pytest.fixture
def house(tmp_path: Path) -> Certificates:
    return store(tmp_path)


@BOTH
def test_a_certificate_that_its_owner_signed_is_taken(
    house: Certificates, tmp_path: Path, version: ssl.TLSVersion
) -> None:
    who = self_signed()
    layer = SslLayers(house, ASKS).layer()
    gc.collect()
    program = Program(layer, client(tmp_path, who, version=version)).shake()
    assert program.say(b"hello") == b"hello"
    assert layer.certificate == who.der


@BOTH
def test_nobody_needs_one(house: Certificates, tmp_path: Path, version: ssl.TLSVersion) -> None:
    layer = SslLayers(house, ASKS).layer()
    assert Program(layer, client(tmp_path, version=version)).shake().say(b"hello") == b"hello"
    assert layer.certificate is None


@BOTH
def test_an_earlier_session_is_never_taken_up_again(
    house: Certificates, tmp_path: Path, version: ssl.TLSVersion
) -> None:
    context = client(tmp_path, self_signed(), version=version)
    layers, first = SslLayers(house, ASKS), b""
    program = Program(layers.layer(), context).shake()
    program.server.send(b"x")
    program.turn()
    first = program.tls.read(1)
    session = program.tls.session
    program.server.close()
    program.turn()
    again = Program(layers.layer(), context, session=session).shake()
    assert first == b"x"
    assert again.say(b"hello") == b"hello"
    assert not again.tls.session_reused
    assert version is TLS_1_2 or not (session and session.has_ticket)


def test_others_are_still_remembered(house: Certificates, tmp_path: Path) -> None:
    context = client(tmp_path, version=TLS_1_2)
    layers = SslLayers(house, Use(minimum="1.2", alpn=()))
    first = Program(layers.layer(), context).shake()
    assert Program(layers.layer(), context, session=first.tls.session).shake().tls.session_reused


def test_where_the_library_cannot_be_asked_nobody_is_asked(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    monkeypatch.setattr(_ssl, "__file__", "/nowhere.so")
    assert not accept_any(context)
    never_resume(context)
    assert context.verify_mode is ssl.CERT_NONE
    assert context.num_tickets == 0


def test_a_context_that_is_not_where_it_is_looked_for_is_left_alone(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    context, other = (ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER) for _ in range(2))
    found = place_of(other)
    monkeypatch.setattr(anycert, "place_of", lambda _: found)
    assert not accept_any(context)
    assert context.verify_mode is ssl.CERT_NONE
