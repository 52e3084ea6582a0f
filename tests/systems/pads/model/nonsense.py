"""Updates that are well formed and make little sense, as somebody hostile would write them."""

from random import Random

from allmende.protocols.yjs.update import ANY, BINARY, EMBED, TYPE, Id
from allmende.protocols.yjs.varint import uint, var_bytes, var_string
from allmende.systems.pads.model.document import Document
from tests.protocols.yjs.writing import (
    Place,
    beside,
    deleted,
    element,
    gone,
    inside,
    item,
    mark,
    nulls,
    text,
    text_type,
    update,
)

CLIENTS = (5, 77, 2**32 - 1)


class Vandal:
    """Knows what is in a document and refers to it at random."""

    def __init__(self, document: Document, chance: Random) -> None:
        self._document = document
        self._chance = chance

    def writes(self) -> bytes:
        client = self._chance.choice(CLIENTS)
        clock = self._document.clock(client)
        structs = [self._struct(client, clock)]
        runs: dict[int, list[tuple[int, int]]] = {}
        if self._chance.random() < 0.3:
            known = self._id(client, clock)
            if known:
                runs[known[0]] = [(known[1], self._chance.randint(1, 4))]
        return update((client, clock, structs), deleted=runs)

    def _id(self, client: int, clock: int) -> Id | None:
        other = self._chance.choice(CLIENTS)
        known = clock if other == client else self._document.clock(other)
        return (other, self._chance.randrange(max(0, known - 12), known)) if known else None

    def _place(self, client: int, clock: int) -> Place:
        left = self._id(client, clock) if self._chance.random() < 0.6 else None
        right = self._id(client, clock) if self._chance.random() < 0.4 else None
        if left or right:
            return beside(left, right)
        parent = self._id(client, clock) if self._chance.random() < 0.7 else None
        key = "key" if self._chance.random() < 0.1 else None
        return inside(parent or "body", key)

    def _struct(self, client: int, clock: int) -> bytes:
        place = self._place(client, clock)
        structs = [
            text("hello", place),
            text("ä😀", place),
            text("abc", place),
            mark(place),
            element(place),
            text_type(place),
            text_type(place),
            nulls(self._chance.randint(1, 2), place),
            deleted(self._chance.randint(1, 4), place),
            item(BINARY, var_bytes(b"abc"), place),
            item(EMBED, var_string("{}"), place),
            item(TYPE, uint(self._chance.randrange(3)), place),
            item(ANY, b"\x01\x77\x01a", place),
            gone(self._chance.randint(1, 3)),
        ]
        return self._chance.choice(structs)
