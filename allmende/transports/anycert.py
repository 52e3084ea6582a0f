"""Taking any client certificate, also one that its owner signed: ``ssl`` has no mode for that.

The handshake still proves that the client has the key (RFC 8446, 4.4.3; RFC 5246, 7.4.8). Who
issued the certificate is not asked: whoever uses it compares it with the ones it knows.
"""

import ctypes
import ssl
from typing import Final

from allmende.transports.openssl import find_call, place_of

_VERIFY_PEER: Final = 1  # SSL_VERIFY_PEER, openssl/ssl.h
_SET_SESSION_CACHE_MODE: Final = 44  # SSL_CTRL_SET_SESS_CACHE_MODE
_CACHE_OFF: Final = 0  # SSL_SESS_CACHE_OFF
_Verdict: Final = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_void_p, ctypes.c_void_p)


def _accept(_store: int | None, _argument: int | None) -> int:
    return 1


# OpenSSL keeps its address: it lives as long as the process.
_ACCEPT: Final = _Verdict(_accept)


def accept_any(context: ssl.SSLContext) -> bool:
    """Let ``context`` ask for a client certificate and take whatever comes.

    Returns whether that could be done. If not, nobody is asked. The chain is not looked at, so a
    long one costs nothing and one that cannot be checked is no error.
    """
    set_verdict = find_call(
        "SSL_CTX_set_cert_verify_callback", None, ctypes.c_void_p, _Verdict, ctypes.c_void_p
    )
    verify_mode = find_call("SSL_CTX_get_verify_mode", ctypes.c_int, ctypes.c_void_p)
    if set_verdict is None or verify_mode is None:
        return False
    context.verify_mode = ssl.CERT_OPTIONAL
    place = place_of(context)
    if verify_mode(place) != _VERIFY_PEER:
        context.verify_mode = ssl.CERT_NONE
        return False
    set_verdict(place, _ACCEPT, None)
    return True


def never_resume(context: ssl.SSLContext) -> None:
    """Give out no session tickets and keep no sessions: each connection proves itself anew.

    Nobody on the way can see that two connections are of the same client.
    """
    context.options |= ssl.OP_NO_TICKET
    context.num_tickets = 0
    control = find_call(
        "SSL_CTX_ctrl", ctypes.c_long, ctypes.c_void_p, ctypes.c_int, ctypes.c_long, ctypes.c_void_p
    )
    if control is not None:
        control(place_of(context), _SET_SESSION_CACHE_MODE, _CACHE_OFF, None)
