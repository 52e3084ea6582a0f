"""Addresses: ``local@domain/resource``. RFC 7622; the prepared form is kept and compared."""

from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from allmende.protocols.precis import opaque_string, username_case_mapped
from allmende.protocols.xmpp.domains import prepared_domain

MAX_PART_BYTES: Final = 1023
_NOT_IN_LOCAL: Final = frozenset("\"&'/:<>@ ")  # RFC 7622, 3.3.1


class JidMalformed(ValueError):
    """Not an address."""


@dataclass(frozen=True, slots=True)
class Jid:
    """A prepared address. Make one with `parse`; the parts here are believed."""

    local: str
    domain: str
    resource: str = ""

    def __str__(self) -> str:
        """Return it as it is written."""
        bare = f"{self.local}@{self.domain}" if self.local else self.domain
        return f"{bare}/{self.resource}" if self.resource else bare

    @property
    def bare(self) -> "Jid":
        """The address without its resource."""
        return Jid(self.local, self.domain) if self.resource else self

    def with_resource(self, resource: str) -> "Jid":
        """Return the address with another resource."""
        return Jid(self.local, self.domain, resource)


@lru_cache(maxsize=8192)
def parse(text: str) -> Jid:
    """Return ``text`` as an address. Raises JidMalformed."""
    before, slash, resource = text.partition("/")
    local, at, domain = before.rpartition("@")
    if (slash and not resource) or (at and not local):
        raise JidMalformed("an empty part")
    try:
        return Jid(
            prepared_local(local) if local else "",
            _bounded(prepared_domain(domain)),
            prepared_resource(resource) if resource else "",
        )
    except ValueError as problem:
        raise JidMalformed("not prepared") from problem


def prepared_local(local: str) -> str:
    """Return a local part in the form that is compared. Raises ValueError."""
    _bounded(local)
    prepared = username_case_mapped(local)
    if _NOT_IN_LOCAL.intersection(prepared):
        raise JidMalformed("a character that no local part has")
    return _bounded(prepared)


def prepared_resource(resource: str) -> str:
    """Return a resource in the form that is compared. Raises ValueError."""
    return _bounded(opaque_string(_bounded(resource)))


def _bounded(part: str) -> str:
    if not 0 < len(part.encode()) <= MAX_PART_BYTES:
        raise JidMalformed("empty, or more than 1023 bytes")
    return part
