"""How many packets one core of this machine forwards (spec meet, 14 and 18)."""

import secrets
import socket
import struct
import time
from typing import Final

from allmende.media.webrtc.srtp import PROFILES, Srtp

MEASURED_S: Final = 0.2
_AT_MOST: Final = 2.0  # times as long by the clock on the wall, on a busy machine
# Parsing, layers, rewriting and the cache: with them a forwarded packet costs at most three
# times what is measured here at fan-out 20 (the gate of bench/meet). Better to promise less.
WHOLE_PATH: Final = 3.0
_PACKET_BYTES: Final = 1112
_HEADER: Final = struct.Struct("!BBHII")


def packets_per_second(measured_s: float = MEASURED_S) -> int:
    """Protect and send packets to ourselves; return how many a second of CPU can forward."""
    profile = PROFILES[0]
    srtp = Srtp(profile.keys(secrets.token_bytes(profile.material_bytes)))
    payload = bytes(_PACKET_BYTES - _HEADER.size)
    sent = 0
    with (
        socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as receiver,
        socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender,
    ):
        receiver.bind(("127.0.0.1", 0))
        target = receiver.getsockname()
        began_s, began_wall_s = time.process_time(), time.monotonic()
        used_s = 0.0
        while used_s < measured_s and time.monotonic() - began_wall_s < _AT_MOST * measured_s:
            for _ in range(50):
                header = _HEADER.pack(0x80, 96, sent & 0xFFFF, sent, 1)
                sender.sendto(srtp.protect_rtp(header + payload), target)
                sent += 1
            used_s = time.process_time() - began_s
    return int(sent / max(used_s, 1e-6) / WHOLE_PATH)
