"""How long an Opus packet sounds, from its first byte or two. Nothing is decoded."""

from typing import Final

# RFC 6716, 3.1: by the configuration, in units of 2.5 ms.
_SILK: Final = (4, 8, 16, 24)
_HYBRID: Final = (4, 8)
_CELT: Final = (1, 2, 4, 8)
_PASS: Final = {4: 1, 8: 2, 16: 4, 24: 6}


def _duration(first: int, frames: int) -> int | None:
    configuration = first >> 3
    if configuration < 12:
        one = _SILK[configuration & 3]
    else:
        one = _HYBRID[configuration & 1] if configuration < 16 else _CELT[configuration & 3]
    return _PASS.get(frames * one)


_COUNTED: Final = 3
_BY_FIRST: Final = tuple(_duration(first, (1, 2, 2, 0)[first & 3]) for first in range(256))

SILENCE: Final = b"\xf8\xff\xfe"
"""20 ms of silence."""


def opus_duration_10ms(opus: bytes) -> int | None:
    """Return 1, 2, 4 or 6; None for what native clients do not play (2.5, 5, 30, 120 ms ...)."""
    if not opus:
        return None
    first = opus[0]
    if first & 3 != _COUNTED:
        return _BY_FIRST[first]
    return _duration(first, opus[1] & 0x3F) if len(opus) > 1 else None
