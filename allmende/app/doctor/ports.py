"""Ports of our own: free before the start, answering after it."""

import socket
from typing import Final

from allmende.app.doctor.situation import Situation
from allmende.config.places import EVERYWHERE
from allmende.transports.asgi import CannotListen, open_sockets

_WAIT_S: Final = 2.0


def answers(here: Situation, port: int) -> bool:
    """Return whether somebody answers there, where calls come in."""
    place = here.places.media[0]
    try:
        socket.create_connection(
            ("127.0.0.1" if place in EVERYWHERE else place, port), _WAIT_S
        ).close()
    except OSError:
        return False
    return True


def is_free(here: Situation, port: int) -> bool:
    """Return whether we could listen there."""
    try:
        for sock in open_sockets(here.places.media, port):
            sock.close()
    except CannotListen:
        return False
    return True
