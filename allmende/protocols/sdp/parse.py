"""Text -> Description. Unknown lines and attributes are passed over (RFC 8866, 5.13)."""

from collections.abc import Iterable, Iterator
from typing import Final

from allmende.protocols.sdp.attributes import SectionParts, SessionParts, read_number
from allmende.protocols.sdp.errors import SdpRefused
from allmende.protocols.sdp.model import Description, Section

MAX_BYTES: Final = 256 * 1024
MAX_SECTIONS: Final = 300
MAX_LINES: Final = 30_000


def parse(text: str) -> Description:
    """Return the description in ``text``. Raises SdpRefused."""
    if len(text) > MAX_BYTES:
        raise SdpRefused("too large")
    head, *rest = _blocks(_lines(text))
    session = SessionParts()
    for kind, value in head:
        session.take(kind, value)
    sections = tuple(_section(block) for block in rest)
    mids = [section.mid for section in sections]
    if len(set(mids)) != len(mids):
        raise SdpRefused("a mid twice")
    return session.description(sections)


def _lines(text: str) -> Iterator[tuple[str, str]]:
    lines = text.splitlines()
    if len(lines) > MAX_LINES:
        raise SdpRefused("too many lines")
    for line in lines:
        if not line:
            continue
        if len(line) < 2 or line[1] != "=":
            raise SdpRefused("a line that is not key=value")
        yield line[0], line[2:]


def _blocks(lines: Iterable[tuple[str, str]]) -> list[list[tuple[str, str]]]:
    blocks: list[list[tuple[str, str]]] = [[]]
    for kind, value in lines:
        if kind == "m":
            if len(blocks) > MAX_SECTIONS:
                raise SdpRefused("too many sections")
            blocks.append([])
        blocks[-1].append((kind, value))
    if not blocks[0] or blocks[0][0] != ("v", "0"):
        raise SdpRefused("does not begin with v=0")
    return blocks


def _section(block: list[tuple[str, str]]) -> Section:
    words = block[0][1].split()
    if len(words) < 4:
        raise SdpRefused("m= of fewer than four words")
    port = read_number(words[1].partition("/")[0], 65535)
    parts = SectionParts(kind=words[0], port=port, profile=words[2], payloads=words[3:])
    for kind, value in block[1:]:
        if kind == "a":
            parts.take(value)
    return parts.section()
