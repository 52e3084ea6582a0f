"""What leaves the house on request, and how a group comes into another house.

An archive is a set of files. Those that are ``canonical`` say everything in one way only: the same
group in two houses has the same digest. Numbers of the house are never in it: ``Numbers`` gives
each thing its own, in the order in which they are met.
"""

import hashlib
import json
import re
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Final, Protocol

from allmende.core.accounts import Caller
from allmende.core.ids import AccountId, GroupId

FORMAT: Final = "allmende-group"
VERSION: Final = 1
MANIFEST: Final = "manifest.json"
MAX_PATH_CHARS: Final = 200
LINES_AT_ONCE: Final = 2_000
"""How many lines are in one file of lines, so that no file is large."""

_PATH: Final = re.compile(
    r"[a-z0-9][a-z0-9_-]*(?:\.[a-z0-9]+)*(?:/[a-z0-9][a-z0-9_-]*(?:\.[a-z0-9]+)*)*"
)
_INSTANT: Final = "%Y-%m-%dT%H:%M:%S.%fZ"


@dataclass(frozen=True, slots=True)
class ExportedFile:
    """One file of an archive. Not ``canonical``: for people, or true in one house only."""

    path: str
    body: bytes
    canonical: bool = True


@dataclass(slots=True)
class Numbers:
    """What things of a house are called in an archive: 1, 2, 3 of each kind."""

    _given: dict[tuple[str, int], int] = field(default_factory=dict)
    _things: dict[tuple[str, int], int] = field(default_factory=dict)
    _last: dict[str, int] = field(default_factory=dict)

    def give(self, kind: str, thing: int) -> int:
        """Return the number of a thing in the archive; a new one if it has none."""
        known = self._given.get((kind, thing))
        if known is not None:
            return known
        self.remember(kind, self._last.get(kind, 0) + 1, thing)
        return self._last[kind]

    def remember(self, kind: str, number: int, thing: int) -> None:
        """Say which thing of this house a number of the archive means."""
        self._given[kind, thing] = number
        self._things[kind, number] = thing
        self._last[kind] = max(number, self._last.get(kind, 0))

    def find(self, kind: str, thing: int) -> int | None:
        """Return the number of a thing in the archive, if it is in it."""
        return self._given.get((kind, thing))

    def thing(self, kind: str, number: int) -> int | None:
        """Return the thing of this house that a number of the archive means."""
        return self._things.get((kind, number))


class Files(Protocol):
    """The files of an archive that was read and found to be whole."""

    def paths(self, below: str) -> Sequence[str]:
        """Return the paths that begin with ``below``, in order."""
        ...

    def read(self, path: str) -> bytes:
        """Return one file. Raises InvalidInput ``storage.archive-refused``."""
        ...


@dataclass(frozen=True, slots=True)
class TakenGroup:
    """A group that comes in: its number here, and those of people matched by their names."""

    group_id: GroupId
    numbers: Numbers
    accounts: Mapping[str, AccountId]
    now: datetime


class Exporter(Protocol):
    """What one system knows of a person or a group.

    ``covers``: the tables it hands out. ``left_out``: tables of people or groups that it does
    not, each with the reason.
    """

    @property
    def covers(self) -> frozenset[str]:
        """Tables whose rows are in the archives."""
        ...

    @property
    def left_out(self) -> Mapping[str, str]:
        """Tables whose rows are not, and why."""
        ...

    def of_account(self, who: Caller) -> AsyncIterator[ExportedFile]:
        """Yield everything about the account of ``who``."""
        ...

    def of_group(self, group_id: GroupId, numbers: Numbers) -> AsyncIterator[ExportedFile]:
        """Yield everything of a group."""
        ...

    async def take_group(self, taken: TakenGroup, files: Files) -> None:
        """Add what the archive holds to a group that was just made. Raises InvalidInput."""
        ...


async def no_files() -> AsyncIterator[ExportedFile]:
    """Yield nothing: a system that knows nothing about a person."""
    nothing: Sequence[ExportedFile] = ()
    for file in nothing:
        yield file


def canonical_json(value: object) -> bytes:
    """Return the one way in which a value is written: sorted keys, no blanks, UTF-8."""
    text = json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return text.encode() + b"\n"


def readable_json(value: object) -> bytes:
    """Return a value as people can read it; it is canonical as well."""
    text = json.dumps(value, ensure_ascii=False, sort_keys=True, indent=2)
    return text.encode() + b"\n"


def json_lines(values: Iterable[object]) -> bytes:
    """Return one line of JSON for each value."""
    return b"".join(canonical_json(value) for value in values)


def instant_text(instant: datetime | None) -> str | None:
    """Return an instant as RFC 3339 has it, in UTC and with microseconds."""
    return None if instant is None else instant.astimezone(UTC).strftime(_INSTANT)


def instant_from(text: str | None) -> datetime | None:
    """Return the instant that ``instant_text`` wrote. Raises ValueError."""
    if text is None:
        return None
    return datetime.strptime(text, _INSTANT).replace(tzinfo=UTC)


def file_digest(body: bytes) -> str:
    """Return SHA-256 in hex."""
    return hashlib.sha256(body).hexdigest()


def canonical_digest(digests: Mapping[str, str]) -> str:
    """Return one digest for the canonical files: of their paths and digests, in order."""
    lines = [f"{path}\0{digests[path]}\n" for path in sorted(digests)]
    return hashlib.sha256("".join(lines).encode()).hexdigest()


def is_safe(path: str) -> bool:
    """Return whether a path may be in an archive: plain, relative, never upwards."""
    return len(path) <= MAX_PATH_CHARS and _PATH.fullmatch(path) is not None
