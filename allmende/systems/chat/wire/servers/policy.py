"""With which servers this one talks, and how sure it has to be that they are who they say."""

from collections.abc import Collection
from dataclasses import dataclass
from enum import StrEnum


class Federation(StrEnum):
    """With nobody, with those that are listed, with everybody."""

    CLOSED = "closed"
    ALLIES = "allies"
    OPEN = "open"


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """``domains``: ours. ``services``: those of push, which are talked to even where closed.

    All names are prepared. ``dialback``: who has no valid certificate may prove its name otherwise.
    """

    domains: frozenset[str]
    federation: Federation = Federation.CLOSED
    allies: Collection[str] = ()
    blocked: Collection[str] = ()
    services: Collection[str] = ()
    dialback: bool = False

    def is_ours(self, domain: str) -> bool:
        """Whether a domain is served here."""
        return domain in self.domains

    def talks_to(self, domain: str) -> bool:
        """Whether stanzas go to a domain, and are taken from it; a parent is blocked with all."""
        if self.is_ours(domain):
            return False
        if _is_among(domain, self.services):
            return True
        if self.federation is Federation.CLOSED or _is_among(domain, self.blocked):
            return False
        return self.federation is Federation.OPEN or _is_among(domain, self.allies)


def _is_among(domain: str, names: Collection[str]) -> bool:
    labels = domain.split(".")
    return any(".".join(labels[first:]) in names for first in range(len(labels)))
