"""Carets: who stands where. Sent on, never kept (spec pads, P-10).

Of what a client says only ``cursor`` of its own client is taken; name and colour are ours. The
clock of a caret is ours too: others ignore a state that is not newer than the last, also after the
client came back.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import msgspec

from allmende.protocols.yjs.messages import Entry, write_awareness, write_entry

_GONE: Final = "null"
_CLOCKS_KEPT: Final = 2_000
_DEPTH: Final = 10
"""The cursor of an editor is nested four times."""


class MalformedCaret(ValueError):
    """The state of an editor is not JSON of the right shape."""


@dataclass(slots=True)
class _Caret:
    entry: bytes
    since: int


class Carets:
    """The carets of one pad, by Yjs client."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._clocks: dict[int, int] = {}
        self._shown: dict[int, _Caret] = {}
        self._moves = 0
        self._changed: dict[int, bytes] = {}

    def set(self, client: int, clock: int, cursor: object, user: Mapping[str, object]) -> None:
        """Put a caret; beyond ``most`` the one that moved least lately disappears."""
        text = msgspec.json.encode({"cursor": cursor, "user": user}).decode()
        self._moves += 1
        entry = self._entry(client, clock, text)
        self._shown.pop(client, None)
        self._shown[client] = _Caret(entry, self._moves)
        self._changed[client] = entry
        if len(self._shown) > self._most:
            self.remove(next(iter(self._shown)))

    def remove(self, client: int) -> None:
        """Take a caret away, if there is one."""
        if self._shown.pop(client, None):
            self._changed[client] = self._entry(client, 0, _GONE)

    def _entry(self, client: int, clock: int, text: str) -> bytes:
        clock = max(clock, self._clocks.pop(client, -1) + 1)
        self._clocks[client] = clock
        if len(self._clocks) > _CLOCKS_KEPT:
            del self._clocks[next(iter(self._clocks))]
        return write_entry(Entry(client, clock, text))

    def all_but(self, client: int) -> bytes | None:
        """Return one message with all carets except that of ``client``."""
        entries = [caret.entry for one, caret in self._shown.items() if one != client]
        return write_awareness(entries) if entries else None

    @property
    def changed(self) -> bool:
        """Whether ``take`` has something."""
        return bool(self._changed)

    def take(self) -> "Moved":
        """Return what changed since the last time."""
        moved, self._changed = Moved(self._changed), {}
        return moved


class Moved:
    """Carets that changed: one message for all, others for those who moved themselves."""

    def __init__(self, entries: Mapping[int, bytes]) -> None:
        self._entries = entries
        self._for_all = write_awareness(entries.values())

    def message_for(self, client: int) -> bytes | None:
        """Return what the editor ``client`` is to know; nothing of itself."""
        if client not in self._entries:
            return self._for_all
        others = [entry for one, entry in self._entries.items() if one != client]
        return write_awareness(others) if others else None


def own_entry(entries: Sequence[Entry], client: int) -> Entry | None:
    """Return what ``client`` says of itself. Stock clients repeat what others said."""
    return next((entry for entry in reversed(entries) if entry.client == client), None)


def cursor_of(state: str) -> object:
    """Return the cursor in a state, None if there is none. Raises MalformedCaret.

    What is nested deeply can be read in one place and not be written in another.
    """
    try:
        read: object = msgspec.json.decode(state)
    except (ValueError, RecursionError):
        raise MalformedCaret("a state that is not JSON") from None
    if read is None:
        return None
    if not isinstance(read, dict):
        raise MalformedCaret("a state that is not an object")
    cursor: object = read.get("cursor")
    if not _is_flat(cursor, _DEPTH):
        raise MalformedCaret("a cursor nested too deep")
    return cursor


def _is_flat(value: object, depth: int) -> bool:
    if isinstance(value, dict):
        value = list(value.values())
    if not isinstance(value, list):
        return True
    return depth > 0 and all(_is_flat(one, depth - 1) for one in value)
