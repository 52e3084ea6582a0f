"""When a pad ends, its limits, and what its settings mean for those who write in it."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Final

from allmende.systems.pads.model.pad import History, Pad, Whom

Sentence = tuple[str, Mapping[str, object]]
"""A message id with its values."""

EXPIRY_DAYS: Final = (1, 30, 365)
NEVER_EDITED: Final = timedelta(hours=24)
_NOTICE: Final = timedelta(days=7)
_NOTICE_OF_A_DAY: Final = timedelta(hours=2)

TOMBSTONE: Final = timedelta(days=30)
AUTHOR_COOKIE_DAYS: Final = 90
COLOURS: Final = 24

MAX_LINKS: Final = 50
MAX_LINK_DAYS: Final = 3650
MAX_PADS_OF_ROOM: Final = 200
MAX_PADS_OF_GROUP: Final = 2_000
MAX_AUTHORS: Final = 20_000
MAX_APPEND_CHARS: Final = 20_000
MAX_IMPORT_BYTES: Final = 10_000_000
MAX_IMPORTED_REVISIONS: Final = 100
BACKUP_DAYS: Final = 30
"""How long backups are usually kept; the page after deleting says so."""


def end_of(pad: Pad) -> datetime | None:
    """Return when a pad ends if nobody writes any more; None: never, or with its room.

    ``ends_at`` of the row is never later than this: it says when to look again.
    """
    if pad.room_id is not None:
        return None
    if pad.edited_at is None:
        return pad.ends_at
    return None if pad.expiry_days is None else pad.edited_at + timedelta(days=pad.expiry_days)


def is_over(pad: Pad, now: datetime) -> bool:
    """Return whether a pad has ended, deleted already or not."""
    end = end_of(pad)
    return end is not None and end <= now


def ends_soon(pad: Pad, now: datetime) -> bool:
    """Return whether its page warns: 7 days before, for pads of a day 2 hours before."""
    end = end_of(pad)
    brief = pad.expiry_days == 1 or pad.edited_at is None
    return end is not None and end - now <= (_NOTICE_OF_A_DAY if brief else _NOTICE)


def pad_label(pad: Pad) -> Sequence[Sentence]:
    """Return the honest label of a pad, in the order of reading (product.md, 9)."""
    sentences: list[Sentence] = [(_readers(pad), {}), ("pads.label-operators", {})]
    if pad.locked:
        sentences.append(("pads.label-locked", {}))
    sentences.append((_HISTORIES[pad.history], {}))
    if pad.room_id is not None:
        sentences.append(("pads.label-with-room", {}))
    elif pad.expiry_days is None:
        sentences.append(("pads.label-for-ever", {}))
    else:
        sentences.append(("pads.label-idle", {"n": pad.expiry_days}))
    sentences.append(("pads.label-search", {}))
    return sentences


_HISTORIES: Final = {
    History.FULL: "pads.label-history-full",
    History.NAMED: "pads.label-history-named",
    History.NONE: "pads.label-history-none",
}


def _readers(pad: Pad) -> str:
    if pad.room_id is not None:
        return "pads.label-room"
    if pad.who_edits is Whom.LINK:
        return "pads.label-address-writes"
    if pad.group_id is None:
        reads = pad.who_reads is Whom.LINK
        return "pads.label-address-reads" if reads else "pads.label-links-only"
    return "pads.label-group-public" if pad.who_reads is Whom.LINK else "pads.label-group"
