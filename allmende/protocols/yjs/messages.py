"""The messages of y-protocols as y-websocket sends them, and our control message.

One WebSocket message holds one of: 0 sync (0 step 1, 1 step 2, 2 update), 1 awareness, 3 "tell me
the awareness of all", 64 control (JSON; only from server to client, only if it asked for it).
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from allmende.protocols.yjs.varint import Malformed, Reader, uint, var_bytes, var_string

SYNC: Final = 0
AWARENESS: Final = 1
ASK_AWARENESS: Final = 3
CONTROL: Final = 64

_STEP_1: Final = b"\x00\x00"
_STEP_2: Final = b"\x00\x01"
_UPDATE: Final = b"\x00\x02"
_AWARENESS: Final = b"\x01"
_CONTROL: Final = b"\x40"


@dataclass(frozen=True, slots=True)
class Step1:
    """Says what the sender knows; asks for the rest."""

    state_vector: bytes


@dataclass(frozen=True, slots=True)
class Step2:
    """The rest that was asked for, as one update."""

    update: bytes


@dataclass(frozen=True, slots=True)
class Update:
    """What was just written."""

    update: bytes


@dataclass(frozen=True, slots=True)
class Entry:
    """One client's state of the moment as JSON; ``null``: it is gone. Newer has a higher clock."""

    client: int
    clock: int
    state: str


@dataclass(frozen=True, slots=True)
class Awareness:
    """States of the moment, such as carets."""

    entries: Sequence[Entry]


@dataclass(frozen=True, slots=True)
class AskAwareness:
    """Asks for the states of all."""


@dataclass(frozen=True, slots=True)
class Control:
    """A message beside the protocol; ``text`` is JSON, not looked into."""

    text: str


Message = Step1 | Step2 | Update | Awareness | AskAwareness | Control


def read_message(data: bytes) -> Message:
    """Return what one WebSocket message holds. Raises Malformed."""
    reader = Reader(data)
    kind = reader.uint()
    if kind == SYNC:
        message = _read_sync(reader)
    elif kind == AWARENESS:
        message = Awareness(_read_entries(reader.var_bytes()))
    elif kind == ASK_AWARENESS:
        message = AskAwareness()
    elif kind == CONTROL:
        message = Control(reader.var_string())
    else:
        raise Malformed("an unknown kind of message")
    reader.finish()
    return message


def _read_sync(reader: Reader) -> Message:
    kind = reader.uint()
    if kind > 2:
        raise Malformed("an unknown kind of sync message")
    payload = reader.var_bytes()
    if kind == 2:
        return Update(payload)
    return Step2(payload) if kind else Step1(payload)


def _read_entries(data: bytes) -> Sequence[Entry]:
    reader = Reader(data)
    entries = []
    for _ in range(reader.uint()):
        entries.append(Entry(reader.uint(), reader.uint(), reader.var_string()))
    reader.finish()
    return entries


def write_step_1(state_vector: bytes) -> bytes:
    """Write Step1."""
    return _STEP_1 + var_bytes(state_vector)


def write_step_2(update: bytes) -> bytes:
    """Write Step2."""
    return _STEP_2 + var_bytes(update)


def write_update(update: bytes) -> bytes:
    """Write Update."""
    return _UPDATE + var_bytes(update)


def write_entry(entry: Entry) -> bytes:
    """Write one entry of an awareness message, for ``write_awareness``."""
    return uint(entry.client) + uint(entry.clock) + var_string(entry.state)


def write_awareness(entries: Iterable[bytes]) -> bytes:
    """Write Awareness of entries that are written already."""
    parts = list(entries)
    return _AWARENESS + var_bytes(uint(len(parts)) + b"".join(parts))


def write_control(text: str) -> bytes:
    """Write Control."""
    return _CONTROL + var_string(text)
