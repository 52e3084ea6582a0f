"""How a domain's server is found, and by which names in a certificate it is known.

Found: RFC 6120, 3.2 with RFC 2782, direct TLS by XEP-0368. Known: RFC 6120, 13.7; RFC 9525.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from allmende.protocols.xmpp.domains import ascii_domain, prepared_domain

SERVICE: Final = "_xmpp-server"
SECURE_SERVICE: Final = "_xmpps-server"
PORT: Final = 5269
MAX_TARGETS: Final = 8
"""More are not tried: names cost a stranger nothing."""

_ROOT: Final = "."


@dataclass(frozen=True, slots=True)
class Record:
    """One SRV record. ``direct``: TLS from the first byte."""

    priority: int
    weight: int
    port: int
    host: str
    direct: bool


@dataclass(frozen=True, slots=True)
class Target:
    """Where a server may be reached."""

    host: str
    port: int
    direct: bool


def service_names(domain: str) -> Sequence[tuple[str, bool]]:
    """Return the names to ask for SRV, each with whether it means direct TLS."""
    name = ascii_domain(domain)
    return [(f"{SECURE_SERVICE}._tcp.{name}", True), (f"{SERVICE}._tcp.{name}", False)]


def targets(
    domain: str, records: Iterable[Record], below: Callable[[int], int]
) -> Sequence[Target]:
    """Return where to try, in this order; nothing if the domain says that it has no server.

    ``below(n)``: a random number from 0 to n - 1; heavier records come earlier (RFC 2782).
    """
    found = list(records)
    if not found:
        return [Target(ascii_domain(domain), PORT, direct=False)]
    usable = [each for each in found if each.host not in ("", _ROOT) and 0 < each.port < 65536]
    ordered: list[Record] = []
    for priority in sorted({each.priority for each in usable}):
        ordered += _drawn([each for each in usable if each.priority == priority], below)
    return [Target(each.host.rstrip("."), each.port, each.direct) for each in ordered[:MAX_TARGETS]]


def _drawn(equals: list[Record], below: Callable[[int], int]) -> Iterable[Record]:
    left = sorted(equals, key=lambda each: each.weight)
    while left:
        point = below(sum(each.weight for each in left) + 1)
        for number, each in enumerate(left):
            point -= each.weight
            if point <= 0 or number == len(left) - 1:
                yield left.pop(number)
                break


@dataclass(frozen=True, slots=True)
class Presented:
    """The names in a certificate: DNS-IDs, SRV-IDs (``_service.name``), XmppAddrs."""

    hosts: frozenset[str] = frozenset()
    services: frozenset[str] = frozenset()
    addresses: frozenset[str] = frozenset()

    def fits(self, domain: str) -> bool:
        """Whether it is a certificate for the server of a prepared domain."""
        name = ascii_domain(domain).lower()
        if any(_same(address, domain) for address in self.addresses):
            return True
        for service in self.services:
            kind, _, host = service.lower().partition(".")
            if kind in (SERVICE, SECURE_SERVICE) and _matches(host, name):
                return True
        return any(_matches(host.lower(), name) for host in self.hosts)


def _matches(pattern: str, name: str) -> bool:
    """Compare; a star stands for the whole first label and nothing else (RFC 9525, 6.3)."""
    pattern = pattern.rstrip(".")
    if pattern == name:
        return True
    star, _, parent = pattern.partition(".")
    label, _, rest = name.partition(".")
    return star == "*" and "." in parent and bool(label) and rest == parent


def _same(address: str, domain: str) -> bool:
    try:
        return prepared_domain(address) == domain
    except ValueError:
        return False
