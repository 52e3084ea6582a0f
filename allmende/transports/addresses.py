"""Who is at the other end, without an address: keyed hashes that change every hour.

A hash is written as a private IPv6 network of its own (RFC 4193), so that whatever counts by
address works with it as it is.
"""

import hashlib
import hmac
import ipaddress
import secrets
from collections import Counter
from collections.abc import Callable, Iterable
from typing import Final

_KEY_LIVES_S: Final = 3600.0
_PRIVATE: Final = b"\xfd"


def network_of(address: str) -> str:
    """Return what counts as one place: an IPv4 address, or the /64 network of an IPv6 one."""
    try:
        parsed = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return "unknown"
    if isinstance(parsed, ipaddress.IPv6Address):
        if parsed.ipv4_mapped is not None:
            return str(parsed.ipv4_mapped)
        return str(ipaddress.ip_network((parsed, 64), strict=False))
    return str(parsed)


class AddressKeys:
    """HMAC of an address under a key that lives in memory for an hour."""

    def __init__(self, monotonic_s: Callable[[], float]) -> None:
        self._monotonic_s = monotonic_s
        self._key = secrets.token_bytes(32)
        self._until_s = monotonic_s() + _KEY_LIVES_S

    def key_of(self, address: str) -> str:
        """Return ``fd..``; the same for the same place within the hour."""
        now_s = self._monotonic_s()
        if now_s >= self._until_s:
            self._key = secrets.token_bytes(32)
            self._until_s = now_s + _KEY_LIVES_S
        digest = hmac.digest(self._key, network_of(address).encode(), hashlib.sha256)
        return str(ipaddress.IPv6Address(_PRIVATE + digest[:7] + bytes(8)))


class Crowd:
    """How many connections each place has. Refuses more than ``limit``."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._open: Counter[str] = Counter()

    def enter(self, key: str) -> bool:
        """Count one more, or return False when it is too many."""
        if self._open[key] >= self._limit:
            return False
        self._open[key] += 1
        return True

    def leave(self, key: str) -> None:
        """Count one less."""
        self._open[key] -= 1
        if self._open[key] <= 0:
            del self._open[key]


class Proxies:
    """The reverse proxies that are believed."""

    def __init__(self, trusted: Iterable[str]) -> None:
        self._networks = [ipaddress.ip_network(text, strict=False) for text in trusted]

    def trusts(self, address: str) -> bool:
        """Whether a connection from ``address`` may speak for others."""
        try:
            parsed = ipaddress.ip_address(address)
        except ValueError:
            return False
        if isinstance(parsed, ipaddress.IPv6Address) and parsed.ipv4_mapped is not None:
            parsed = parsed.ipv4_mapped
        return any(parsed in network for network in self._networks)

    def client_of(self, peer: str, forwarded_for: str) -> str:
        """Return who asked: the last one in X-Forwarded-For that is not a trusted proxy."""
        client = peer
        for hop in reversed([part.strip() for part in forwarded_for.split(",") if part.strip()]):
            if not self.trusts(client):
                return client
            client = hop
        return client
