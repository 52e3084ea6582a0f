"""The numbers of the bridge between Mumble's packets and RTP. Spec voice, 7.

Mumble counts time in units of 10 ms. Those of the gate and of the end of a spurt are start
values, which the listening test of the specification confirms or changes.
"""

from typing import Final

UNIT_S: Final = 0.01
UNIT_TICKS: Final = 480
"""Of the RTP clock of Opus, 48 kHz (RFC 7587, 4.1)."""
CLOCK_HZ: Final = 48_000

SILENCE: Final = b"\xf8\xff\xfe"
"""Opus: 20 ms of nothing. Clients ignore an empty payload and would show "talking" on."""
SILENCE_UNITS: Final = 2
MIN_OPUS_BYTES: Final = 3
MAX_OPUS_BYTES: Final = 1000

MAX_JUMP: Final = 100
"""Further ahead or back is a new beginning of the talker's clock, not loss or lateness."""
NATIVE_ENDS_AFTER_S: Final = 0.4
BROWSER_ENDS_AFTER_S: Final = 0.15
JUMP_EVERY_S: Final = 0.5
"""A talker whose clock jumps more often is not heard until it holds."""
SINGLE_EVERY_S: Final = 0.1
"""A packet that begins and ends a spurt follows another end after this at the earliest."""

PREROLL_PACKETS: Final = 3
GATE_OPENS_DBOV: Final = -50
GATE_LOWEST_DBOV: Final = -65
GATE_ABOVE_FLOOR_DB: Final = 12
GATE_HYSTERESIS_DB: Final = 5
GATE_CLOSES_AFTER_S: Final = 0.3

TALKING_LEVEL: Final = 30
SILENT_LEVEL: Final = 127
SILENCES_AT_END: Final = 2
SILENCE_EVERY_S: Final = 0.02
SLOT_FREE_AFTER_S: Final = 1.0
