"""Which fan-out runs here."""

import socket
from collections.abc import Callable, Mapping
from importlib import import_module
from typing import Final

from allmende.media.fanout.c import CFanout
from allmende.media.fanout.express import Express
from allmende.media.fanout.interface import Fanout, FanoutMissing
from allmende.media.fanout.library import load
from allmende.media.fanout.python import PythonFanout
from allmende.media.fanout.streams import SrtpFanout

AUTO: Final = "auto"


def _in_c() -> Fanout:
    return CFanout(load())


def _with_numpy() -> Fanout:
    # Not imported above: it is optional, and takes 25 MB that C does without.
    try:
        fanout: Fanout = import_module("allmende.media.fanout.vector").VectorFanout()
    except ImportError as problem:
        raise FanoutMissing("numpy is not installed: pip install allmende[numpy]") from problem
    return fanout


FANOUTS: Final[Mapping[str, Callable[[], Fanout]]] = {
    "c": _in_c,
    "numpy": _with_numpy,
    "python": PythonFanout,
}
"""The fastest first."""


def choose(wanted: str = AUTO, made_by: Mapping[str, Callable[[], Fanout]] = FANOUTS) -> Fanout:
    """Return the fan-out ``wanted``; auto: the fastest that is there.

    Raises FanoutMissing where a named one is not there.
    """
    if wanted != AUTO:
        if wanted not in made_by:
            raise FanoutMissing(f"there is no fan-out {wanted}")
        return made_by[wanted]()
    for make in made_by.values():
        try:
            return make()
        except FanoutMissing:
            continue
    raise FanoutMissing("not even that of Python")


def express_of(fanout: Fanout, bound: socket.socket) -> Express | None:
    """Return what takes sound that simply goes on; None: all of it is taken in Python."""
    return Express(fanout.library, bound) if isinstance(fanout, CFanout) else None


def srtp_of(fanout: Fanout) -> SrtpFanout | None:
    """Return what protects video and sound for browsers besides; None: pylibsrtp does."""
    return SrtpFanout(fanout.library) if isinstance(fanout, CFanout) else None
