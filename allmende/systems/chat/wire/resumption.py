"""Sessions whose stream is gone, and that may come back. XEP-0198, 5."""

import asyncio
import secrets
from collections.abc import Callable
from typing import Final

from allmende.protocols.xmpp.smacks import Handled
from allmende.systems.chat.wire.outlet import StreamOutlet
from allmende.systems.chat.wire.session import Session

RESUMABLE_S: Final = 300.0
RESUMABLE_WITH_PUSH_S: Final = 600.0
_ID_BYTES: Final = 16


class Bound:
    """A session with what outlives its stream. ``resumption``: its id, "" if it ends with it."""

    __slots__ = ("handled", "outlet", "resumption", "session")

    def __init__(self, session: Session, outlet: StreamOutlet) -> None:
        self.session, self.outlet = session, outlet
        self.handled = Handled()
        self.resumption = ""


class Resumptions:
    """Who may come back. ``ended`` is called for those that did not, in time."""

    def __init__(self, ended: Callable[[Bound], None], keep_s: float = RESUMABLE_S) -> None:
        self._ended = ended
        self._keep_s = keep_s
        self._by_id: dict[str, Bound] = {}
        self._timers: dict[str, asyncio.TimerHandle] = {}

    @property
    def keep_s(self) -> float:
        """How long a session is kept without a stream."""
        return self._keep_s

    def enable(self, bound: Bound) -> str:
        """Let the session be resumed; return by which id."""
        bound.resumption = secrets.token_urlsafe(_ID_BYTES)
        self._by_id[bound.resumption] = bound
        return bound.resumption

    def take(self, resumption: str, name: str) -> Bound | None:
        """Return the session that ``name`` comes back to, None if it is not theirs or gone."""
        bound = self._by_id.get(resumption)
        if bound is None or bound.session.jid.local != name:
            return None
        timer = self._timers.pop(resumption, None)
        if timer is not None:
            timer.cancel()
        return bound

    def lost(self, bound: Bound) -> None:
        """Its stream is gone; it ends unless it is taken in time."""
        bound.outlet.detach()
        loop = asyncio.get_running_loop()
        self._timers[bound.resumption] = loop.call_later(self._keep_s, self._expire, bound)

    def replaced(self, session: Session) -> None:
        """Another has its address: if it waits without a stream, it is over now."""
        for bound in [each for each in self._by_id.values() if each.session is session]:
            if bound.resumption in self._timers:
                self._expire(bound)

    def revoke(self, session: Session) -> None:
        """Whoever it was may not come back: its stream is ended elsewhere, or is gone already."""
        for bound in [each for each in self._by_id.values() if each.session is session]:
            waits = bound.resumption in self._timers
            self.forget(bound)
            bound.resumption = ""
            if waits:
                self._ended(bound)

    def forget(self, bound: Bound) -> None:
        """It is over: nobody comes back to it."""
        timer = self._timers.pop(bound.resumption, None)
        if timer is not None:
            timer.cancel()
        self._by_id.pop(bound.resumption, None)

    def _expire(self, bound: Bound) -> None:
        self.forget(bound)
        self._ended(bound)

    def close(self) -> None:
        """End all timers; what waits is lost with the process, what is archived is not."""
        for timer in self._timers.values():
            timer.cancel()
        self._timers.clear()
        self._by_id.clear()
