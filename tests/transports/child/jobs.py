"""Jobs for children: a good one, and each kind of bad one."""

import os
import socket
import sys
from collections.abc import Callable


def prepare() -> None:
    """Nothing is needed."""


def work(payload: bytes) -> bytes:
    """Do what the first word says."""
    word, _, rest = payload.partition(b" ")
    works: dict[bytes, Callable[[], bytes]] = {
        b"turn": lambda: rest[::-1],
        b"open": lambda: _tried(lambda: open(sys.executable, "rb").close()),
        b"socket": lambda: _tried(lambda: socket.socket().close()),
        b"pipe": lambda: _tried(lambda: os.close(os.pipe()[0])),
        b"memory": lambda: bytes(len(bytearray(1 << 30))),
        b"bug": lambda: bytes([1 // 0]),
        b"endless": _endless,
        b"die": lambda: os._exit(3),
    }
    return works[word]()


def _tried(attempt: Callable[[], None]) -> bytes:
    try:
        attempt()
    except OSError as refused:
        return str(refused.errno).encode()
    return b"allowed"


def _endless() -> bytes:
    while True:
        pass
