"""Names as they travel: labels with their lengths, the end of a name may lie elsewhere."""

from typing import Final

from allmende.protocols.dns.errors import DnsError

# RFC 1035, 2.3.4
_LABEL_OCTETS: Final = 63
_NAME_OCTETS: Final = 255
_POINTER: Final = 0xC0


def write_name(name: str) -> bytes:
    """Return ``name`` as octets. Raises DnsError if it is no name."""
    written = bytearray()
    for label in name.rstrip(".").split("."):
        octets = _ascii(label)
        if not 0 < len(octets) <= _LABEL_OCTETS:
            raise DnsError("a label is empty or too long")
        written += bytes([len(octets)]) + octets
    if len(written) >= _NAME_OCTETS:
        raise DnsError("a name is too long")
    return bytes(written) + b"\0"


def read_name(data: bytes, start: int) -> tuple[str, int]:
    """Return the name at ``start`` and where it ends. Raises DnsError.

    RFC 1035, 4.1.4: a pointer leads to an earlier place only, so there is no way round.
    """
    labels: list[str] = []
    place, end, before, octets = start, 0, start, 0
    while True:
        length = _octet(data, place)
        if length == 0:
            return ".".join(labels).lower(), end or place + 1
        if length & _POINTER == _POINTER:
            end = end or place + 2
            place = (length & ~_POINTER) << 8 | _octet(data, place + 1)
            if place >= before:
                raise DnsError("a pointer leads forward")
            before = place
            continue
        if length > _LABEL_OCTETS or place + 1 + length > len(data):
            raise DnsError("a label is too long")
        labels.append(data[place + 1 : place + 1 + length].decode("ascii", "replace"))
        place += 1 + length
        octets += 1 + length
        if octets >= _NAME_OCTETS:
            raise DnsError("a name is too long")


def _octet(data: bytes, place: int) -> int:
    if place >= len(data):
        raise DnsError("it ends within a name")
    return data[place]


def _ascii(label: str) -> bytes:
    try:
        return label.encode("ascii")
    except UnicodeEncodeError:
        raise DnsError("a name is not ASCII") from None
