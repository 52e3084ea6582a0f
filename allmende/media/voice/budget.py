"""How much sound one leg may send: a sliding second. Spec voice, 7, Bandwidth."""

from typing import Final

from allmende.media.fanout.run import PIECES, Run

OVERHEAD_BYTES: Final = 32
"""IPv4, UDP and the head of OCB2, as Mumble counts them."""
GRACE: Final = 1.25
_PIECE_S: Final = 1.0 / PIECES


class Budget:
    """Counts bytes in pieces of 50 ms."""

    __slots__ = ("_run",)

    def __init__(self, bandwidth_bps: int, run: Run) -> None:
        """Count in ``run``."""
        self._run = run
        self.allow(bandwidth_bps)

    def allow(self, bandwidth_bps: int) -> None:
        """Let another sum count from now on."""
        self._run.allowed = int(bandwidth_bps * GRACE / 8)

    def admits(self, size_bytes: int, now_s: float) -> bool:
        """Count a packet of ``size_bytes`` without overhead; False: not counted, too much."""
        run, turn = self._run, int(now_s / _PIECE_S)
        passed = turn - run.turn
        if passed:
            self._turn_to(turn, passed)
        size_bytes += OVERHEAD_BYTES
        if run.spent + size_bytes > run.allowed:
            return False
        run.pieces[turn % PIECES] += size_bytes
        run.spent += size_bytes
        return True

    def _turn_to(self, turn: int, passed: int) -> None:
        run = self._run
        run.turn = turn
        for place in range(turn - min(max(passed, 1), PIECES) + 1, turn + 1):
            run.spent -= run.pieces[place % PIECES]
            run.pieces[place % PIECES] = 0
