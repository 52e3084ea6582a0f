import _ssl
import ssl
import sys
from pathlib import Path

import pytest

from allmende.transports import groups
from allmende.transports.tls import own_certificate
from tests.transports.test_tls import HandClock, shake


class WithList(ssl.SSLContext):
    """A context of a Python to come; its library knows these names."""

    known: str
    taken: str

    def set_groups(self, names: str) -> None:
        if names != self.known:
            raise ssl.SSLError("no such group")
        self.taken = names


def client(authority: Path, curve: str) -> ssl.SSLContext:
    context = ssl.create_default_context(cafile=authority)
    context.set_ecdh_curve(curve)
    return context


def test_mozillas_curves_are_offered_and_no_others(tmp_path: Path) -> None:
    files = own_certificate(tmp_path, ["example.org"], HandClock())
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.load_cert_chain(files.certificate, files.key)
    assert shake(server, client(files.authority, "secp521r1"), "example.org").version()
    assert groups.restrict_groups(server)
    for good in ("X25519", "prime256v1", "secp384r1"):
        assert shake(server, client(files.authority, good), "example.org").version()
    with pytest.raises(ssl.SSLError):
        shake(server, client(files.authority, "secp521r1"), "example.org")


def test_a_python_that_takes_a_list_is_given_one(monkeypatch: pytest.MonkeyPatch) -> None:
    context = WithList(ssl.PROTOCOL_TLS_SERVER)
    monkeypatch.setattr(sys, "version_info", (3, 15, 0, "final", 0))
    context.known = groups.LISTS[1]
    assert groups.restrict_groups(context)
    assert context.taken == groups.LISTS[1]
    context.known = "another"
    assert not groups.restrict_groups(context)


def test_another_python_is_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys.implementation, "name", "pypy")
    assert not groups.restrict_groups(ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER))


def test_a_library_without_the_call_is_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_ssl, "__file__", "/nowhere.so")
    assert not groups.restrict_groups(ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER))
