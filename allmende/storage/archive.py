"""What is inside of a backup: a tar stream whose last member is a sum that covers all of it.

So ``age -d -i KEY FILE | tar tf -`` lists it, and a missing or changed byte anywhere is noticed.
Members: ``format``, ``tables/NAME.0001.jsonl``, ``blobs/HASH``, ``files/...``, then
``manifest.json`` with the SHA-256 of each, then ``sha256``, that of the manifest. A header is
what we would write for its name and size, to the bit, so it needs no sum.

Format 1, of older releases, was a plain file: one member a table, no member ``format``, and the
sum was over all bytes before. POSIX.1-1988 ustar headers; sizes above 8 GiB in the base-256 form
of GNU tar.
"""

import hashlib
import re
import tarfile
from collections.abc import Callable, Iterator
from typing import IO, Final

import msgspec

from allmende.core.errors import Conflict, InvalidInput
from allmende.storage.age import Target
from allmende.storage.ciphertext import Readable

FORMAT: Final = 2
CHUNK_BYTES: Final = 256 * 1024
MANIFEST: Final = "manifest.json"
MAX_MANIFEST_BYTES: Final = 64 * 1024 * 1024
_FIRST: Final = "format"
_LAST: Final = "sha256"
_SUM_BYTES: Final = 65
_BLOCK: Final = tarfile.BLOCKSIZE
_END: Final = b"\0" * 2 * _BLOCK
_PART: Final = r"[A-Za-z0-9_-][A-Za-z0-9._-]{0,99}"
_NAME: Final = re.compile(
    rf"tables/[a-z][a-z0-9_]{{0,62}}(\.\d{{4,6}})?\.jsonl|blobs/[0-9a-f]{{64}}|files(/{_PART}){{1,8}}"
)


class TableEntry(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """One table: names and kinds of its columns, and the highest number it ever gave.

    ``sha256`` is that of all its lines; ``parts``: how many members they are in. Format 1 has
    neither.
    """

    name: str
    columns: list[tuple[str, str]]
    rows: int
    last_id: int | None = None
    parts: int | None = None
    sha256: str = ""

    def members(self) -> list[str]:
        """Return the names of the members that hold its rows, in order."""
        if self.parts is None:
            return [f"tables/{self.name}.jsonl"]
        return [part_name(self.name, number) for number in range(1, self.parts + 1)]


class FileEntry(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """One member of the archive."""

    size_bytes: int
    sha256: str


class Manifest(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What is in a backup. ``migration`` is the number of the schema its rows belong to."""

    format: int
    migration: int
    tables: list[TableEntry]
    files: dict[str, FileEntry]

    @property
    def size_bytes(self) -> int:
        """How much all members are together."""
        return sum(entry.size_bytes for entry in self.files.values())


class _Envelope(msgspec.Struct, frozen=True):
    """The part of a manifest that every format has."""

    format: int
    migration: int


def part_name(table: str, number: int) -> str:
    """Return the name of a member with rows of ``table``."""
    return f"tables/{table}.{number:04}.jsonl"


class ArchiveWriter:
    """Writes an archive into ``file``, which may be a pipe."""

    def __init__(self, file: Target) -> None:
        self._file = file
        self.files: dict[str, FileEntry] = {}
        self._add_bytes(_FIRST, _line(FORMAT))

    def add(self, name: str, content: Readable, size_bytes: int, *, sha256: str = "") -> FileEntry:
        """Copy ``size_bytes`` from ``content``. ValueError if there are fewer.

        ``sha256`` is given where reading has proven already that the content has it.
        """
        if not _NAME.fullmatch(name) or name in self.files:
            raise ValueError(f"{name} cannot be a member of a backup")
        digest = None if sha256 else hashlib.sha256()
        self._copy(name, content, size_bytes, digest)
        entry = FileEntry(size_bytes=size_bytes, sha256=digest.hexdigest() if digest else sha256)
        self.files[name] = entry
        return entry

    def finish(self, manifest: Manifest) -> None:
        """Add the manifest and its sum."""
        body = msgspec.json.format(msgspec.json.encode(manifest), indent=1) + b"\n"
        self._add_bytes(MANIFEST, body)
        self._add_bytes(_LAST, _line(hashlib.sha256(body).hexdigest()))
        self._file.write(_END)

    def _add_bytes(self, name: str, body: bytes) -> None:
        self._file.write(_header(name, len(body)) + body + _padding(len(body)))

    def _copy(
        self, name: str, content: Readable, size_bytes: int, digest: "hashlib._Hash | None"
    ) -> None:
        self._file.write(_header(name, size_bytes))
        left = size_bytes
        while left:
            piece = content.read(min(left, CHUNK_BYTES))
            if not piece:
                raise ValueError(f"{name} became shorter while it was copied")
            if digest is not None:
                digest.update(piece)
            self._file.write(piece)
            left -= len(piece)
        if content.read(1):
            raise ValueError(f"{name} became longer while it was copied")
        self._file.write(_padding(size_bytes))


class Content:
    """The bytes of one member, summed as they are read."""

    def __init__(self, file: IO[bytes], size_bytes: int, note: Callable[[bytes], None]) -> None:
        self._file = file
        self._left = size_bytes
        self._note = note
        self._digest = hashlib.sha256()

    def read(self, size: int = CHUNK_BYTES, /) -> bytes:
        """Return the next bytes, ``size`` of them unless it ends before; all with -1."""
        wanted = self._left if size < 0 else min(size, self._left)
        piece = self._file.read(wanted)
        if len(piece) < wanted:
            raise damaged("too short")
        self._digest.update(piece)
        self._note(piece)
        self._left -= wanted
        return piece

    def lines(self) -> Iterator[bytes]:
        """Yield the lines without their ends."""
        rest = b""
        while piece := self.read():
            *whole, rest = (rest + piece).split(b"\n")
            yield from whole
        if rest:
            raise damaged("a line without end")

    def close(self) -> None:
        """Nothing: the next member begins where this one ends, read or not."""

    def drained(self) -> str:
        """Read what is left; return the sum of all."""
        while self.read():
            pass
        return self._digest.hexdigest()


class ArchiveReader:
    """Reads an archive once, from its first to its last byte, from a file or a pipe.

    ``manifest`` is there when the last member has been read. InvalidInput
    ``storage.backup-damaged`` for what is cut, changed or holds what no backup holds (``../`` in
    a name, links); Conflict ``storage.newer-backup`` for a format that we do not know.
    """

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file
        self._sum = hashlib.sha256()
        self._before_last = self._sum
        self._format = 1
        self._found: dict[str, FileEntry] = {}
        self._manifest: Manifest | None = None

    @property
    def manifest(self) -> Manifest:
        """What was in it."""
        if self._manifest is None:
            raise damaged("no manifest")
        return self._manifest

    def members(self) -> Iterator[tuple[str, Content]]:
        """Yield names with contents; what of a content is not read is skipped, and checked."""
        while (head := self._head()) is not None:
            name, size_bytes = head
            if name == _FIRST and not self._found:
                self._format = _number(self._small(size_bytes, 32))
            elif name == MANIFEST and self._manifest is None:
                body = self._small(size_bytes, MAX_MANIFEST_BYTES)
                self._manifest = self._checked(body)
            elif name == _LAST and self._manifest is not None:
                self._finish(size_bytes)
                return
            elif _NAME.fullmatch(name) and name not in self._found and self._manifest is None:
                content = Content(self._file, size_bytes, self._note)
                yield name, content
                self._found[name] = FileEntry(size_bytes=size_bytes, sha256=content.drained())
                self._skip_padding(size_bytes)
            else:
                raise damaged("a member that no backup has")
        raise damaged("it has no end")

    def _head(self) -> tuple[str, int] | None:
        block = self._file.read(_BLOCK)
        try:
            member = tarfile.TarInfo.frombuf(block, "ascii", "strict")
            whole = _header(member.name, member.size) == block
        except (tarfile.HeaderError, UnicodeError, ValueError) as failure:
            raise damaged("not a tar file") from failure
        if not whole or member.size < 0:
            raise damaged("a header that no backup has")
        self._before_last = self._sum.copy()
        self._note(block)
        return member.name, member.size

    def _note(self, piece: bytes) -> None:
        """Format 1 has a sum of all bytes."""
        if self._format == 1:
            self._sum.update(piece)

    def _small(self, size_bytes: int, limit_bytes: int) -> bytes:
        if size_bytes > limit_bytes:
            raise damaged("a member that is too large")
        body = self._file.read(size_bytes)
        if len(body) < size_bytes:
            raise damaged("too short")
        self._note(body)
        self._skip_padding(size_bytes)
        return body

    def _skip_padding(self, size_bytes: int) -> None:
        padding = _padding(size_bytes)
        if self._file.read(len(padding)) != padding:
            raise damaged("bytes between members")
        self._note(padding)

    def _checked(self, body: bytes) -> Manifest:
        if self._format != 1:
            self._sum = hashlib.sha256(body)
        manifest = _decoded(body, self._format)
        expected = [name for table in manifest.tables for name in table.members()]
        if self._found != manifest.files:
            raise damaged("members and manifest differ")
        if sorted(expected) != sorted(n for n in self._found if n.startswith("tables/")):
            raise damaged("tables and manifest differ")
        for name, entry in self._found.items():
            if name.startswith("blobs/") and name != f"blobs/{entry.sha256}":
                raise damaged(name)
        return manifest

    def _finish(self, size_bytes: int) -> None:
        digest = self._before_last if self._format == 1 else self._sum
        if self._small(size_bytes, _SUM_BYTES) != _line(digest.hexdigest()):
            raise damaged("the sum is wrong")
        if self._file.read(len(_END) + 1) != _END:
            raise damaged("it goes on after its end")


def require_whole(file: IO[bytes]) -> Manifest:
    """Read all of an archive and compare it with its sums; return what is in it."""
    reader = ArchiveReader(file)
    for _ in reader.members():
        pass
    return reader.manifest


def damaged(what: str) -> InvalidInput:
    """Return the error for a file that is not the backup it was."""
    return InvalidInput("storage.backup-damaged", detail=what)


def newer(backup: object, program: object) -> Conflict:
    """Return the error for a file that a newer program made."""
    return Conflict("storage.newer-backup", backup=backup, program=program)


def _decoded(body: bytes, number: int) -> Manifest:
    try:
        envelope = msgspec.json.decode(body, type=_Envelope)
        if envelope.format != number:
            raise newer(f"format {envelope.format}", FORMAT)
        return msgspec.json.decode(body, type=Manifest)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as failure:
        raise damaged("manifest") from failure


def _number(line: bytes) -> int:
    if not re.fullmatch(rb"[1-9][0-9]{0,8}\n", line):
        raise damaged("no format")
    if int(line) != FORMAT:
        raise newer(f"format {int(line)}", FORMAT)
    return int(line)


def _header(name: str, size_bytes: int) -> bytes:
    member = tarfile.TarInfo(name)
    member.size, member.mode = size_bytes, 0o600
    return member.tobuf(tarfile.GNU_FORMAT)


def _padding(size_bytes: int) -> bytes:
    return b"\0" * (-size_bytes % _BLOCK)


def _line(value: object) -> bytes:
    return f"{value}\n".encode()
