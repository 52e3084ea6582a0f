"""The domain of an address: a name in U-labels, or an IP address. RFC 7622, 3.2; RFC 5890.

Labels keep to the IdentifierClass of PRECIS, which is that of IDNA 2008 but for a few signs that
no registry sells.
"""

import ipaddress
from typing import Final

from allmende.protocols.precis import username_case_mapped

_PLAIN: Final = frozenset("abcdefghijklmnopqrstuvwxyz0123456789-")
_ACE: Final = "xn--"
_MAX_LABEL: Final = 63


def prepared_domain(domain: str) -> str:
    """Return the domain in lower case and U-labels. Raises ValueError."""
    if domain.startswith("["):
        if not domain.endswith("]"):
            raise ValueError("no end of the address")
        return f"[{ipaddress.IPv6Address(domain[1:-1]).compressed}]"
    return ".".join(_label(label) for label in domain.lower().removesuffix(".").split("."))


def ascii_domain(domain: str) -> str:
    """Return a prepared domain as it is looked up: in A-labels."""
    return ".".join(
        label if label.isascii() else f"{_ACE}{label.encode('punycode').decode()}"
        for label in domain.split(".")
    )


def _label(label: str) -> str:
    if label.startswith(_ACE):
        label = label[len(_ACE) :].encode("ascii").decode("punycode")
        if label.isascii():
            raise ValueError("nothing to decode")
        if username_case_mapped(label) != label:
            raise ValueError("not what a registry would encode")
    elif not label.isascii():
        label = username_case_mapped(label)
    if label.isascii() and not _PLAIN.issuperset(label):
        raise ValueError("not a name")
    if not label or label[0] == "-" or label[-1] == "-" or len(ascii_domain(label)) > _MAX_LABEL:
        raise ValueError("a label that is empty, too long, or begins with a hyphen")
    return label
