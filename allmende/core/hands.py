"""Raised hands: a list in the order of asking.

This is the speaking list of the assembly (spec plenum, 7.1) with ``by=()`` and
``quota="off"``: nothing decides but the number of the request. Values in, values out.
"""

from dataclasses import dataclass, replace

from allmende.core.errors import Conflict


@dataclass(frozen=True, slots=True)
class Hand:
    """A wish to speak. ``no`` counts up in the room and is never given twice."""

    no: int
    seat: str


@dataclass(frozen=True, slots=True)
class Hands:
    """Everybody who waits, and who has the floor."""

    waiting: tuple[Hand, ...] = ()
    floor: str | None = None
    next_no: int = 1

    def order(self) -> tuple[str, ...]:
        """Return the waiting seats, next one first."""
        return tuple(hand.seat for hand in self.waiting)

    def raised(self, seat: str) -> "Hands":
        """Add a request of ``seat``. Raises Conflict ``meet.already-waiting``."""
        if seat in self.order():
            raise Conflict("meet.already-waiting")
        hand = Hand(self.next_no, seat)
        return replace(self, waiting=(*self.waiting, hand), next_no=self.next_no + 1)

    def lowered(self, seat: str) -> "Hands":
        """Remove the request of ``seat``. Raises Conflict ``meet.not-waiting``."""
        if seat not in self.order():
            raise Conflict("meet.not-waiting")
        return replace(self, waiting=tuple(h for h in self.waiting if h.seat != seat))

    def called(self, seat: str) -> "Hands":
        """Give the floor to a waiting seat. Raises Conflict ``meet.not-waiting``."""
        return replace(self.lowered(seat), floor=seat)

    def called_next(self) -> "Hands":
        """Give the floor to the first who waits. Raises Conflict ``meet.nobody-waiting``."""
        if not self.waiting:
            raise Conflict("meet.nobody-waiting")
        return self.called(self.waiting[0].seat)

    def ended(self) -> "Hands":
        """Free the floor. Raises Conflict ``meet.floor-empty``."""
        if self.floor is None:
            raise Conflict("meet.floor-empty")
        return replace(self, floor=None)

    def left(self, seat: str) -> "Hands":
        """Drop what ``seat`` asked for and end its turn, if there is any of it."""
        return replace(
            self,
            waiting=tuple(h for h in self.waiting if h.seat != seat),
            floor=None if self.floor == seat else self.floor,
        )
