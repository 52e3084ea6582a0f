"""The library that ``ssl`` itself uses, and no other."""

import _ssl
import ctypes
import ssl
import sys

import pytest

from allmende.transports.openssl import find_call, place_of


def test_the_library_of_ssl_is_asked() -> None:
    version = find_call("OpenSSL_version_num", ctypes.c_ulong)
    assert version is not None
    assert version() == ssl.OPENSSL_VERSION_NUMBER


def test_a_context_is_found_where_it_stands() -> None:
    mode = find_call("SSL_CTX_get_verify_mode", ctypes.c_int, ctypes.c_void_p)
    assert mode is not None
    for wanted, seen in ((ssl.CERT_NONE, 0), (ssl.CERT_OPTIONAL, 1), (ssl.CERT_REQUIRED, 3)):
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.verify_mode = wanted
        assert mode(place_of(context)) == seen


def test_a_call_that_is_not_there_is_not_found() -> None:
    assert find_call("SSL_CTX_no_such_call", None) is None


def test_another_python_is_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys.implementation, "name", "pypy")
    assert find_call("OpenSSL_version_num", ctypes.c_ulong) is None


def test_a_library_that_is_built_in_is_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(_ssl, "__file__")
    assert find_call("OpenSSL_version_num", ctypes.c_ulong) is None
