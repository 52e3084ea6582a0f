"""What the live room remembers of one open editor."""

from dataclasses import dataclass
from typing import Final

from allmende.protocols.yjs.messages import Entry
from allmende.systems.pads.model.limits import PadLimits
from allmende.systems.pads.model.pad import AuthorId, Capability, PadSessionId
from allmende.systems.pads.model.rates import Bucket

_COST_BYTES: Final = 16 * 1024
"""A long update counts once more for each so many bytes."""


@dataclass(frozen=True, slots=True)
class Session:
    """One open editor. ``client``: its Yjs clientID, bound in ``pads_client`` before.

    ``earlier``: clientIDs of other sessions of the same author, whose offline edits may come back
    through this one. ``controls``: it offered the subprotocol ``allmende.pad.1``. ``language`` is
    that of sentences in control messages.
    """

    id: PadSessionId
    client: int
    author_id: AuthorId
    capability: Capability
    controls: bool = True
    earlier: frozenset[int] = frozenset()
    language: str = "en"


class Seat:
    """A session and how it behaved so far.

    ``behind``: we did not take an edit of it, so what follows has a gap that is our doing.
    ``asked_s``: when we asked it for everything that we lack; ``told``: which errors it was told.
    """

    def __init__(self, session: Session, limits: PadLimits, now_s: float) -> None:
        self.session = session
        self.capability = session.capability
        self.mine = session.earlier | {session.client}
        self.told: set[str] = set()
        self.refusals = 0
        self.gaps = 0
        self.asked_s: float | None = now_s
        self.behind = False
        self.slow = False
        self.caret: Entry | None = None
        self.caret_from_s = now_s
        self.cursor: object = None
        self._burst = limits.updates_burst
        self._updates = Bucket(limits.updates_per_s, limits.updates_burst, now_s)
        self._messages = Bucket(limits.messages_per_s, limits.messages_burst, now_s)

    def may_send(self, now_s: float) -> bool:
        """Count one message, of whatever kind."""
        return self._messages.take(1, now_s) >= 0

    def take_update(self, length: int, now_s: float) -> bool:
        """Count one update; sets ``slow``. False: it was told to be slow, and was not."""
        return self._take(1 + length // _COST_BYTES, now_s)

    def take_question(self, now_s: float) -> bool:
        """Count a step 1, which costs us more than an edit."""
        return self._take(10, now_s)

    def _take(self, cost: float, now_s: float) -> bool:
        left = self._updates.take(cost, now_s)
        self.slow = left < 0
        return left >= -self._burst

    def is_caught_up(self) -> None:
        """An edit was taken, so nothing of it is missing here any more."""
        self.behind = False
        self.asked_s = None
        self.told.clear()
