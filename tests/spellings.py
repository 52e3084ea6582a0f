"""The ways in which a text or an address may stand in a file, and the search for them."""

import base64
import hashlib
import ipaddress
from collections.abc import Iterable, Iterator
from pathlib import Path


def spellings(text: str) -> Iterator[bytes]:
    """Yield a text as itself, in hex, in base64 wherever it begins, and hashed without a key."""
    yield from plain_spellings(text)
    raw = text.encode()
    for name in ("md5", "sha1", "sha256"):
        digest = hashlib.new(name, raw, usedforsecurity=False).digest()
        yield digest
        yield from cased(digest.hex())


def plain_spellings(text: str) -> Iterator[bytes]:
    """Yield a text as itself, in wide characters, in hex, and in base64 wherever it begins."""
    raw = text.encode()
    yield raw
    yield text.encode("utf-16-le")
    yield from cased(raw.hex())
    for before in range(3):
        encoded = base64.b64encode(b"\0" * before + raw + b"\0" * 3)
        # The letters at both ends also depend on the neighbours.
        yield encoded[4 if before else 0 : len(encoded) - 8]


def cased(text: str) -> Iterator[bytes]:
    """Yield a text in small and in large letters."""
    yield text.lower().encode()
    yield text.upper().encode()


def numbers(address: str, *, raw: bool = True) -> Iterator[bytes]:
    """Yield an address as four bytes in both orders, in hex, in base64, and as a number.

    ``raw`` False leaves the four bytes out: in megabytes of ciphertext any four are found.
    """
    packed = ipaddress.IPv4Address(address).packed
    if raw:
        yield packed
        yield packed[::-1]
    yield from cased(packed.hex())
    yield base64.b64encode(packed).rstrip(b"=")
    yield str(int(ipaddress.IPv4Address(address))).encode()


def found_in(folder: Path, wanted: Iterable[bytes]) -> list[str]:
    """Return each file below ``folder`` with what it holds of ``wanted``."""
    needles = set(wanted)
    found = []
    for path in sorted(folder.rglob("*")):
        if path.is_file():
            data = path.read_bytes()
            here = [needle for needle in needles if needle in data]
            found += [f"{path.relative_to(folder)}: {needle!r}" for needle in here]
    return found
