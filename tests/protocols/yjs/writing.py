"""Writes updates struct by struct, also such as no editor would write."""

from collections.abc import Mapping, Sequence

from allmende.protocols.yjs.update import ANY, DELETED, FORMAT, GC, SKIP, STRING, TYPE, Id
from allmende.protocols.yjs.varint import uint, var_string

Place = tuple[int, bytes]


def beside(left: Id | None = None, right: Id | None = None) -> Place:
    """The place behind ``left`` and before ``right``."""
    info, place = 0, b""
    for origin, flag in ((left, 0x80), (right, 0x40)):
        if origin:
            info |= flag
            place += uint(origin[0]) + uint(origin[1])
    return info, place


def inside(parent: Id | str = "body", key: str | None = None) -> Place:
    """The only place in ``parent``, or the value of a key of it."""
    if isinstance(parent, str):
        place = b"\x01" + var_string(parent)
    else:
        place = b"\x00" + uint(parent[0]) + uint(parent[1])
    return (0, place) if key is None else (0x20, place + var_string(key))


def item(kind: int, content: bytes, place: Place | None = None) -> bytes:
    info, where = place or inside()
    return bytes((info | kind,)) + where + content


def text(written: str, place: Place | None = None) -> bytes:
    return item(STRING, var_string(written), place)


def mark(place: Place | None = None) -> bytes:
    return item(FORMAT, var_string("bold") + var_string("true"), place)


def element(place: Place | None = None) -> bytes:
    return item(TYPE, b"\x03" + var_string("paragraph"), place)


def text_type(place: Place | None = None) -> bytes:
    return item(TYPE, b"\x06", place)


def nulls(count: int, place: Place | None = None) -> bytes:
    return item(ANY, uint(count) + b"\x7e" * count, place)


def deleted(count: int, place: Place | None = None) -> bytes:
    return item(DELETED, uint(count), place)


def gone(count: int) -> bytes:
    return bytes((GC,)) + uint(count)


def skip(count: int) -> bytes:
    return bytes((SKIP,)) + uint(count)


def update(
    *blocks: tuple[int, int, Sequence[bytes]],
    deleted: Mapping[int, Sequence[tuple[int, int]]] | None = None,
) -> bytes:
    """Of each client: first clock and structs; and runs (clock, length) that are deleted."""
    parts = [uint(len(blocks))]
    for client, clock, structs in blocks:
        parts += (uint(len(structs)), uint(client), uint(clock), *structs)
    parts.append(uint(len(deleted or {})))
    for client, runs in (deleted or {}).items():
        parts += (uint(client), uint(len(runs)))
        parts += [uint(start) + uint(length) for start, length in runs]
    return b"".join(parts)
