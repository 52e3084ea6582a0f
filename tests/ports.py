"""Ports for tests whose server and client have to know the number before."""

import socket
from random import SystemRandom

FIRST, LAST = 20_000, 32_000
"""Below what the kernel gives to outgoing connections: one of those may take a number that was
free a moment ago."""


def free_port() -> int:
    """Return a number that nobody uses, by TCP or UDP, on any address."""
    chance = SystemRandom()
    for _ in range(100):
        port = chance.randrange(FIRST, LAST)
        try:
            with (
                socket.create_server(("", port), reuse_port=False),
                socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as udp,
            ):
                udp.bind(("", port))
                return port
        except OSError:
            continue
    raise AssertionError("no free port")
