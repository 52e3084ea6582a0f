"""What stands where in a document, so that no update can break it (spec pads, 5).

``pycrdt`` believes what an update says of its place. An update that is well formed but makes no
sense (neighbours in different parents, text where only elements may stand, half a character) makes
it drop text, run for ever or end the program, and browsers with it. So a place is looked up here
before anything is applied: for each client the runs of clocks with the same parent.
"""

from bisect import bisect_right
from collections.abc import Sequence
from typing import Final

from allmende.protocols.yjs.update import (
    ANY,
    DELETED,
    FORMAT,
    GC,
    STRING,
    TEXT,
    TYPE,
    XML_ELEMENT,
    XML_FRAGMENT,
    XML_TEXT,
    Id,
    MalformedUpdate,
    Struct,
    UpdateShape,
)
from allmende.systems.pads.model.pad import Kind

ROOT: Final = "body"
"""The one root type: an XmlFragment for rich text, a Text for plain text."""

_ROOT_TYPES: Final = {Kind.RICH: XML_FRAGMENT, Kind.TEXT: TEXT}
_HOLDS_ELEMENTS: Final = (XML_FRAGMENT, XML_ELEMENT)
_HOLDS_ATTRIBUTES: Final = (XML_ELEMENT, XML_TEXT)

Place = tuple[Id | str, str | None, bool]
"""Parent, key in it, and whether only a trace is left (deleted). None: gone with its parent."""


class Gap(Exception):
    """Something that comes before is not known."""

    def __init__(self, missing: Id) -> None:
        super().__init__("something that comes before is not known")
        self.missing = missing


class Runs:
    """The clocks of one client from ``first`` on, in runs with one place each."""

    __slots__ = ("end", "first", "places", "starts")

    def __init__(self, first: int) -> None:
        self.first = self.end = first
        self.starts: list[int] = []
        self.places: list[Place | None] = []

    def add(self, end: int, place: Place | None) -> None:
        """Add what follows up to ``end``."""
        if not self.places or self.places[-1] != place:
            self.starts.append(self.end)
            self.places.append(place)
        self.end = end

    def at(self, clock: int) -> Place | None:
        """Return the place of a clock of ``first`` .. ``end``."""
        return self.places[bisect_right(self.starts, clock) - 1]

    def extend(self, later: "Runs") -> None:
        """Add all of ``later``, which begins where this ends."""
        for start, place in zip([*later.starts[1:], later.end], later.places, strict=True):
            self.add(start, place)


class Structure:
    """All places of one document."""

    def __init__(self, kind: Kind, nesting: int) -> None:
        """``nesting``: how deep elements may stand in each other."""
        self.root_type = _ROOT_TYPES[kind]
        self.nesting = nesting
        self.runs: dict[int, Runs] = {}
        self.types: dict[Id, tuple[int, int]] = {}
        self.halves: set[Id] = set()

    def clock(self, client: int) -> int:
        """Return how many clocks of ``client`` are known."""
        runs = self.runs.get(client)
        return runs.end if runs else 0

    def stage(self, shape: UpdateShape, *, trusted: bool = False) -> "Stage":
        """Return where everything in ``shape`` will stand, for ``commit``.

        Raises Gap, or MalformedUpdate where something may not stand there. ``trusted``: it comes
        from our own disk.
        """
        stage = Stage(self, shape, trusted)
        stage.place_all()
        return stage

    def commit(self, stage: "Stage") -> None:
        """Take over what was staged last."""
        for client, runs in stage.runs.items():
            known = self.runs.get(client)
            if known:
                known.extend(runs)
            else:
                self.runs[client] = runs
        self.types.update(stage.types)
        self.halves |= stage.shape.halves


class Stage:
    """Where the structs of one update will stand; nothing is changed by it."""

    def __init__(self, structure: Structure, shape: UpdateShape, trusted: bool) -> None:
        self.shape = shape
        self.runs: dict[int, Runs] = {}
        self.types: dict[Id, tuple[int, int]] = {}
        self._known = structure
        self._trusted = trusted
        self._next = dict.fromkeys(shape.structs, 0)

    def place_all(self) -> None:
        """Place every struct after those that it refers to. Raises Gap, MalformedUpdate."""
        for client, structs in self.shape.structs.items():
            if self._trusted:
                self._place_in_any_case(client, structs)
            else:
                self._place_client(client, structs[-1].end)
        if self._trusted:
            return
        for client, runs in self.shape.deleted.items():
            for start, end in runs:
                if end > self._clock(client):
                    raise Gap((client, end))
                self._whole((client, start), (client, end))

    def _place_client(self, client: int, end: int) -> None:
        waiting = [(client, end)]
        while waiting:
            client, end = waiting[-1]
            if self._clock(client) >= end:
                waiting.pop()
                continue
            struct = self._next_struct(client, end)
            missing = self._missing(struct)
            if missing is None:
                self._place(struct)
                self._next[client] += 1
            elif all(client != missing[0] for client, _ in waiting):
                waiting.append(missing)
            elif self._trusted:
                self._set(struct, None)
                self._next[client] += 1
            else:
                raise MalformedUpdate("refers to itself in a circle")

    def _place_in_any_case(self, client: int, structs: Sequence[Struct]) -> None:
        """Place what is on our disk; what makes no sense is taken for gone."""
        while self._clock(client) < structs[-1].end:
            try:
                self._place_client(client, structs[-1].end)
            except Gap:
                at = self._next[client]
                self._set(structs[at], None)
                self._next[client] = at + 1

    def _next_struct(self, client: int, end: int) -> Struct:
        """Return the next struct that is news. Raises Gap if it does not follow."""
        structs = self.shape.structs.get(client, ())
        clock = self._clock(client)
        at = self._next.get(client, 0)
        while at < len(structs) and structs[at].end <= clock:
            at += 1
        if at == len(structs) or structs[at].clock > clock:
            raise Gap((client, end))
        self._next[client] = at
        return structs[at]

    def _missing(self, struct: Struct) -> tuple[int, int] | None:
        """Return client and clock that must be known before ``struct``."""
        for named in (struct.left, struct.right, struct.parent):
            if isinstance(named, tuple) and self._clock(named[0]) <= named[1]:
                return named[0], named[1] + 1
        return None

    def _clock(self, client: int) -> int:
        runs = self.runs.get(client)
        return runs.end if runs else self._known.clock(client)

    def _at(self, named: Id) -> Place | None:
        client, clock = named
        runs = self.runs.get(client)
        if runs is None or clock < runs.first:
            runs = self._known.runs[client]
        return runs.at(clock)

    def _type(self, named: Id | str) -> tuple[int, int] | None:
        """Return type and depth of a parent. None: gone."""
        if isinstance(named, str):
            if named != ROOT and not self._trusted:
                raise MalformedUpdate("a root that is not ours")
            return self._known.root_type, 0
        found = self.types.get(named) or self._known.types.get(named)
        if found is None and not self._trusted:
            place = self._at(named)
            if place is not None and not place[2]:
                raise MalformedUpdate("a parent that holds nothing")
        return found

    def _place(self, struct: Struct) -> None:
        place = self._place_of(struct)
        known = self._clock(struct.client)
        if struct.clock < known and not self._trusted:
            self._follows(struct, place, known)
        if place is not None:
            self._settle(struct, place)
            place = place[0], place[1], struct.kind == DELETED
        self._set(struct, place)

    def _set(self, struct: Struct, place: Place | None) -> None:
        runs = self.runs.get(struct.client)
        if runs is None:
            runs = self.runs[struct.client] = Runs(self._known.clock(struct.client))
        runs.add(struct.end, place)

    def _place_of(self, struct: Struct) -> Place | None:
        if struct.kind == GC:
            return None
        if struct.parent is not None:
            gone = self._type(struct.parent) is None
            return None if gone else (struct.parent, struct.key, False)
        left = self._beside(struct.left, 1)
        right = self._beside(struct.right, 0)
        if struct.left is None or struct.right is None:
            return left or right
        if (left and left[:2]) != (right and right[:2]) and not self._trusted:
            raise MalformedUpdate("between neighbours that are none")
        return left

    def _beside(self, named: Id | None, after: int) -> Place | None:
        """Return the place of a neighbour; ``after`` 1: the struct stands behind it."""
        if named is None:
            return None
        self._whole((named[0], named[1] + after))
        return self._at(named)

    def _whole(self, *cuts: Id) -> None:
        """Refuse to cut a character into halves."""
        for cut in cuts:
            if (cut in self._known.halves or cut in self.shape.halves) and not self._trusted:
                raise MalformedUpdate("half a character")

    def _follows(self, struct: Struct, place: Place | None, known: int) -> None:
        """Check a struct of which the beginning is known already."""
        self._whole((struct.client, known))
        before = self._at((struct.client, known - 1))
        if place is not None and (before is None or before[:2] != place[:2]):
            raise MalformedUpdate("not what it was before")

    def _settle(self, struct: Struct, place: Place) -> None:
        """Check that ``struct`` may stand there; remember it if it holds others."""
        parent = self._type(place[0])
        if parent is None:
            return
        holder, depth = parent
        if not self._trusted:
            if not _may_stand(holder, place[1], struct):
                raise MalformedUpdate("content that may not stand there")
            if depth > self._known.nesting:
                raise MalformedUpdate("nested too deep")
        if struct.kind == TYPE:
            self.types[struct.client, struct.clock] = struct.type_ref, depth + 1


def _may_stand(holder: int, key: str | None, struct: Struct) -> bool:
    """Say whether our editors can have written ``struct`` inside of a type."""
    if struct.kind == DELETED:
        return True
    if key is not None:
        return holder in _HOLDS_ATTRIBUTES and struct.kind == ANY
    if holder in _HOLDS_ELEMENTS:
        return struct.kind == TYPE and struct.type_ref in (XML_ELEMENT, XML_TEXT)
    return struct.kind in (STRING, FORMAT)
