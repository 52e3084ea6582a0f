"""Calls of the OpenSSL that Python's ``ssl`` itself is linked with, for what ``ssl`` lacks."""

import _ssl
import ctypes
import ssl
import sys
from typing import Any


def find_call(name: str, answer: Any, *arguments: Any) -> Any | None:
    """Return a call of that library with its types; None if it cannot be found here.

    Never that of another OpenSSL in this process: its structures may look otherwise.
    """
    file = getattr(_ssl, "__file__", None)
    if sys.implementation.name != "cpython" or file is None:
        return None
    try:
        found = getattr(ctypes.CDLL(file), name)
    except (OSError, AttributeError):
        return None
    found.argtypes = arguments
    found.restype = answer
    return found


def place_of(context: ssl.SSLContext) -> ctypes.c_void_p:
    """Return the ``SSL_CTX*`` of a context.

    The object begins with Python's own head, then the SSL_CTX (Modules/_ssl.h, 3.11 to 3.14).
    """
    return ctypes.c_void_p.from_address(id(context) + object.__basicsize__)
