"""CPU per forwarded packet of the whole path, as a ratio to what Python cannot avoid.

Gates (spec meet, 18): Python alone at fan-out 5 at most 4 b, at 20 at most 3 b; with the fan-out
in C at most 1.1 b and 0.9 b, where b is the CPU of one pylibsrtp protect (AES-128-GCM) and one
sendto, measured in turn with ours. Ours starts from the encrypted packet of the sender:
unprotect, parse, layer filter, VP8 rewrite, protect, send, cache, feedback. The four packets of a
frame come in one turn, and with C they leave together. At fan-out 20 C forwards at least three
times as many packets per second of CPU as Python does, measured in turn, too; at 5 it is two, for
there half of the cost is what Python does once for a packet that comes in.
Run: ``python -m bench.meet.fanout``.
"""

import gc
import itertools
import json
import os
import platform
import socket
import statistics
import struct
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from functools import partial
from importlib.metadata import version
from pathlib import Path
from typing import Final

from pylibsrtp import Policy, Session

from allmende.media import control
from allmende.media.control import Codec, Done, Extension, Refused, Report
from allmende.media.fanout.choice import choose, srtp_of
from allmende.media.fanout.interface import FanoutMissing
from allmende.media.fanout.streams import Queue, SrtpFanout, SrtpLeg
from allmende.media.rooms import Rooms
from allmende.media.webrtc.transport import LegEvents
from allmende.protocols.rtp.extensions import (
    MID_URI,
    TRANSPORT_NUMBER_URI,
    write_extensions,
)
from allmende.protocols.rtp.packet import write_packet

PACKET_BYTES: Final = 1112
PACKETS: Final = 4000
PER_FRAME: Final = 4
WARM_UP: Final = 1500
"""Three seconds: what is kept for retransmission has its full size then."""
ROUNDS: Final = 5
GATES: Final[Mapping[str, Mapping[int, float | None]]] = {
    "python": {1: None, 5: 4.0, 20: 3.0},
    "c": {1: None, 5: 1.1, 20: 0.9},
}
FAN_OUTS: Final = (1, 5, 20)
TIMES_PYTHON: Final = {"5": 2.0, "20": 3.0}
RESULTS: Final = Path(__file__).parents[1] / "results" / "meet_fanout.json"

VIDEO: Final = (Codec(96, "vp8", 90_000), Codec(97, "rtx", 90_000, apt=96))
EXTENSIONS: Final = (Extension(1, MID_URI), Extension(3, TRANSPORT_NUMBER_URI))


def policy(key: bytes, *, inbound: bool = False) -> Policy:
    """The transport's own settings: any SSRC, GCM, window 1024."""
    made = Policy(
        key=key,
        ssrc_type=Policy.SSRC_ANY_INBOUND if inbound else Policy.SSRC_ANY_OUTBOUND,
        srtp_profile=Policy.SRTP_PROFILE_AEAD_AES_128_GCM,
    )
    made.window_size = 1024
    return made


class BenchTransport:
    """The least that a transport does: protect, and send to a socket on loopback."""

    local_ufrag = "ufrag"
    local_pwd = ""

    def __init__(
        self,
        udp: socket.socket,
        to: tuple[str, int],
        fanout: SrtpFanout | None,
        queue: Queue | None,
    ) -> None:
        self._udp = udp
        self._to = to
        self._session = Session(policy(os.urandom(28)))
        self.fan: SrtpLeg | None = None
        if fanout is not None:
            self.fan = fanout.leg(os.urandom(16), os.urandom(12))
            self.fan.leave_by(queue, to)
        self.sent = 0

    def set_remote(
        self, fingerprint: str, ufrag: str, sctp_port: int, max_message_bytes: int
    ) -> None:
        """Nothing to do."""

    def restart_ice(self) -> tuple[str, str]:
        """Nothing to do."""
        return self.local_ufrag, self.local_pwd

    def protect_rtp(self, packet: bytes) -> bytes:
        """As the real one."""
        protected: bytes = self._session.protect(packet)
        return protected

    def send_protected(self, packet: bytes, *, video: bool) -> None:
        """As the real one without TCP."""
        self._udp.sendto(packet, self._to)
        self.sent += 1

    def send_rtcp(self, packet: bytes) -> None:
        """As the real one."""
        self._udp.sendto(self._session.protect_rtcp(packet), self._to)

    def send_data(self, payload: bytes, *, reliable: bool) -> None:
        """Nothing to do."""

    def close(self) -> None:
        """Nothing to do."""


def video_packets() -> Iterator[bytes]:
    """Packets of one sender: one key frame, then frames of PER_FRAME packets, L1T3."""
    frame_bytes = PACKET_BYTES - 12 - 12 - 6
    for index in itertools.count():
        frame, place = divmod(index, PER_FRAME)
        temporal = (0, 2, 1, 2)[frame % 4]
        descriptor = struct.pack(
            "!BBHBB",
            0x90 if place == 0 else 0x80,
            0xE0,
            0x8000 | frame & 0x7FFF,
            frame // 4 & 0xFF,
            temporal << 6 | 0x20,
        )
        first = b"\0" if frame == 0 else b"\1"
        block = write_extensions([(1, b"7"), (3, struct.pack("!H", index & 0xFFFF))])
        yield write_packet(
            96,
            index,
            frame * 3000,
            0xABCD,
            descriptor + first + bytes(frame_bytes - 1),
            marker=place == PER_FRAME - 1,
            extensions=block,
        )


class Call:
    """One sender and ``fan_out`` receivers in a room of real `Rooms`."""

    def __init__(
        self, fan_out: int, udp: socket.socket, to: tuple[str, int], fanout: SrtpFanout | None
    ) -> None:
        self.now_s = 1000.0
        self._fanout = fanout
        self._queue = fanout.queue(udp) if fanout is not None else None
        self._events: list[LegEvents] = []
        self._transports: list[BenchTransport] = []
        self._udp, self._to = udp, to
        self._rooms = Rooms(self._open, "AA", self._reported, lambda: self.now_s)
        key = os.urandom(28)
        self._sender = Session(policy(key))
        self._unprotect = Session(policy(key, inbound=True)).unprotect
        self._packets = video_packets()
        self._build(fan_out)

    def _open(self, events: LegEvents) -> BenchTransport:
        transport = BenchTransport(self._udp, self._to, self._fanout, self._queue)
        self._events.append(events)
        self._transports.append(transport)
        return transport

    def _reported(self, report: Report) -> None:
        """Nobody listens."""

    def _do(self, command: control.Command) -> None:
        answer: Done | Refused = self._rooms.carry_out(command)
        if isinstance(answer, Refused):
            raise RuntimeError(answer.why)

    def _build(self, fan_out: int) -> None:
        rights = control.LegRights(sources=("camera",))
        self._do(control.OpenRoom(id=1, room="R"))
        for index in range(fan_out + 1):
            leg = f"PA_{index}"
            self._do(control.OpenLeg(id=1, leg=leg, room="R", identity=leg, rights=rights))
            self._events[index].transport_up("GCM")
        self._do(
            control.AddUp(
                id=1,
                leg="PA_0",
                up="TR",
                mid="7",
                kind="video",
                source="camera",
                codecs=VIDEO,
                extensions=EXTENSIONS,
                width=1280,
                height=720,
            )
        )
        for index in range(1, fan_out + 1):
            self._do(
                control.AddDown(
                    id=1,
                    leg=f"PA_{index}",
                    down=f"D{index}",
                    up="TR",
                    mid=f"{index % 10}",
                    ssrc=1000 + index,
                    codecs=VIDEO,
                    extensions=EXTENSIONS,
                )
            )

    def encrypted(self, count: int) -> list[bytes]:
        """The next packets of the sender; not part of what is measured."""
        return [self._sender.protect(p) for p in itertools.islice(self._packets, count)]

    def forward(self, packets: Sequence[bytes]) -> int:
        """Take the packets at 500 a second (4.4 Mbit/s), with ticks; return how many went out.

        The packets of a frame come in one turn.
        """
        receive, unprotect = self._events[0].rtp_received, self._unprotect
        before, sent = sum(t.sent for t in self._transports), 0
        for index, packet in enumerate(packets):
            receive(unprotect(packet), self.now_s)
            self.now_s += 0.002
            if index % 10 == 0:
                self._rooms.tick(self.now_s)
            if self._queue is not None and index % PER_FRAME == PER_FRAME - 1:
                sent += self._queue.flush()
            if self._fanout is not None and index % 500 == 0:
                self._fanout.second_passed()
        if self._queue is not None:
            sent += self._queue.flush()
        sent += sum(t.sent for t in self._transports) - before
        if sent != len(packets) * (len(self._transports) - 1):
            raise RuntimeError(f"only {sent} packets were forwarded")
        return sent


class Bare:
    """b: protect and sendto, and nothing else."""

    def __init__(self, udp: socket.socket, to: tuple[str, int]) -> None:
        self._udp, self._to = udp, to
        self._session = Session(policy(os.urandom(28)))
        self._next = 0

    def packets(self, count: int) -> list[bytes]:
        """The next packets."""
        numbers = range(self._next, self._next + count)
        self._next += count
        return [write_packet(96, n, n, 1, bytes(PACKET_BYTES - 12)) for n in numbers]

    def send(self, packets: Sequence[bytes]) -> int:
        """Send them; return how many."""
        protect, sendto, to = self._session.protect, self._udp.sendto, self._to
        for packet in packets:
            sendto(protect(packet), to)
        return len(packets)


def cpu_us(work: Callable[[], int]) -> float:
    """Return CPU microseconds per packet of ``work``."""
    start = time.process_time()
    done = work()
    return (time.process_time() - start) * 1e6 / done


def measure(
    fan_out: int, fanouts: Mapping[str, SrtpFanout | None]
) -> tuple[dict[str, dict[str, float]], float]:
    """Return medians of ROUNDS rounds by name, all of them and b in turn.

    And how many packets C forwards in the time that one of Python takes, 0 without C.
    """
    with (
        socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as udp,
        socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sink,
    ):
        sink.bind(("127.0.0.1", 0))
        to = sink.getsockname()
        calls = {name: Call(fan_out, udp, to, fanout) for name, fanout in fanouts.items()}
        bare = Bare(udp, to)
        for call in calls.values():
            call.forward(call.encrypted(WARM_UP))
        bare.send(bare.packets(200))
        gc.collect()
        gc.freeze()  # as the worker does after its start
        spent: dict[str, list[float]] = {name: [] for name in calls}
        theirs = []
        count = max(200, PACKETS // fan_out)
        for _ in range(ROUNDS):
            for name, call in calls.items():
                packets = call.encrypted(count)
                spent[name].append(cpu_us(partial(call.forward, packets)))
            theirs.append(cpu_us(partial(bare.send, bare.packets(PACKETS))))
    b = statistics.median(theirs)
    found = {
        name: {
            "us": statistics.median(each),
            "b_us": b,
            "ratio": middle_ratio(each, theirs),
            "packets_per_s_core": 1e6 / statistics.median(each),
        }
        for name, each in spent.items()
    }
    return found, middle_ratio(spent["python"], spent["c"]) if "c" in spent else 0.0


def middle_ratio(ours: Sequence[float], theirs: Sequence[float]) -> float:
    """Return the median of the ratios of each round."""
    return statistics.median(a / b for a, b in zip(ours, theirs, strict=True))


def available() -> dict[str, SrtpFanout | None]:
    """Return the fan-outs that are here; say which are not."""
    fanouts: dict[str, SrtpFanout | None] = {}
    for name in GATES:
        try:
            fanouts[name] = srtp_of(choose(name))
        except FanoutMissing as missing:
            print(f"{name}: not measured, {missing}")
    return fanouts


def main() -> int:
    """Measure, print, write; 1 if a gate is missed."""
    missed = 0
    fanouts = available()
    found: dict[str, dict[str, dict[str, float]]] = {name: {} for name in fanouts}
    faster: dict[str, float] = {}
    for fan_out in FAN_OUTS:
        each, times = measure(fan_out, fanouts)
        for name, values in each.items():
            gate = GATES[name][fan_out]
            found[name][str(fan_out)] = values
            missed += gate is not None and values["ratio"] > gate
            print(
                f"{name:6} fan-out {fan_out:2}: {values['us']:5.1f} us, b {values['b_us']:4.1f} us,"
                f" ratio {values['ratio']:.2f} (gate {gate}),"
                f" {values['packets_per_s_core']:,.0f} packets/s on one core"
            )
        if times:
            faster[str(fan_out)] = times
            print(f"c, fan-out {fan_out:>2}: {times:.1f} times the packets of Python")
    missed += any(faster[name] < least for name, least in TIMES_PYTHON.items() if name in faster)
    RESULTS.parent.mkdir(parents=True, exist_ok=True)
    RESULTS.write_text(
        json.dumps(
            {
                "at": datetime.now(UTC).isoformat(timespec="seconds"),
                "machine": f"{platform.machine()} {os.cpu_count()} cores",
                "python": platform.python_version(),
                "pylibsrtp": version("pylibsrtp"),
                "fan_out": found,
                "c_times_python": faster,
            },
            indent=2,
        )
        + "\n"
    )
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
