"""The document of a live pad: a wrapper around ``pycrdt.Doc`` (spec pads, 5 and 16).

Deleted text is thrown away (garbage collection is on). A document belongs to one thread at a time:
a worker thread may make it, from then on only the event loop touches it.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, Final

import pycrdt

from allmende.protocols.yjs.state import read_state_vector
from allmende.protocols.yjs.update import MalformedUpdate, UpdateShape, read_update
from allmende.protocols.yjs.varint import Malformed
from allmende.systems.pads.model.limits import PadLimits
from allmende.systems.pads.model.merging import merged
from allmende.systems.pads.model.pad import Kind
from allmende.systems.pads.model.structure import ROOT as ROOT
from allmende.systems.pads.model.structure import Gap, Stage, Structure
from allmende.systems.pads.model.weight import Weight

Body = pycrdt.Text | pycrdt.XmlFragment
_SINCE_BYTES: Final = 1_000_000
_SINCE_UPDATES: Final = 1_000


@dataclass(frozen=True, slots=True)
class Offer:
    """An update that was read and found to fit, for ``Document.accept``.

    ``update`` brings only what is news: what somebody says again, they may say differently.
    """

    update: bytes
    shape: UpdateShape
    stage: Stage


class Document:
    """What a pad says now."""

    def __init__(
        self,
        kind: Kind,
        parts: Iterable[bytes] = (),
        *,
        guid: str = "",
        limits: PadLimits | None = None,
    ) -> None:
        """Merge ``parts`` (a state and the rows after it) once and apply them once.

        They come from our own disk. Raises MalformedUpdate.
        """
        self._kind = kind
        self._guid = guid
        self._limits = limits or PadLimits()
        self._base = merged(list(parts))
        self._since: list[bytes] = []
        self._since_bytes = 0
        self._fresh = False
        self._vector: bytes | None = None
        self._doc = self._build()
        self._structure = Structure(kind, self._limits.nesting)
        shape = read_update(self.encoded(), trusted=True)
        self._structure.commit(self._structure.stage(shape, trusted=True))
        self._weight = Weight(self._limits, shape.text_bytes, len(self._base))

    def _build(self) -> "pycrdt.Doc[Body]":
        """Make the document anew from what is known to be good."""
        doc: pycrdt.Doc[Body] = pycrdt.Doc(guid=self._guid or None, allow_multithreading=True)
        doc[ROOT] = pycrdt.XmlFragment() if self._kind is Kind.RICH else pycrdt.Text()
        _apply(doc, merged([self._base, *self._since]))
        return doc

    @property
    def doc(self) -> "pycrdt.Doc[Body]":
        """The document itself, to be read. Changes go through ``apply``; do not keep it."""
        return self._doc

    @property
    def kind(self) -> Kind:
        """Rich or plain text."""
        return self._kind

    @property
    def text_bytes(self) -> int:
        """The text in bytes of UTF-8; at most, where something was deleted since it was counted."""
        return self._weight.text_bytes

    def apply(self, update: bytes) -> None:
        """Add an update as a whole. Raises MalformedUpdate and changes nothing."""
        try:
            self.accept(self.offer(update))
        except Gap:
            raise MalformedUpdate("something that comes before is not known") from None

    def offer(self, update: bytes, shape: UpdateShape | None = None) -> Offer:
        """Look at an update, without a change. Raises Gap, MalformedUpdate."""
        shape = shape or read_update(update)
        stage = self._structure.stage(shape)
        if any(shape.first(client) < self.clock(client) for client in shape.ranges):
            update = _news(update, self.state_vector())
        return Offer(update, shape, stage)

    def accept(self, offer: Offer) -> bool:
        """Add what was offered just before. Raises MalformedUpdate and changes nothing.

        False: all of it was known. Who comes back always sends everything that was ever deleted.
        """
        before = None if offer.stage.runs else self._deleted()
        try:
            _apply(self._doc, offer.update)
        except MalformedUpdate:
            self._doc = self._build()
            raise
        if before is not None and self._deleted() == before:
            return False
        self._structure.commit(offer.stage)
        self._weight.add(offer.shape, len(offer.update))
        self._since.append(offer.update)
        self._since_bytes += len(offer.update)
        self._fresh = False
        self._vector = None
        if self._since_bytes > _SINCE_BYTES or len(self._since) > _SINCE_UPDATES:
            self.encoded()
        return True

    def _deleted(self) -> bytes:
        """Return an update with nothing but what is deleted."""
        return self._doc.get_update(self.state_vector())

    def fits(self, shape: UpdateShape) -> bool:
        """Return whether there is room for what an update adds. Deleting always fits."""
        return self._weight.fits(shape, self._count_text, lambda: len(self.encoded()))

    def _count_text(self) -> int:
        return read_update(self.encoded(), trusted=True).text_bytes

    def clock(self, client: int) -> int:
        """Return how many clocks of ``client`` are known."""
        return self._structure.clock(client)

    def clients(self) -> Iterable[int]:
        """Return who wrote something."""
        return self._structure.runs.keys()

    def state_vector(self) -> bytes:
        """Return what is known of each client, encoded as Yjs does."""
        if self._vector is None:
            self._vector = self._doc.get_state()
        return self._vector

    def encoded(self) -> bytes:
        """Return the whole document as one update; the same object until something changes."""
        if not self._fresh:
            self._base = self._doc.get_update()
            self._since.clear()
            self._since_bytes = 0
            self._fresh = True
        return self._base

    def diff(self, state_vector: bytes) -> bytes:
        """Return what somebody with ``state_vector`` lacks. Raises MalformedUpdate."""
        try:
            if not read_state_vector(state_vector):
                return self.encoded()
            return self._doc.get_update(state_vector)
        except (Malformed, ValueError):
            raise MalformedUpdate("not a state vector") from None

    def change_by(self, client: int, change: "Callable[[pycrdt.Doc[Any]], None]") -> bytes:
        """Run ``change`` on a copy that writes as ``client``; return what it did as an update.

        The document itself is as before: the update then goes through ``LivePad.apply_server``.
        """
        copy: pycrdt.Doc[Any] = pycrdt.Doc(client_id=client, guid=self._guid or None)
        copy[ROOT] = pycrdt.XmlFragment() if self._kind is Kind.RICH else pycrdt.Text()
        _apply(copy, self.encoded())
        before = copy.get_state()
        with copy.transaction():
            change(copy)
        return copy.get_update(before)


def _news(update: bytes, state_vector: bytes) -> bytes:
    """Cut off what is known. Merged with others, the known part may win over what it was."""
    try:
        return pycrdt.get_update(update, state_vector)
    except ValueError:
        raise MalformedUpdate("an update that cannot be cut") from None


def _apply(doc: "pycrdt.Doc[Any]", update: bytes) -> None:
    """Apply, and turn every way in which that fails into MalformedUpdate.

    ``yrs`` reports a place that makes no sense as RuntimeError, and a panic as an exception that
    is no Exception; ``Structure`` lets nothing pass that is known to lead there.
    """
    try:
        doc.apply_update(update)
    except (ValueError, RuntimeError):
        raise MalformedUpdate("an update that cannot be applied") from None
    except BaseException as error:
        if type(error).__name__ != "PanicException":
            raise
        raise MalformedUpdate("an update that cannot be applied") from None
