"""Tells systemd how the service is: one datagram to the socket it named (sd_notify(3))."""

import socket
from collections.abc import Mapping
from typing import Final

READY: Final = "READY=1"
STOPPING: Final = "STOPPING=1"
_VARIABLE: Final = "NOTIFY_SOCKET"


def tell_systemd(state: str, environ: Mapping[str, str]) -> bool:
    """Send ``state``; whether somebody listens. Without systemd nothing happens."""
    address = environ.get(_VARIABLE, "")
    if not address.startswith(("/", "@")):
        return False
    # A name that begins with @ is abstract: the first byte of the address is a zero (unix(7)).
    target = "\0" + address[1:] if address.startswith("@") else address
    try:
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC) as sock:
            sock.connect(target)
            sock.send(state.encode())
    except OSError:
        return False
    return True
