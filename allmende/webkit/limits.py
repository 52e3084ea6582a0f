"""How often something may be done. Buckets live in memory and never hold an address."""

import hmac
import ipaddress
import secrets
from collections import OrderedDict
from dataclasses import dataclass
from math import ceil
from typing import Final

from starlette.requests import HTTPConnection

from allmende.core.clock import Clock
from allmende.core.errors import TooManyRequests

MAX_KEYS: Final = 50_000
KEY_LIFE_S: Final = 3600.0
V6_NETWORK_BITS: Final = 64


@dataclass(slots=True)
class _Bucket:
    tokens: float
    at_s: float


class RateLimit:
    """A token bucket for each key: ``burst`` at once, then ``per_hour`` over time.

    At most ``MAX_KEYS`` buckets are kept; the one not asked for the longest goes first.
    """

    def __init__(self, clock: Clock, *, burst: int, per_hour: float) -> None:
        self._clock = clock
        self._burst = burst
        self._per_s = per_hour / 3600
        self._buckets: OrderedDict[str, _Bucket] = OrderedDict()

    def take(self, key: str) -> None:
        """Count one; TooManyRequests ``web.too-many-requests`` with ``retry_after_s``."""
        now_s = self._clock.monotonic_s()
        bucket = self._buckets.setdefault(key, _Bucket(float(self._burst), now_s))
        bucket.tokens = min(self._burst, bucket.tokens + (now_s - bucket.at_s) * self._per_s)
        bucket.at_s = now_s
        self._buckets.move_to_end(key)
        if len(self._buckets) > MAX_KEYS:
            self._buckets.popitem(last=False)
        if bucket.tokens < 1:
            wait_s = ceil((1 - bucket.tokens) / self._per_s) if self._per_s else int(KEY_LIFE_S)
            raise TooManyRequests("web.too-many-requests", retry_after_s=wait_s)
        bucket.tokens -= 1

    def left(self, key: str) -> int:
        """Return how often ``key`` may still be taken right now."""
        bucket = self._buckets.get(key)
        if bucket is None:
            return self._burst
        gained = (self._clock.monotonic_s() - bucket.at_s) * self._per_s
        return int(min(self._burst, bucket.tokens + gained))


class AddressKeys:
    """Makes an address into a key for ``RateLimit`` that says nothing about the address.

    HMAC with a random key that lives in memory only and changes every hour. IPv6 counts by
    its /64 network, which is what one household gets.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._key = secrets.token_bytes(32)
        self._made_at_s = clock.monotonic_s()

    def key_of(self, request: HTTPConnection) -> str:
        """Return the key of whoever sent ``request``."""
        return self.key_of_address(request.client.host if request.client else "")

    def key_of_address(self, address: str) -> str:
        """Return the key of ``address``; what is no address counts as one and the same."""
        now_s = self._clock.monotonic_s()
        if now_s - self._made_at_s >= KEY_LIFE_S:
            self._key, self._made_at_s = secrets.token_bytes(32), now_s
        return hmac.new(self._key, _network(address), "sha256").hexdigest()[:32]


def _network(address: str) -> bytes:
    try:
        parsed = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return b""
    if isinstance(parsed, ipaddress.IPv6Address):
        if parsed.ipv4_mapped is not None:
            return parsed.ipv4_mapped.packed
        return parsed.packed[: V6_NETWORK_BITS // 8]
    return parsed.packed
