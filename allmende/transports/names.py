"""Asks name servers: by UDP, by TCP when the answer is long. Blocking: run it in a thread."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import IntEnum
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from allmende.core.late import Late

if TYPE_CHECKING:
    from dns import exception, nameserver, rdatatype, resolver
else:
    exception, nameserver = Late("dns.exception"), Late("dns.nameserver")
    rdatatype, resolver = Late("dns.rdatatype"), Late("dns.resolver")

_SYSTEM: Final = Path("/etc/resolv.conf")
_PORT: Final = 53
_TRIES: Final = 2


class NotAnswered(Exception):
    """No name server gave an answer that can be used."""


class Kind(IntEnum):
    """What is asked for."""

    A = 1  # RFC 1035, 3.4.1
    AAAA = 28  # RFC 3596, 2.1
    SRV = 33  # RFC 2782
    CAA = 257  # RFC 8659, 4.1


@dataclass(frozen=True, slots=True)
class Caa:
    """Who may give certificates: ``tag`` is ``issue``, ``issuewild`` or what is not known here."""

    is_critical: bool
    tag: str
    value: str


@dataclass(frozen=True, slots=True)
class Srv:
    """Where a service is. ``host``: without the dot at its end, "" for nowhere."""

    priority: int
    weight: int
    port: int
    host: str


Value = str | Caa | Srv
"""An address as text, a CAA, or an SRV."""


@dataclass(frozen=True, slots=True)
class Resolver:
    """``servers`` are pairs of address and port, asked in this order, twice at most."""

    servers: Sequence[tuple[str, int]]
    wait_s: float = 2.0

    def addresses(self, name: str, kind: Kind) -> list[str]:
        """Return the addresses of a name; none where it has none. Raises NotAnswered."""
        return [value for value in self.ask(name, kind) if isinstance(value, str)]

    def services(self, name: str) -> list[Srv]:
        """Return where a service is, as `_service._proto.name`. Raises NotAnswered."""
        return [value for value in self.ask(name, Kind.SRV) if isinstance(value, Srv)]

    def issuers(self, name: str) -> list[Caa]:
        """Return the CAA that count for a name: its own, or the nearest above. Raises NotAnswered.

        RFC 8659, 3.
        """
        labels = name.rstrip(".").split(".")
        for first in range(len(labels)):
            found = self.ask(".".join(labels[first:]), Kind.CAA)
            if found:
                return [value for value in found if isinstance(value, Caa)]
        return []

    def ask(self, name: str, kind: Kind) -> Sequence[Value]:
        """Return what is known of a name. Raises NotAnswered."""
        asking = resolver.Resolver(configure=False)
        asking.nameservers = [nameserver.Do53Nameserver(*server) for server in self.servers]
        asking.timeout = self.wait_s
        asking.lifetime = self.wait_s * _TRIES * len(self.servers)
        try:
            answer = asking.resolve(
                name, rdatatype.RdataType(kind), raise_on_no_answer=False, search=False
            )
        except resolver.NXDOMAIN:
            return []
        except exception.DNSException as silent:
            raise NotAnswered(name) from silent
        return [_value(record, kind) for record in answer.rrset or ()]


def system_resolver(file: Path = _SYSTEM) -> Resolver:
    """Return the name servers that this machine uses."""
    known = resolver.Resolver(configure=False)
    try:
        known.read_resolv_conf(file)
    except (resolver.NoResolverConfiguration, ValueError):
        return Resolver([("127.0.0.1", _PORT)])
    return Resolver([(str(address), _PORT) for address in known.nameservers])


def _value(record: Any, kind: Kind) -> Value:
    """``record`` is of the class that dnspython makes for this kind."""
    if kind is Kind.SRV:
        host = record.target.to_text(omit_final_dot=True)
        return Srv(record.priority, record.weight, record.port, host.removesuffix("."))
    if kind is not Kind.CAA:
        return str(record.address)
    tag, value = (octets.decode("ascii", "replace") for octets in (record.tag, record.value))
    return Caa(bool(record.flags & 0x80), tag.lower(), value)
