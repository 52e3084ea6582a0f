"""Makes an update shorter that holds letters typed one after the other.

Merging updates (``mergeUpdates`` of Yjs) leaves each letter a struct of its own, with its origin
and a length. What was typed in one go may be one struct, as Yjs itself does in a document
(``ContentString.mergeWith``, ``Item.mergeWith``): the later one stands behind the last letter of
the earlier one and before the same neighbour. Nothing else is touched; an update with content
that is not known here comes back as it is.
"""

from dataclasses import dataclass
from typing import Final

from allmende.protocols.yjs.varint import Reader, uint, var_bytes

_GC, _DELETED, _STRING, _FORMAT, _TYPE, _SKIP = 0, 1, 4, 6, 7, 10
_LEFT, _RIGHT, _KEY = 0x80, 0x40, 0x20
_NAMED_TYPES: Final = (3, 5)  # XmlElement and XmlHook have a name

_Id = tuple[int, int]


class _Unknown(Exception):
    """Content of a kind that is left alone."""


@dataclass(slots=True)
class _Struct:
    """``head``: everything before the content. ``text``: None for all that is no text."""

    head: bytes
    left: _Id | None
    right: _Id | None
    text: bytes | None
    rest: bytes
    end: int

    def written(self) -> bytes:
        return self.head + (self.rest if self.text is None else var_bytes(self.text))


def joined(update: bytes) -> bytes:
    """Return an update that says the same in fewer bytes. ``update`` is a good one.

    Raises Malformed if it is not.
    """
    reader = Reader(update)
    parts = [uint(count := reader.uint())]
    try:
        for _ in range(count):
            parts.append(_client(reader))
    except _Unknown:
        return update
    return b"".join((*parts, update[reader.pos :]))


def _client(reader: Reader) -> bytes:
    """Return the structs of one client, joined where that may be."""
    count, client, clock = reader.uint(), reader.uint(), reader.uint()
    head = uint(client) + uint(clock)
    kept: list[_Struct] = []
    for _ in range(count):
        start = clock
        struct = _struct(reader, clock)
        clock = struct.end
        last = kept[-1] if kept else None
        if last is not None and _continues(struct, last, (client, start - 1)):
            last.text = (last.text or b"") + (struct.text or b"")
            last.end = struct.end
        else:
            kept.append(struct)
    return uint(len(kept)) + head + b"".join(struct.written() for struct in kept)


def _continues(struct: _Struct, last: _Struct, before: _Id) -> bool:
    both_text = struct.text is not None and last.text is not None
    return both_text and struct.left == before and struct.right == last.right


def _struct(reader: Reader, clock: int) -> _Struct:
    start = reader.pos
    info = reader.byte()
    kind = info & 0x1F
    left = right = None
    if kind not in (_GC, _SKIP):
        left = (reader.uint(), reader.uint()) if info & _LEFT else None
        right = (reader.uint(), reader.uint()) if info & _RIGHT else None
        if left is None and right is None:
            _pass_parent(reader, with_key=bool(info & _KEY))
    head, begins = reader.data[start : reader.pos], reader.pos
    if kind == _STRING:
        text = reader.var_bytes()
        return _Struct(head, left, right, text, b"", clock + _clocks(text))
    length = _pass_content(reader, kind)
    return _Struct(head, left, right, None, reader.data[begins : reader.pos], clock + length)


def _pass_parent(reader: Reader, *, with_key: bool) -> None:
    if reader.uint() == 1:
        reader.var_bytes()
    else:
        reader.uint()
        reader.uint()
    if with_key:
        reader.var_bytes()


def _pass_content(reader: Reader, kind: int) -> int:
    """Pass over content that is no text; return its clocks."""
    if kind in (_GC, _DELETED, _SKIP):
        return reader.uint()
    if kind == _FORMAT:
        reader.var_bytes()
        reader.var_bytes()
    elif kind == _TYPE:
        if reader.uint() in _NAMED_TYPES:
            reader.var_bytes()
    else:
        raise _Unknown
    return 1


def _clocks(text: bytes) -> int:
    """Return the length that Yjs counts: in units of UTF-16."""
    return len(text) if text.isascii() else len(text.decode().encode("utf-16-le")) // 2
