"""How many packets one core of this machine forwards (spec meet, 14 and 18)."""

import secrets
import socket
import struct
import time
from collections.abc import Callable
from typing import Final

from allmende.media.fanout.streams import SrtpFanout, Stream
from allmende.media.webrtc.srtp import GCM, PROFILES, Srtp, session_keys

MEASURED_S: Final = 0.2
_AT_MOST: Final = 2.0  # times as long by the clock on the wall, on a busy machine
# Parsing, layers, rewriting and the cache: with them a forwarded packet costs at most this many
# times what is measured here (the gates of bench/meet). Better to promise less.
WHOLE_PATH: Final = 3.0
WHOLE_PATH_IN_C: Final = 2.0
_PACKET_BYTES: Final = 1112
_HEADER: Final = struct.Struct("!BBHII")
_PAYLOAD: Final = bytes(_PACKET_BYTES - _HEADER.size)
_LEGS: Final = 10
_PACKETS_OF_FRAME: Final = 4
_KEPT: Final = 64


def packets_per_second(fanout: SrtpFanout | None = None, measured_s: float = MEASURED_S) -> int:
    """Protect and send packets to ourselves; return how many a second of CPU can forward.

    ``fanout``: what protects here for legs of browsers; None: Python does.
    """
    with (
        socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as receiver,
        socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender,
    ):
        receiver.bind(("127.0.0.1", 0))
        target = receiver.getsockname()
        if fanout is None:
            return int(_rate(_in_python(sender, target), measured_s) / WHOLE_PATH)
        return int(_rate(_in_c(fanout, sender, target), measured_s) / WHOLE_PATH_IN_C)


def _rate(send: Callable[[int], int], measured_s: float) -> float:
    """Return how many packets go out in a second of CPU; ``send`` gets the number of its turn."""
    sent = turn = 0
    began_s, began_wall_s = time.process_time(), time.monotonic()
    used_s = 0.0
    while used_s < measured_s and time.monotonic() - began_wall_s < _AT_MOST * measured_s:
        sent += send(turn)
        turn += 1
        used_s = time.process_time() - began_s
    return sent / max(used_s, 1e-6)


def _in_python(sender: socket.socket, target: tuple[str, int]) -> Callable[[int], int]:
    profile = PROFILES[0]
    srtp = Srtp(profile.keys(secrets.token_bytes(profile.material_bytes)))
    packets = _LEGS * _PACKETS_OF_FRAME

    def send(turn: int) -> int:
        for number in range(turn * packets, (turn + 1) * packets):
            header = _HEADER.pack(0x80, 96, number & 0xFFFF, number, 1)
            sender.sendto(srtp.protect_rtp(header + _PAYLOAD), target)
        return packets

    return send


def _in_c(
    fanout: SrtpFanout, sender: socket.socket, target: tuple[str, int]
) -> Callable[[int], int]:
    """A frame of a camera to each of some legs, and out at the end of the turn."""
    queue = fanout.queue(sender)
    streams = []
    for ssrc in range(_LEGS):
        material = secrets.token_bytes(GCM.material_bytes)
        leg = fanout.leg(*session_keys(GCM.keys(material).server))
        leg.leave_by(queue, target)
        header = _HEADER.pack(0x80, 0, 0, 0, ssrc)
        streams.append(Stream(leg, header, 0, 0, bytes(5), _KEPT))

    def send(turn: int) -> int:
        for stream in streams:
            for nth in range(_PACKETS_OF_FRAME):
                stream.emit(96, turn * _PACKETS_OF_FRAME + nth, turn, 0, _PAYLOAD)
        return queue.flush()

    return send
