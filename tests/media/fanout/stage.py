"""The three fan-outs, and clients that listen to them on loopback."""

import os
import socket
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest

from allmende.media.fanout.c import CFanout
from allmende.media.fanout.choice import choose, srtp_of
from allmende.media.fanout.interface import Crypt, Fanout, FanoutMissing, Member
from allmende.media.fanout.library import load
from allmende.media.fanout.streams import SrtpFanout

NAMES = ("c", "numpy", "python")
KEY = bytes(range(16))
NONCE = bytes(range(16))


LIBRARY = "ALLMENDE_TEST_FANOUT"
"""Names another build of the library (`test_sanitizers`)."""


def fanout(name: str) -> Fanout:
    """Return one of them, or skip the test and say why."""
    try:
        if name == "c" and LIBRARY in os.environ:
            return CFanout(load(Path(os.environ[LIBRARY])))
        return choose(name)
    except FanoutMissing as missing:
        pytest.skip(f"no fan-out {name} here: {missing}")


def srtp() -> SrtpFanout:
    """Return what protects SRTP in C, or skip the test and say why."""
    made = srtp_of(fanout("c"))
    assert made is not None
    return made


def before(nonce: bytes, by: int = 1) -> bytes:
    """Return the counter that stood ``by`` packets earlier."""
    return ((int.from_bytes(nonce, "little") - by) % (1 << 128)).to_bytes(16, "little")


def both_ends(made: Fanout, nonce: bytes = NONCE) -> tuple[Crypt, Crypt]:
    """Return two crypts of which each opens what the other one sends."""
    other = bytes(reversed(nonce))
    return made.crypt(KEY, nonce, other), made.crypt(KEY, other, nonce)


class Client:
    """Somebody with a key of their own who reads what comes."""

    def __init__(self, made: Fanout, index: int, bound: socket.socket) -> None:
        key = index.to_bytes(16, "big")
        self.socket = bound
        self.served_by = made.crypt(key, NONCE, NONCE)
        self._own = made.crypt(key, NONCE, NONCE)

    def member(self, variant: int = 0, local: bytes = b"") -> Member:
        """This client as a group knows it."""
        return Member(self.served_by, self.socket.getsockname(), local, variant)

    def heard(self) -> list[bytes | None]:
        """What came and was not read yet, decrypted."""
        found: list[bytes | None] = []
        while True:
            try:
                found.append(self._own.decrypt(self.socket.recv(2048)))
            except BlockingIOError:
                return found


@contextmanager
def clients(made: Fanout, count: int, host: str = "127.0.0.1") -> Iterator[list[Client]]:
    """``count`` clients with a socket each."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with ExitStack() as stack:
        found = []
        for index in range(count):
            bound = stack.enter_context(socket.socket(family, socket.SOCK_DGRAM))
            bound.setblocking(False)
            bound.bind((host, 0))
            found.append(Client(made, index, bound))
        yield found
