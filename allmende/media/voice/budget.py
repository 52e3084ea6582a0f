"""How much sound one leg may send: a sliding second. Spec voice, 7, Bandwidth."""

from typing import Final

OVERHEAD_BYTES: Final = 32
"""IPv4, UDP and the head of OCB2, as Mumble counts them."""
GRACE: Final = 1.25
_PIECES: Final = 20
_PIECE_S: Final = 1.0 / _PIECES


class Budget:
    """Counts bytes in pieces of 50 ms."""

    __slots__ = ("_allowed_bytes", "_pieces", "_sum_bytes", "_turn")

    def __init__(self, bandwidth_bps: int) -> None:
        self.allow(bandwidth_bps)
        self._pieces = [0] * _PIECES
        self._sum_bytes = 0
        self._turn = 0

    def allow(self, bandwidth_bps: int) -> None:
        """Let another sum count from now on."""
        self._allowed_bytes = int(bandwidth_bps * GRACE / 8)

    def admits(self, size_bytes: int, now_s: float) -> bool:
        """Count a packet of ``size_bytes`` without overhead; False: not counted, too much."""
        turn = int(now_s / _PIECE_S)
        passed = turn - self._turn
        if passed:
            self._turn_to(turn, passed)
        size_bytes += OVERHEAD_BYTES
        if self._sum_bytes + size_bytes > self._allowed_bytes:
            return False
        self._pieces[turn % _PIECES] += size_bytes
        self._sum_bytes += size_bytes
        return True

    def _turn_to(self, turn: int, passed: int) -> None:
        self._turn = turn
        for place in range(turn - min(max(passed, 1), _PIECES) + 1, turn + 1):
            self._sum_bytes -= self._pieces[place % _PIECES]
            self._pieces[place % _PIECES] = 0
