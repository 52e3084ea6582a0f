"""How heavy a document is, counted without reading it at every edit.

What is added is known exactly, what is deleted is not: so the sum is an upper bound, and only
where the bound passes a limit the document is counted anew.
"""

from collections.abc import Callable
from typing import Final

from allmende.protocols.yjs.update import UpdateShape
from allmende.systems.pads.model.limits import PadLimits

_WORTH: Final = 1_000
"""Counting is only worth it after one part in so many of the limit was deleted."""


class Weight:
    """Text and size of one document."""

    def __init__(self, limits: PadLimits, text_bytes: int, document_bytes: int) -> None:
        self._limits = limits
        self.text_bytes = text_bytes
        self._document_bytes = document_bytes
        self._deleted = 0
        self._added = 0

    def add(self, shape: UpdateShape, length: int) -> None:
        """Count an update that was applied."""
        self.text_bytes += shape.text_bytes
        self._document_bytes += length
        self._added += length
        if shape.deleted:
            self._deleted += sum(
                end - start for runs in shape.deleted.values() for start, end in runs
            )

    def fits(
        self,
        shape: UpdateShape,
        count_text: Callable[[], int],
        count_document: Callable[[], int],
    ) -> bool:
        """Return whether there is room for an update. One that only deletes always fits."""
        if not shape.ranges:
            return True
        if self.text_bytes + shape.text_bytes > self._limits.text_bytes and shape.text_bytes:
            if self._deleted < max(1, self._limits.text_bytes // _WORTH):
                return False
            self.text_bytes, self._deleted = count_text(), 0
            if self.text_bytes + shape.text_bytes > self._limits.text_bytes:
                return False
        if self._document_bytes > self._limits.document_bytes:
            if self._added < max(1, self._limits.document_bytes // _WORTH):
                return False
            self._document_bytes, self._added = count_document(), 0
            return self._document_bytes <= self._limits.document_bytes
        return True
