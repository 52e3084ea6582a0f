"""Two implementations of TLS without input and output, the same tests for both."""

import ssl
from collections.abc import Callable
from pathlib import Path

import pytest
from cryptography import x509

from allmende.transports.certificates import Certificates, Use
from allmende.transports.layers import (
    MAX_CERTIFICATE_BYTES,
    Layers,
    OpenSslLayers,
    SslLayers,
    TlsFailed,
)
from allmende.transports.tls import CertificateRefused, own_certificate
from allmende.transports.ways import self_signed
from tests.transports.programs import TLS_1_2, TLS_1_3, Program, client, store
from tests.transports.test_tls import HandClock

Make = Callable[[Certificates], Layers]


def by_ssl(certificates: Certificates) -> Layers:
    return SslLayers(certificates, Use("1.2", (), resumes=False, any_client=True))


def by_pyopenssl(certificates: Certificates) -> Layers:
    return OpenSslLayers(certificates, "1.2")


pytestmark = pytest.mark.parametrize("make", [by_ssl, by_pyopenssl])


@pytest.mark.parametrize("version", [TLS_1_2, TLS_1_3])
def test_what_is_said_arrives_both_ways(
    make: Make, version: ssl.TLSVersion, tmp_path: Path
) -> None:
    layer = make(store(tmp_path)).layer()
    program, before = Program(layer, client(tmp_path, version=version)), layer.ready
    program.shake()
    assert (before, layer.ready) == (False, True)
    assert program.say(b"a" * 100_000) == b"a" * 100_000
    layer.send(b"b" * 40_000)
    program.turn()
    heard = b""
    while len(heard) < 40_000:
        heard += program.tls.read(65536)
    assert heard == b"b" * 40_000
    assert program.tls.version() == {TLS_1_2: "TLSv1.2", TLS_1_3: "TLSv1.3"}[version]


def test_the_certificate_of_a_client_is_seen_as_it_is(make: Make, tmp_path: Path) -> None:
    layers, who = make(store(tmp_path)), self_signed("mara")
    shown, silent = layers.layer(), layers.layer()
    Program(shown, client(tmp_path, who)).shake()
    Program(silent, client(tmp_path)).shake()
    assert shown.certificate == who.der
    assert silent.certificate is None


def test_one_that_is_too_large_is_as_good_as_none(make: Make, tmp_path: Path) -> None:
    note = x509.UnrecognizedExtension(x509.ObjectIdentifier("1.2.3.4"), b"x" * 20_000)
    who = self_signed("mara", note)
    assert len(who.der) > MAX_CERTIFICATE_BYTES
    layer = make(store(tmp_path)).layer()
    assert Program(layer, client(tmp_path, who)).shake().say(b"hello") == b"hello"
    assert layer.certificate is None


def test_the_name_decides_which_certificate_is_shown(make: Make, tmp_path: Path) -> None:
    layers = make(store(tmp_path, "one.example", "two.example"))
    for name in ("one.example", "two.example"):
        context = client(tmp_path, name=name)
        assert Program(layers.layer(), context, name).shake().say(b"hello") == b"hello"
    stranger = Program(layers.layer(), client(tmp_path, name="one.example"), "three.example")
    with pytest.raises(ssl.SSLCertVerificationError, match="Hostname mismatch"):
        stranger.shake()


def test_new_certificates_are_shown_from_now_on(make: Make, tmp_path: Path) -> None:
    house = store(tmp_path, "one.example", "two.example")
    layers = make(house)
    old = Program(layers.layer(), client(tmp_path, name="two.example"), "two.example").shake()
    new = own_certificate(tmp_path / "new", ["two.example"], HandClock())
    house.put(["two.example"], new.certificate, new.key)
    context = client(tmp_path, name="new")
    assert Program(layers.layer(), context, "two.example").shake().say(b"hello") == b"hello"
    assert old.say(b"still here") == b"still here"


def test_files_that_went_bad_change_nothing(make: Make, tmp_path: Path) -> None:
    house = store(tmp_path)
    layers = make(house)
    (tmp_path / "example.org" / "server.key").write_text("nonsense")
    with pytest.raises(CertificateRefused):
        house.reload()
    assert Program(layers.layer(), client(tmp_path)).shake().say(b"hello") == b"hello"


def test_who_does_not_speak_tls_is_told_so(make: Make, tmp_path: Path) -> None:
    layer = make(store(tmp_path)).layer()
    with pytest.raises(TlsFailed):
        layer.receive(b"GET / HTTP/1.1\r\n\r\n")
    old = make(store(tmp_path)).layer()
    with pytest.raises(TlsFailed):
        old.receive(bytes.fromhex("16030100050100000100"))
    assert old.outgoing()[:1] == b"\x15"


def test_a_record_that_was_changed_on_the_way_ends_it(make: Make, tmp_path: Path) -> None:
    program = Program(make(store(tmp_path)).layer(), client(tmp_path)).shake()
    program.tls.write(b"hello")
    sent = bytearray(program._outgoing.read())
    sent[-1] ^= 1
    with pytest.raises(TlsFailed):
        program.server.receive(bytes(sent))


def test_both_ends_can_say_that_it_is_over(make: Make, tmp_path: Path) -> None:
    layers = make(store(tmp_path))
    program = Program(layers.layer(), client(tmp_path)).shake()
    program.tls.write(b"last words")
    with pytest.raises(ssl.SSLWantReadError):
        program.tls.unwrap()
    program.turn()
    assert (program.heard, program.server.ended) == (b"last words", True)
    other = Program(layers.layer(), client(tmp_path)).shake()
    other.server.close()
    other.turn()
    assert other.tls.read(1) == b""


def test_one_that_never_began_can_be_closed(make: Make, tmp_path: Path) -> None:
    layer = make(store(tmp_path)).layer()
    layer.close()
    assert layer.certificate is None
