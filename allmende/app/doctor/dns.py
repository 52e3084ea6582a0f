"""What the name server says about us: where the name leads, who may give certificates for it."""

import ipaddress
import re
import socket
from collections.abc import Callable, Sequence
from typing import Final
from urllib.parse import urlsplit

from allmende.app.certificates import acme_files
from allmende.app.doctor.situation import Situation
from allmende.config import is_loopback
from allmende.core.findings import Finding, broken, good, warning
from allmende.transports.names import Caa, Kind, NotAnswered

# Nothing is sent there: the addresses of examples of RFC 5737 and RFC 3849.
_FAR: Final = {Kind.A: "192.0.2.1", Kind.AAAA: "2001:db8::1"}
_ACCOUNT: Final = re.compile(r"(?:^|;)\s*accounturi=([^;\s]+)")
_KNOWN_AUTHORITIES: Final = ("letsencrypt.org",)

Own = Callable[[Kind], str | None]


def has_name(here: Situation) -> bool:
    """Whether the domain is a name that name servers know."""
    try:
        ipaddress.ip_address(here.domain)
    except ValueError:
        return "." in here.domain and not is_loopback(here.domain)
    return False


def own_address(kind: Kind) -> str | None:
    """Return the address that packets to the outside carry; None without a way there."""
    family = socket.AF_INET6 if kind is Kind.AAAA else socket.AF_INET
    with socket.socket(family, socket.SOCK_DGRAM) as sock:
        try:
            sock.connect((_FAR[kind], 9))
        except OSError:
            return None
        return str(sock.getsockname()[0])


def ipv4(here: Situation, own: Own = own_address) -> Finding:
    """The name leads here."""
    return _leads_here(here, Kind.A, own)


def ipv6(here: Situation, own: Own = own_address) -> Finding:
    """If the name has an address of the newer kind, it is ours."""
    return _leads_here(here, Kind.AAAA, own)


def caa(here: Situation) -> Finding:
    """The authority may give certificates for the name, to our account alone."""
    name = "names.caa"
    if here.places.encryption != "acme" or not has_name(here):
        return good(name, "check.names-none")
    try:
        rules = [rule for rule in here.resolver.issuers(here.domain) if rule.tag == "issue"]
    except NotAnswered:
        return _silent(name, here)
    record = caa_record(here)
    if not rules:
        return warning(name, "check.caa-missing", "check.caa-remedy", record=record)
    if not any(_allows(rule, here) for rule in rules):
        return broken(name, "check.caa-forbids", "check.caa-remedy", record=record)
    return good(name, "check.caa-good")


def caa_record(here: Situation) -> str:
    """Return the record that should be there (RFC 8657)."""
    account = acme_files(here.data).account(here.config.acme.directory)
    bound = f"; accounturi={account.uri}" if account else ""
    issuer = authority_name(here.config.acme.directory)
    return f'{here.domain}. CAA 0 issue "{issuer}; validationmethods=http-01{bound}"'


def authority_name(directory: str) -> str:
    """Return how the authority calls itself in CAA: the last two labels of its address."""
    return ".".join((urlsplit(directory).hostname or "").split(".")[-2:])


def _leads_here(here: Situation, kind: Kind, own: Own) -> Finding:
    name = "names.ipv6" if kind is Kind.AAAA else "names.ipv4"
    if not has_name(here):
        return good(name, "check.names-none")
    try:
        found = here.resolver.addresses(here.domain, kind)
        other = here.resolver.addresses(here.domain, Kind.AAAA) if kind is Kind.A else []
    except NotAnswered:
        return _silent(name, here)
    if not found:
        return _has_none(name, here, kind, other)
    shown = ", ".join(found)
    ours = _ours(here, own(kind))
    values = {"domain": here.domain, "found": shown, "ours": ", ".join(ours)}
    if not ours and kind is Kind.AAAA:
        return broken(name, "check.ipv6-none-here", "check.ipv6-remedy", **values)
    if not set(found) & set(ours):
        remedy = "check.ipv6-remedy" if kind is Kind.AAAA else "check.ipv4-remedy"
        return warning(name, "check.names-elsewhere", remedy, **values)
    return good(name, "check.names-good", **values)


def _has_none(name: str, here: Situation, kind: Kind, other: Sequence[str]) -> Finding:
    if kind is Kind.AAAA:
        return good(name, "check.ipv6-not-told", domain=here.domain)
    if other:
        return warning(
            name, "check.ipv4-missing", "check.ipv4-remedy", domain=here.domain, ours="?"
        )
    return broken(name, "check.names-missing", "check.names-remedy", domain=here.domain)


def _ours(here: Situation, own: str | None) -> list[str]:
    told = here.config.media.public_addresses
    return [*told, *([own] if own is not None else [])]


def _silent(name: str, here: Situation) -> Finding:
    return warning(name, "check.names-silent", "check.names-silent-remedy", domain=here.domain)


def _allows(rule: Caa, here: Situation) -> bool:
    """RFC 8659, 4.2: the value begins with the name of the authority; empty is nobody."""
    issuer = rule.value.partition(";")[0].strip().lower()
    ours = authority_name(here.config.acme.directory)
    if not issuer or (ours in _KNOWN_AUTHORITIES and issuer != ours):
        return False
    bound = _ACCOUNT.search(rule.value)
    account = acme_files(here.data).account(here.config.acme.directory)
    return bound is None or account is None or bound[1] == account.uri
