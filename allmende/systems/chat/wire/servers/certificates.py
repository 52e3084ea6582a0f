"""Which domains somebody's certificate proves. RFC 6120, 13.7; XEP-0178."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Protocol

from cryptography import x509

from allmende.protocols.xmpp.service_names import Presented
from allmende.transports.trust import Doubt

_SERVICE_NAME: Final = "1.3.6.1.5.5.7.8.7"  # SRVName, RFC 4985
_ADDRESS: Final = "1.3.6.1.5.5.7.8.5"  # XmppAddr, RFC 6120, 13.7.1.4
_STRINGS: Final = {_SERVICE_NAME: (0x16, "ascii"), _ADDRESS: (0x0C, "utf-8")}
_LONGEST: Final = 127


class Trusts(Protocol):
    """Whom we believe; `transports.trust.Trust`."""

    def doubt(self, chain: Sequence[bytes], now: datetime) -> Doubt:
        """Look at a chain in DER, the leaf first."""
        ...


@dataclass(frozen=True, slots=True)
class Shown:
    """What somebody showed."""

    names: Presented
    doubt: Doubt

    def proves(self, domain: str) -> bool:
        """Whether it is from who may speak for a prepared domain."""
        return self.doubt is Doubt.NONE and self.names.fits(domain)


async def look(trust: Trusts, chain: Sequence[bytes], now: datetime) -> Shown:
    """Return what a chain shows."""
    doubt = await asyncio.to_thread(trust.doubt, chain, now)
    return Shown(presented(chain[0]) if doubt is Doubt.NONE else Presented(), doubt)


def presented(leaf: bytes) -> Presented:
    """Return the names in a certificate; none where they cannot be read."""
    try:
        loaded = x509.load_der_x509_certificate(leaf)
        names = loaded.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except (ValueError, x509.ExtensionNotFound):
        return Presented()
    others: dict[str, set[str]] = {_SERVICE_NAME: set(), _ADDRESS: set()}
    for other in names.get_values_for_type(x509.OtherName):
        kind = other.type_id.dotted_string
        text = _text(kind, other.value)
        if text:
            others[kind].add(text)
    return Presented(
        hosts=frozenset(names.get_values_for_type(x509.DNSName)),
        services=frozenset(others[_SERVICE_NAME]),
        addresses=frozenset(others[_ADDRESS]),
    )


def _text(kind: str, value: bytes) -> str:
    """Return a short string in DER, "" for anything else."""
    if kind not in _STRINGS:
        return ""
    tag, encoding = _STRINGS[kind]
    if value[:1] != bytes([tag]) or value[1] > _LONGEST:  # it is DER, or would not have been read
        return ""
    try:
        return value[2:].decode(encoding)
    except UnicodeDecodeError:
        return ""
