"""What a voice packet costs for each of 100 receivers, by implementation of the fan-out.

The table of spec voice, 12: µs of CPU per packet and receiver, for encrypting alone (in C: into a
closed socket) and with sending, beside the kernel alone. Run: ``python -m bench.voice.blocks``.
"""

import os
import socket
import statistics
import sys
import time
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from typing import Final

import numpy as np

from allmende.media.fanout.choice import FANOUTS, choose
from allmende.media.fanout.interface import Fanout, FanoutMissing, Member
from allmende.media.fanout.sending import Messages, system_sendmmsg
from allmende.media.fanout.vector import STRIDE, Receivers, VectorFanout
from bench.results import keep

RECEIVERS: Final = 100
PLAIN_BYTES: Final = 86
PACKETS: Final = 100
ROUNDS: Final = 7
GATES: Final[Mapping[str, float]] = {"c": 0.6, "numpy": 0.85}
"""With sending, of what Python alone costs beside it."""
_Work = Callable[[], object]


def cpu_us(work: _Work) -> float:
    """Return µs of CPU per packet and receiver; ``work`` does one packet."""
    began_s = time.process_time()
    for _ in range(PACKETS):
        work()
    return (time.process_time() - began_s) * 1e6 / PACKETS / RECEIVERS


class Stage:
    """100 keys, a socket that sends, and one that takes all and reads nothing."""

    def __init__(self, stack: ExitStack) -> None:
        def open_socket() -> socket.socket:
            return stack.enter_context(socket.socket(socket.AF_INET, socket.SOCK_DGRAM))

        self.sink, self.bound = open_socket(), open_socket()
        self.sink.bind(("127.0.0.1", 0))
        self.plain = os.urandom(PLAIN_BYTES)
        self.to = self.sink.getsockname()
        self.closed = open_socket()

    def kernel(self) -> dict[str, tuple[_Work | None, _Work]]:
        """Sending without encrypting."""
        datagram = bytes(PLAIN_BYTES + 4)
        rows = np.zeros((RECEIVERS, PLAIN_BYTES + 4), np.uint8)
        messages = Messages(system_sendmmsg(), self.bound, [(self.to, b"")] * RECEIVERS, rows)

        def one_by_one() -> None:
            for _ in range(RECEIVERS):
                self.bound.sendto(datagram, self.to)

        return {
            "kernel: sendto": (None, one_by_one),
            "kernel: sendmmsg": (None, lambda: messages.send(0, RECEIVERS, len(datagram))),
        }

    def fanout(self, made: Fanout) -> tuple[_Work, _Work]:
        """Encrypting for all, and sending besides."""
        crypts = [made.crypt(*(os.urandom(16) for _ in range(3))) for _ in range(RECEIVERS)]
        members = [Member(crypt, self.to) for crypt in crypts]
        sending = made.group(self.bound)
        sending.set_members(members)

        def send() -> None:
            if sending.send([self.plain]) != RECEIVERS:
                raise RuntimeError("not all were sent")

        if isinstance(made, VectorFanout):
            others = [made.crypt(*(os.urandom(16) for _ in range(3))) for _ in crypts]
            receivers = Receivers(others, np.zeros((RECEIVERS, STRIDE), np.uint8))
            return lambda: receivers.seal(self.plain), send
        if made.name == "python":
            return lambda: [crypt.encrypt(self.plain) for crypt in crypts], send
        refusing = made.group(self.closed)
        refusing.set_members(members)
        return lambda: refusing.send([self.plain]), send


def measure() -> dict[str, dict[str, float]]:
    """Return medians of ROUNDS rounds, all in turn."""
    with ExitStack() as stack:
        stage = Stage(stack)
        works: dict[str, tuple[_Work | None, _Work]] = stage.kernel()
        for name in FANOUTS:
            try:
                works[name] = stage.fanout(choose(name))
            except FanoutMissing as missing:
                print(f"{name}: not measured, {missing}")
        os.close(stage.closed.fileno())
        stage.closed.detach()
        taken: dict[str, tuple[list[float], list[float]]] = {name: ([], []) for name in works}
        for _ in range(ROUNDS):
            for name, (encrypt, send) in works.items():
                if encrypt is not None:
                    taken[name][0].append(cpu_us(encrypt))
                taken[name][1].append(cpu_us(send))
    return {
        name: {
            **({"encrypt_us": statistics.median(encrypted)} if encrypted else {}),
            "with_send_us": statistics.median(sent),
        }
        for name, (encrypted, sent) in taken.items()
    }


def main() -> int:
    """Measure, print, keep; 1 if a gate is missed."""
    found = measure()
    print(f"{PLAIN_BYTES} bytes, {RECEIVERS} receivers, µs per packet and receiver")
    print(f"{'':20} {'encrypt':>8} {'with send':>10}")
    for name, values in found.items():
        encrypt = f"{values['encrypt_us']:8.2f}" if "encrypt_us" in values else f"{'-':>8}"
        print(f"{name:20} {encrypt} {values['with_send_us']:10.2f}")
    python = found["python"]["with_send_us"]
    ratios = {name: found[name]["with_send_us"] / python for name in GATES if name in found}
    missed = [name for name, ratio in ratios.items() if ratio > GATES[name]]
    keep("voice-blocks", {"us": found, "ratio_to_python": ratios}, "cryptography", "numpy")
    print(*(f"{name}: gate missed" for name in missed), sep="\n")
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
