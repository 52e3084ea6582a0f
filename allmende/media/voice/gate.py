"""Whether the sound of a browser is speech, from the levels of RFC 6464. Spec voice, 7.1 (4)."""

from typing import Final

from allmende.media.voice.bridge import (
    GATE_ABOVE_FLOOR_DB,
    GATE_CLOSES_AFTER_S,
    GATE_HYSTERESIS_DB,
    GATE_LOWEST_DBOV,
    GATE_OPENS_DBOV,
)

FIRST_FLOOR_DBOV: Final = -62.0
"""Until more is known: loud enough that a fan does not open the gate at once."""
WINDOW_S: Final = 1.5
_DIGITAL_SILENCE: Final = -127


class Gate:
    """Opens for speech and closes a while after it.

    The noise floor is the quietest level of the last one or two windows: speech has pauses,
    a fan has none. The V bit is not used: libwebrtc sets it on every packet that is not DTX.
    """

    __slots__ = ("_floor", "_least", "_loud_s", "_turns_s", "is_open")

    def __init__(self) -> None:
        self.is_open = False
        self._floor = self._least = FIRST_FLOOR_DBOV
        self._loud_s = self._turns_s = float("-inf")

    def hear(self, dbov: int, now_s: float) -> bool:
        """Take the level of a packet, -127 to 0; return whether the gate is open for it."""
        if dbov > _DIGITAL_SILENCE:
            self._learn(dbov, now_s)
        enough = min(GATE_OPENS_DBOV, max(self._floor + GATE_ABOVE_FLOOR_DB, GATE_LOWEST_DBOV))
        if self.is_open:
            if dbov > enough - GATE_HYSTERESIS_DB:
                self._loud_s = now_s
            elif now_s - self._loud_s >= GATE_CLOSES_AFTER_S:
                self.is_open = False
        elif dbov >= enough and dbov > GATE_LOWEST_DBOV:
            self.is_open = True
            self._loud_s = now_s
        return self.is_open

    def close(self) -> None:
        """Speech ended for another reason; what is known of the noise stays known."""
        self.is_open = False

    def _learn(self, dbov: int, now_s: float) -> None:
        if now_s >= self._turns_s:
            # The window that ends now is the floor; a quieter packet lowers it at once.
            if self._turns_s > 0:
                self._floor = self._least
            self._least = float(dbov)
            self._turns_s = now_s + WINDOW_S
        self._least = min(self._least, dbov)
        self._floor = min(self._floor, self._least)
