"""Which elliptic curves a TLS server offers: Mozilla's list, no more.

Python's ``ssl`` can name one group only (``set_ecdh_curve``); a list comes with Python 3.15. Until
then the list is handed to the OpenSSL that ``ssl`` itself uses, by its own documented call.
"""

import ctypes
import ssl
import sys
from typing import Final, Protocol

from allmende.transports.openssl import find_call, place_of

# Mozilla's server side TLS guidelines, "intermediate" and "modern"; the first needs OpenSSL 3.5.
LISTS: Final = ("X25519MLKEM768:X25519:P-256:P-384", "X25519:P-256:P-384")
_SET_GROUPS_LIST: Final = 92  # SSL_CTRL_SET_GROUPS_LIST, openssl/ssl.h
_FIRST_WITH_A_LIST: Final = (3, 15)


class _Control(Protocol):
    """SSL_CTX_ctrl of OpenSSL: context, command, a number, a string; 1 if it was done."""

    def __call__(self, context: ctypes.c_void_p, command: int, number: int, text: bytes) -> int: ...


def restrict_groups(context: ssl.SSLContext) -> bool:
    """Let ``context`` offer Mozilla's groups only; whether that could be done."""
    if sys.version_info >= _FIRST_WITH_A_LIST:
        return _by_name(context)
    control = _control()
    if control is None:
        return False
    place = place_of(context)
    return any(control(place, _SET_GROUPS_LIST, 0, names.encode()) == 1 for names in LISTS)


def _by_name(context: ssl.SSLContext) -> bool:
    set_groups = getattr(context, "set_groups", None)
    for names in LISTS:
        try:
            if set_groups is not None:
                set_groups(names)
                return True
        except ssl.SSLError:
            continue
    return False


def _control() -> _Control | None:
    """Return the call of the library that ``ssl`` is linked with; None if it cannot be found."""
    found: _Control | None = find_call(
        "SSL_CTX_ctrl", ctypes.c_long, ctypes.c_void_p, ctypes.c_int, ctypes.c_long, ctypes.c_char_p
    )
    return found
