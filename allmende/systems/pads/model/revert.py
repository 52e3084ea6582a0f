"""Undoing: a replay with an undo manager (spec pads, P-33).

All functions are pure and take long for long texts: run them in a thread. The update that they
return is an ordinary edit for the live document; what others wrote meanwhile, also in the same
paragraph, stays.
"""

from collections.abc import Iterable, Iterator
from itertools import groupby
from typing import Any, Final

import pycrdt

from allmende.protocols.yjs.update import MalformedUpdate
from allmende.systems.pads.model.document import ROOT
from allmende.systems.pads.model.merging import merged
from allmende.systems.pads.model.pad import Kind

_REVERT: Final = "revert"
_FOR_EVER_MS: Final = 10**9


def revert_update(kind: Kind, then: bytes, now: bytes, client: int) -> bytes:
    """Return the update by ``client`` that undoes everything between ``then`` and ``now``.

    Both are whole documents, ``now`` a later state of ``then``. Raises MalformedUpdate.
    """
    return revert_rows(kind, then, [(now, True)], client)


def revert_rows(kind: Kind, then: bytes, rows: Iterable[tuple[bytes, bool]], client: int) -> bytes:
    """Return the update by ``client`` that undoes some of the rows after ``then``.

    ``then``: the whole document before the first row; ``rows``: all rows since, in order, with
    whether each shall go. Raises MalformedUpdate.
    """
    # Deleted text is kept while this runs, so that it can be brought back.
    doc: pycrdt.Doc[Any] = pycrdt.Doc(client_id=client, skip_gc=True)
    body = doc.get(ROOT, type=pycrdt.Text if kind is Kind.TEXT else pycrdt.XmlFragment)
    try:
        doc.apply_update(then)
        undo = pycrdt.UndoManager(scopes=[body], capture_timeout_millis=_FOR_EVER_MS)
        undo.include_origin(_REVERT)
        for update, goes in _neighbours(rows):
            with doc.transaction(origin=_REVERT if goes else None):
                doc.apply_update(update)
    except (ValueError, RuntimeError):
        raise MalformedUpdate("rows that cannot be replayed") from None
    before = doc.get_state()
    while undo.can_undo():
        undo.undo()
    return doc.get_update(before)


def _neighbours(rows: Iterable[tuple[bytes, bool]]) -> Iterator[tuple[bytes, bool]]:
    """Merge rows in a row with the same fate: undoing thousands of edits one by one is slow."""
    for goes, group in groupby(rows, key=lambda row: row[1]):
        yield merged([update for update, _ in group]), goes
