"""The sending end of a session. It outlives its stream: XEP-0198; and spares phones: XEP-0352."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final, Protocol

from allmende.protocols.xml.tree import write
from allmende.protocols.xmpp import smacks
from allmende.systems.chat.wire.session import What

MAX_WAITING: Final = 2000
MAX_WAITING_BYTES: Final = 4 * 1024 * 1024
MAX_HELD: Final = 200
"""Presence and chat states that an idle client is spared; more of them go out."""

_SPARED: Final = frozenset((What.PRESENCE, What.STATE))
_REQUEST: Final = write(smacks.request())


@dataclass(frozen=True, slots=True)
class Left:
    """A stanza that its client may not have seen."""

    data: bytes
    what: What


class Wire(Protocol):
    """A stream that is open."""

    @property
    def namespace(self) -> str | None:
        """What is declared on each stanza; None on TCP."""
        ...

    def write(self, data: bytes) -> None:
        """Send; never waits."""

    def end(self, condition: str, text: str = "") -> None:
        """Close the stream with an error."""


class StreamOutlet:
    """Sends through ``wire``, and remembers what was not acknowledged once that is asked for.

    ``sent``: None until the client enables stream management. ``overflowed``: called when a
    client leaves too much unacknowledged; its stream has been ended then.
    """

    __slots__ = ("_active", "_asked", "_held", "_overflowed", "namespace", "sent", "wire")

    def __init__(self, wire: Wire, overflowed: Callable[[], None]) -> None:
        self.wire: Wire | None = wire
        self.namespace = wire.namespace
        self.sent: smacks.Sent[Left] | None = None
        self._overflowed = overflowed
        self._active = True
        self._asked = False
        self._held: dict[tuple[What, str], bytes] = {}

    def send(self, data: bytes, what: What, about: str = "") -> None:
        """Send a stanza; a later one ``about`` the same replaces one that is held back."""
        if not self._active and what in _SPARED:
            key = (what, about or str(len(self._held)))
            self._held.pop(key, None)
            self._held[key] = data
            if len(self._held) < MAX_HELD:
                return
            self._release()
            return
        self._send(data, what)

    def end(self, condition: str, text: str = "") -> None:
        """Close the stream, if there is one."""
        if self.wire is not None:
            self.wire.end(condition, text)

    # --- stream management --------------------------------------------------------------

    def enable(self) -> None:
        """Count from now on what is sent."""
        self.sent = smacks.Sent()

    def acknowledge(self, h: int) -> None:
        """The client has handled so many. Raises CountedTooFar."""
        if self.sent is None:
            return
        self.sent.acknowledge(h)
        self._asked = False
        if len(self.sent):
            self._ask()

    def detach(self) -> None:
        """The stream is gone; what is sent now waits for the next one."""
        self.wire = None
        self._asked = False

    def resume(self, wire: Wire, h: int) -> None:
        """Go on with another stream: first what was not handled. Raises CountedTooFar."""
        sent = self.sent
        if sent is None:
            raise AssertionError("only a managed stream is resumed")
        sent.acknowledge(h)
        self.wire = wire
        for left in sent.waiting():
            wire.write(left.data)
        if len(sent):
            self._ask()

    def left(self) -> Sequence[Left]:
        """Return what may never have been seen, oldest first; held presence is forgotten."""
        return self.sent.waiting() if self.sent is not None else ()

    # --- client state -------------------------------------------------------------------

    def set_active(self, *, active: bool) -> None:
        """Somebody looks at the client again, or no more."""
        self._active = active
        if active:
            self._release()

    def _release(self) -> None:
        held, self._held = self._held, {}
        for (what, _), data in held.items():
            self._send(data, what)

    # --- inside -------------------------------------------------------------------------

    def _send(self, data: bytes, what: What) -> None:
        sent = self.sent
        if sent is not None:
            sent.add(Left(data, what), len(data))
        if self.wire is not None:
            self.wire.write(data)
            if sent is not None:
                self._ask()
        if sent is not None and (len(sent) > MAX_WAITING or sent.size_bytes > MAX_WAITING_BYTES):
            self.end("resource-constraint", "too much is unacknowledged")
            self._overflowed()

    def _ask(self) -> None:
        """Ask for a count; one question is open at most."""
        if not self._asked and self.wire is not None:
            self._asked = True
            self.wire.write(_REQUEST)
