"""How it stands with other servers, for the operator: domains and counts, never who writes."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Final

from allmende.systems.chat.wire.servers.problems import Reason
from allmende.transports.trust import Doubt

MAX_DOMAINS: Final = 1000


class Proof(StrEnum):
    """How a server showed that it is who it says."""

    NONE = ""
    CERTIFICATE = "certificate"
    DIALBACK = "dialback"


@dataclass(frozen=True, slots=True)
class DomainState:
    """One domain. ``doubt``: about its certificate; ``failed_at``: when ``error`` was."""

    domain: str
    incoming: int = 0
    outgoing: int = 0
    queued: int = 0
    proof: Proof = Proof.NONE
    doubt: Doubt = Doubt.NONE
    error: Reason | None = None
    failed_at: datetime | None = None

    @property
    def is_quiet(self) -> bool:
        """Whether nothing is open and nothing waits."""
        return not (self.incoming or self.outgoing or self.queued)


class States:
    """Of all domains that were talked with lately, in memory."""

    def __init__(self) -> None:
        self._by_domain: dict[str, DomainState] = {}

    def all(self) -> Sequence[DomainState]:
        """Return them by name."""
        return sorted(self._by_domain.values(), key=lambda each: each.domain)

    def of(self, domain: str) -> DomainState:
        """Return how it stands with one."""
        return self._by_domain.get(domain, DomainState(domain))

    def came(self, domain: str, proof: Proof) -> None:
        """A stream of theirs may send for this domain now."""
        now = self.of(domain)
        self._put(replace(now, incoming=now.incoming + 1, proof=proof, doubt=Doubt.NONE))

    def left(self, domain: str) -> None:
        """That stream is over."""
        now = self.of(domain)
        self._put(replace(now, incoming=max(0, now.incoming - 1)))

    def opened(self, domain: str, proof: Proof) -> None:
        """Stanzas go out to it."""
        now = self.of(domain)
        self._put(replace(now, outgoing=now.outgoing + 1, proof=proof, doubt=Doubt.NONE, error=None,
                          failed_at=None))  # fmt: skip

    def closed(self, domain: str) -> None:
        """They do no more."""
        now = self.of(domain)
        self._put(replace(now, outgoing=max(0, now.outgoing - 1)))

    def waits(self, domain: str, more: int) -> None:
        """So many more stanzas wait for it, or fewer."""
        now = self.of(domain)
        self._put(replace(now, queued=max(0, now.queued + more)))

    def failed(self, domain: str, reason: Reason, at: datetime) -> None:
        """It could not be reached."""
        self._put(replace(self.of(domain), error=reason, failed_at=at))

    def doubted(self, domain: str, doubt: Doubt) -> None:
        """Its certificate is not believed; NONE: it is for another name."""
        self._put(replace(self.of(domain), doubt=doubt))

    def _put(self, state: DomainState) -> None:
        self._by_domain.pop(state.domain, None)
        self._by_domain[state.domain] = state
        if len(self._by_domain) > MAX_DOMAINS:
            quiet = next((name for name, one in self._by_domain.items() if one.is_quiet), None)
            if quiet is not None:
                del self._by_domain[quiet]
