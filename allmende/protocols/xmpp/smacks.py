"""Stream management: what was sent and not heard of, and what was taken. XEP-0198.

Counters count modulo 2^32 (XEP-0198, 4). No clock, no input or output.
"""

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Generic, TypeVar

from allmende.protocols.xml.tree import Element, element

NAMESPACE: Final = "urn:xmpp:sm:3"
_MODULUS: Final = 1 << 32

T = TypeVar("T")


class CountedTooFar(ValueError):
    """The other side says that it handled what was never sent (XEP-0198, 4)."""

    def __init__(self, h: int, sent: int) -> None:
        super().__init__(f"{h} of {sent}")
        self.h, self.sent = h, sent

    def element(self) -> Element:
        """Return what stands in the stream error beside ``undefined-condition``."""
        return Element(
            f"{NAMESPACE} handled-count-too-high",
            {"h": str(self.h), "send-count": str(self.sent)},
        )


@dataclass(frozen=True, slots=True)
class Waiting(Generic[T]):
    """A stanza that was sent. ``size_bytes`` is what it costs to keep it."""

    item: T
    size_bytes: int


class Sent(Generic[T]):
    """What was sent and is not acknowledged, oldest first. ``size_bytes``: of all of it."""

    __slots__ = ("_acknowledged", "_waiting", "size_bytes")

    def __init__(self) -> None:
        self.size_bytes = 0
        self._acknowledged = 0
        self._waiting: deque[Waiting[T]] = deque()

    def __len__(self) -> int:
        """Return how many wait."""
        return len(self._waiting)

    @property
    def count(self) -> int:
        """How many were sent since the begin, modulo 2^32."""
        return (self._acknowledged + len(self._waiting)) % _MODULUS

    def add(self, item: T, size_bytes: int) -> None:
        """Remember a stanza that is sent now."""
        self._waiting.append(Waiting(item, size_bytes))
        self.size_bytes += size_bytes

    def acknowledge(self, h: int) -> None:
        """Forget what the other side has handled. Raises CountedTooFar and then forgets nothing."""
        handled = (h - self._acknowledged) % _MODULUS
        if handled > len(self._waiting):
            raise CountedTooFar(h, self.count)
        for _ in range(handled):
            self.size_bytes -= self._waiting.popleft().size_bytes
        self._acknowledged = h % _MODULUS

    def waiting(self) -> Sequence[T]:
        """Return what is to be sent again when the stream goes on, oldest first."""
        return [each.item for each in self._waiting]


class Handled:
    """How many stanzas were taken whole: ``h``. One counts when all before it count.

    A stanza may take its time (until what it caused is on disk) while later ones are done.
    """

    __slots__ = ("_first", "_open", "h")

    def __init__(self) -> None:
        self.h = 0
        self._first = 0
        self._open: deque[bool] = deque()

    def begin(self) -> int:
        """A stanza came; return its number, for `done`."""
        self._open.append(False)
        return self._first + len(self._open) - 1

    def done(self, number: int) -> bool:
        """All that it caused is kept; return whether ``h`` grew. Twice is once."""
        place = number - self._first
        if place < 0:
            return False
        self._open[place] = True
        grew = False
        while self._open and self._open[0]:
            self._open.popleft()
            self._first += 1
            self.h = (self.h + 1) % _MODULUS
            grew = True
        return grew


def read_count(found: Element) -> int | None:
    """Return the attribute ``h``, None if it is not a number of 32 bits."""
    text = found.get("h")
    if not (text.isascii() and text.isdigit() and len(text) <= 10):
        return None
    count = int(text)
    return count if count < _MODULUS else None


def answer(h: int) -> Element:
    """Return <a/>."""
    return Element(f"{NAMESPACE} a", {"h": str(h)})


def request() -> Element:
    """Return <r/>."""
    return Element(f"{NAMESPACE} r")


def enabled(resumption: str, most_s: int) -> Element:
    """Return <enabled/>; ``resumption``: the id by which a stream is resumed, "" for never."""
    attributes = {"id": resumption, "resume": "true", "max": str(most_s)} if resumption else {}
    return Element(f"{NAMESPACE} enabled", attributes)


def resumed(previous: str, h: int) -> Element:
    """Return <resumed/>."""
    return Element(f"{NAMESPACE} resumed", {"previd": previous, "h": str(h)})


def failed(condition: Element, h: int | None = None) -> Element:
    """Return <failed/>; ``h``: what was handled of a stream that is gone, if that is known."""
    attributes = {} if h is None else {"h": str(h)}
    return Element(f"{NAMESPACE} failed", attributes, [condition])


FEATURE: Final = element(NAMESPACE, "sm")
