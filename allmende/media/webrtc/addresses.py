"""Which addresses candidates are made of (spec meet, 4)."""

import ipaddress
from collections.abc import Iterable, Sequence
from typing import Final

import ifaddr

MAX_ADDRESSES: Final = 16

_Address = ipaddress.IPv4Address | ipaddress.IPv6Address


def interface_addresses() -> list[str]:
    """Return the addresses of this machine as the kernel lists them."""
    found: list[str] = []
    for adapter in ifaddr.get_adapters():
        for ip in adapter.ips:
            found.append(ip.ip if isinstance(ip.ip, str) else ip.ip[0])
    return found


def candidate_addresses(
    bound: Sequence[str], public: Sequence[str], interfaces: Iterable[str]
) -> tuple[str, ...]:
    """Return what clients should try: public ones if set, loopback last and only if bound.

    Firefox does not use 127.0.0.1, and nobody can use link-local addresses without a zone.
    """
    if public:
        return tuple(public)[:MAX_ADDRESSES]
    wanted = [_usable(text) for text in (bound if _is_specific(bound) else interfaces)]
    addresses = list(dict.fromkeys(address for address in wanted if address is not None))
    outer = [address for address in addresses if not address.is_loopback]
    inner = [address for address in addresses if address.is_loopback and address.version == 4]
    return tuple(str(address) for address in [*outer[: MAX_ADDRESSES - 1], *inner[:1]])


def _is_specific(bound: Sequence[str]) -> bool:
    return bool(bound) and not any(ipaddress.ip_address(b).is_unspecified for b in bound)


def _usable(text: str) -> _Address | None:
    address = ipaddress.ip_address(text.partition("%")[0])
    if address.is_link_local or address.is_multicast or address.is_unspecified:
        return None
    return address
