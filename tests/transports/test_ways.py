"""What is found at the start: which way takes client certificates here."""

import logging
from pathlib import Path

import pytest

from allmende.transports import ways
from allmende.transports.certificates import Certificates, Use
from allmende.transports.layers import Layer, OpenSslLayers, SslLayers, TlsFailed
from allmende.transports.ways import SENTENCES, Way, choose_layers, self_signed, takes_any
from tests.transports.programs import TLS_1_2, Program, client, store


@pytest.fixture
def house(tmp_path: Path) -> Certificates:
    return store(tmp_path)


class Deaf:
    """Makes layers that never get ready."""

    ready = False
    ended = False
    certificate = None
    chain = ()

    def layer(self) -> Layer:
        return self

    def receive(self, data: bytes) -> bytes:
        raise TlsFailed

    def send(self, data: bytes) -> None:
        raise AssertionError

    def outgoing(self) -> bytes:
        return b""

    def close(self) -> None:
        raise AssertionError


def test_ssl_takes_them_here(house: Certificates) -> None:
    chosen = choose_layers(house, "1.2")
    assert chosen.way is Way.SSL
    assert chosen.sentence == "Client certificates are taken by Python's ssl."


def test_pyopenssl_takes_them_where_ssl_cannot(
    house: Certificates, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr("allmende.transports.tls.accept_any", lambda _: False)
    chosen = choose_layers(house, "1.2")
    layer, who = chosen.layers.layer(), self_signed()
    Program(layer, client(tmp_path, who)).shake()
    assert chosen.way is Way.PYOPENSSL
    assert layer.certificate == who.der


def test_where_neither_can_people_still_get_in(
    house: Certificates,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    caplog: pytest.LogCaptureFixture,
) -> None:
    monkeypatch.setattr("allmende.transports.tls.accept_any", lambda _: False)
    monkeypatch.setattr(ways, "OpenSslLayers", lambda *_: Deaf())
    with caplog.at_level(logging.WARNING):
        chosen = choose_layers(house, "1.2")
    layer = chosen.layers.layer()
    program = Program(layer, client(tmp_path, self_signed())).shake()
    assert chosen.way is Way.OFF
    assert program.say(b"hello") == b"hello"
    assert layer.certificate is None
    assert caplog.messages == [SENTENCES[Way.OFF]]


def test_the_oldest_version_is_the_one_that_was_asked_for(house: Certificates) -> None:
    old = SslLayers(house, Use("1.2", (), resumes=False, any_client=True))
    new = SslLayers(house, Use("1.3", (), resumes=False, any_client=True))
    assert takes_any(old, "1.2")
    assert takes_any(new, "1.3")
    assert not takes_any(new, "1.2")
    assert not takes_any(OpenSslLayers(house, "1.3"), "1.2")
    assert choose_layers(house, "1.3").way is Way.SSL


def test_who_asks_nobody_fails_the_test(house: Certificates) -> None:
    assert not takes_any(SslLayers(house, Use("1.2", (), resumes=False)), "1.2")
    assert not takes_any(Deaf(), "1.2")


def test_tickets_of_pyopenssl_open_nothing(house: Certificates, tmp_path: Path) -> None:
    layers, context = OpenSslLayers(house, "1.2"), client(tmp_path, self_signed(), version=TLS_1_2)
    first = Program(layers.layer(), context).shake()
    again = Program(layers.layer(), context, session=first.tls.session).shake()
    assert not again.tls.session_reused
