"""What is set for the voice of one room."""

from dataclasses import dataclass
from typing import Final

from allmende.core.errors import InvalidInput

MIN_BANDWIDTH_BPS: Final = 16_000
MAX_BANDWIDTH_BPS: Final = 558_000
"""Enough for music in stereo, with overhead."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RoomVoice:
    """``is_off``: Mumble clients are not shown the room. ``may_listen``: members may hear it
    while they stand elsewhere, shown to everybody in it. ``may_record``: who records is shown to
    everybody, elsewhere nobody may. ``push_to_talk`` is advice. ``bandwidth_bps`` None: as usual.
    """

    is_off: bool = False
    may_listen: bool = False
    may_record: bool = False
    push_to_talk: bool = False
    bandwidth_bps: int | None = None


USUAL: Final = RoomVoice()


def bandwidth_of(text: str) -> int | None:
    """Return what is typed in kbit/s; empty: as usual. Raises InvalidInput ``bandwidth``."""
    typed = text.strip()
    if not typed:
        return None
    bps = int(typed) * 1000 if typed.isascii() and typed.isdecimal() and len(typed) < 5 else 0
    if not MIN_BANDWIDTH_BPS <= bps <= MAX_BANDWIDTH_BPS:
        raise InvalidInput(
            "voice.bandwidth-out-of-range",
            field="bandwidth",
            least=MIN_BANDWIDTH_BPS // 1000,
            most=MAX_BANDWIDTH_BPS // 1000,
        )
    return bps
