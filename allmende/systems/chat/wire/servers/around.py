"""What streams between servers need."""

from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Protocol

from allmende.protocols.xmpp.jid import Jid
from allmende.protocols.xmpp.stanza import Stanza
from allmende.systems.chat.wire.line import Line, Speed
from allmende.systems.chat.wire.servers.budget import Budget
from allmende.systems.chat.wire.servers.certificates import Trusts
from allmende.systems.chat.wire.servers.policy import Policy
from allmende.systems.chat.wire.servers.state import States

BEFORE_BYTES: Final = 10_000
AFTER_BYTES: Final = 512 * 1024
SPEED: Final = Speed(
    bytes_per_s=1024 * 1024, burst_bytes=4 * 1024 * 1024, stanzas_per_s=500, burst_stanzas=2000
)


class ServerLine(Line, Protocol):
    """One connection with another server."""

    @property
    def chain(self) -> Sequence[bytes]:
        """What it showed in the handshake, as DER, its own certificate first."""
        ...


@dataclass(frozen=True, slots=True)
class Incoming:
    """A stanza of another server, as our own clients send them; ``sender`` is proved.

    ``done`` is called once, when all that it caused is kept, or at once where nothing is.
    """

    sender: Jid
    to: Jid
    stanza: Stanza
    done: Callable[[], object]


Take = Callable[[Incoming], Awaitable[None]]


class Reach(Protocol):
    """Finds other servers."""

    def lines(self, own: str, other: str) -> AsyncGenerator[ServerLine, None]:
        """Yield connections with the server of ``other``, the best first; ``own``: who calls.

        Raises Unreachable where there is none to be had.
        """
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Times:
    """How long what may take, in seconds."""

    negotiation_s: float = 30.0
    give_up_s: float = 300.0
    first_pause_s: float = 5.0
    longest_pause_s: float = 60.0
    after_failure_s: float = 30.0
    idle_s: float = 600.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Around:
    """``secret``: dialback keys are made with it. ``calls``: how often strangers make us call."""

    policy: Policy
    reach: Reach
    trust: Trusts
    states: States
    calls: Budget
    take: Take
    secret: bytes
    language: str
    now: Callable[[], datetime]
    times: Times = Times()
