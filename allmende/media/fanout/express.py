"""Sound that simply goes on, in C (`_express.c`): one call for what a socket has to say."""

import ctypes
import socket
from collections.abc import Sequence
from ctypes import c_void_p
from typing import Final

from allmende.media.fanout.addresses import Remote, sockaddr
from allmende.media.fanout.c import CCrypt, CGroup
from allmende.media.fanout.interface import Crypt, Group
from allmende.media.fanout.run import HEAD_BYTES, MAX_GROUPS, Run

MAX_RUNS: Final = 32


class Express:
    """The talkers of one socket that C may go on with.

    Who may talk, and to whom, Python decides: it lets a talker run after it took a packet of the
    spurt itself, and that holds until the next change of anything.
    """

    __slots__ = ("_at", "_bound", "_call", "_count", "_fd", "_places", "_runs")

    def __init__(self, library: ctypes.CDLL, bound: socket.socket) -> None:
        self._call = library.fanout_express
        self._bound = bound
        self._fd = bound.fileno()
        self._places = (c_void_p * MAX_RUNS)()
        self._at = ctypes.addressof(self._places)
        self._count = 0
        # What C is pointed at lives as long as it is.
        self._runs: list[tuple[Run, Crypt, Sequence[Group]]] = []

    def run(
        self, run: Run, crypt: Crypt, remote: Remote, groups: Sequence[Group],
        heads: Sequence[bytes], changes: int,
    ) -> bool:  # fmt: skip
        """Let C take packets of ``run`` from ``remote``; False: that cannot be.

        ``heads``: what packets to clients begin with, by their form; b"": nobody reads that.
        """
        running = [row for row in self._runs if row[0].opened == changes and row[0] is not run]
        self._list(running)
        if len(running) == MAX_RUNS or len(groups) > MAX_GROUPS or not isinstance(crypt, CCrypt):
            return False
        run.crypt = crypt.at
        for place in range(MAX_GROUPS):
            group = groups[place] if place < len(groups) else None
            if group is not None and not isinstance(group, CGroup):
                return False
            run.groups[place] = group.at if group is not None else None
        ctypes.memset(run.address, 0, ctypes.sizeof(run.address))
        address = sockaddr(self._bound.family, remote)
        ctypes.memmove(run.address, address, len(address))
        for form, head in enumerate(heads):
            ctypes.memmove(run.heads[form], head.ljust(HEAD_BYTES, b"\0"), HEAD_BYTES)
            run.head_bytes[form] = len(head)
        self._list([*running, (run, crypt, tuple(groups))])
        return True

    def go_on(self, changes: int, now_s: float) -> bool:
        """Take what simply goes on; False: nothing is left, for now.

        True: Python is to read the next datagram, if there is one.
        """
        if not self._count:
            return True
        waiting: int = self._call(self._fd, self._at, self._count, changes, now_s)
        return waiting != 0

    def _list(self, runs: list[tuple[Run, Crypt, Sequence[Group]]]) -> None:
        self._runs = runs
        self._count = len(runs)
        for place, (run, _, _) in enumerate(runs):
            self._places[place] = ctypes.addressof(run)
