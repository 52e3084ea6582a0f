"""The file of a backup: a plain .tar whose last member is the SHA-256 of all before it.

So ``tar tf`` shows it, and a single missing or changed byte anywhere is noticed. Members:
``tables/NAME.jsonl``, ``blobs/HASH``, ``files/...``, then ``manifest.json``, then ``sha256``.
POSIX.1-1988 ustar headers; sizes above 8 GiB in the base-256 form of GNU tar.
"""

import hashlib
import os
import re
import tarfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import IO, BinaryIO, Final

import msgspec

from allmende.core.errors import Conflict, InvalidInput
from allmende.storage.blobs import sync_folder

FORMAT: Final = 1
CHUNK_BYTES: Final = 256 * 1024
MANIFEST: Final = "manifest.json"
MAX_MANIFEST_BYTES: Final = 256 * 1024 * 1024
_BLOCK: Final = tarfile.BLOCKSIZE
_PART: Final = r"[A-Za-z0-9_-][A-Za-z0-9._-]{0,99}"
_NAME: Final = re.compile(
    rf"tables/[a-z][a-z0-9_]{{0,62}}\.jsonl|blobs/[0-9a-f]{{64}}|files(/{_PART}){{1,8}}"
)


class TableEntry(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """One table: names and kinds of its columns, and the highest number it ever gave."""

    name: str
    columns: list[tuple[str, str]]
    rows: int
    last_id: int | None = None


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


class _Envelope(msgspec.Struct, frozen=True):
    """The part of a manifest that every format has."""

    format: int
    migration: int


class ArchiveWriter:
    """Adds members to a new file. Use ``new_archive``."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self._hash = hashlib.sha256()
        self.files: dict[str, FileEntry] = {}

    def add(self, name: str, content: IO[bytes], size_bytes: int) -> FileEntry:
        """Copy ``size_bytes`` from ``content``. ValueError if there are fewer."""
        if not _NAME.fullmatch(name) or name in self.files:
            raise ValueError(f"{name} cannot be a member of a backup")
        entry = FileEntry(size_bytes=size_bytes, sha256=self._copy(name, content, size_bytes))
        self.files[name] = entry
        return entry

    def finish(self, manifest: Manifest) -> None:
        """Add the manifest and the sum of everything."""
        body = msgspec.json.format(msgspec.json.encode(manifest), indent=1) + b"\n"
        self._write(_header(MANIFEST, len(body)) + body + _padding(len(body)))
        self._file.write(_trailer(self._hash.hexdigest()))

    def _copy(self, name: str, content: IO[bytes], size_bytes: int) -> str:
        self._write(_header(name, size_bytes))
        digest = hashlib.sha256()
        left = size_bytes
        while left:
            piece = content.read(min(left, CHUNK_BYTES))
            if not piece:
                raise ValueError(f"{name} became shorter while it was copied")
            digest.update(piece)
            self._write(piece)
            left -= len(piece)
        self._write(_padding(size_bytes))
        return digest.hexdigest()

    def _write(self, piece: bytes) -> None:
        self._hash.update(piece)
        self._file.write(piece)


@contextmanager
def new_archive(target: Path) -> Iterator[ArchiveWriter]:
    """Make the file ``target``: whole and on disk, or not at all. Only we may read it.

    Raises Conflict ``storage.backup-exists``.
    """
    if target.exists():
        raise Conflict("storage.backup-exists", file=str(target))
    unfinished = target.with_name(target.name + ".unfinished")
    unfinished.unlink(missing_ok=True)
    handle = os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(handle, "wb") as file:
            yield ArchiveWriter(file)
            file.flush()
            os.fsync(file.fileno())
        unfinished.rename(target)
        sync_folder(target.absolute().parent)
    finally:
        unfinished.unlink(missing_ok=True)


class Archive:
    """A backup that has been checked from the first to the last byte. Use ``open_archive``."""

    def __init__(self, tar: tarfile.TarFile, members: Mapping[str, tarfile.TarInfo]) -> None:
        self._tar = tar
        self._members = members
        self.manifest = self._manifest()

    def member(self, name: str) -> IO[bytes]:
        """Return the content of a member."""
        file = self._tar.extractfile(self._members[name])
        if file is None:
            raise damaged(f"{name} is no file")
        return file

    def names(self, folder: str) -> list[str]:
        """Return the names of members below ``folder``."""
        return [name for name in self._members if name.startswith(folder + "/")]

    def _manifest(self) -> Manifest:
        found = self._members.get(MANIFEST)
        if found is None or found.size > MAX_MANIFEST_BYTES:
            raise damaged("no manifest")
        body = self.member(MANIFEST).read()
        try:
            envelope = msgspec.json.decode(body, type=_Envelope)
            if envelope.format != FORMAT:
                raise Conflict(
                    "storage.newer-backup", backup=f"format {envelope.format}", program=FORMAT
                )
            return msgspec.json.decode(body, type=Manifest)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as failure:
            raise damaged("manifest") from failure

    def require_whole(self) -> None:
        """Compare members with the manifest. Raises InvalidInput ``storage.backup-damaged``."""
        if set(self._members) != {MANIFEST, *self.manifest.files}:
            raise damaged("members and manifest differ")
        if {f"tables/{table.name}.jsonl" for table in self.manifest.tables} != set(
            self.names("tables")
        ):
            raise damaged("tables and manifest differ")
        for name, entry in self.manifest.files.items():
            digest = _sum(self.member(name), entry.size_bytes)
            wrong_name = name.startswith("blobs/") and name != f"blobs/{digest}"
            if digest != entry.sha256 or self._members[name].size != entry.size_bytes or wrong_name:
                raise damaged(name)


@contextmanager
def open_archive(source: Path) -> Iterator[Archive]:
    """Check everything in ``source``, then give access to it. Writes nothing.

    Raises InvalidInput ``storage.backup-damaged`` for a file that is cut, changed or holds what
    no backup holds (``../`` in a name, links), Conflict ``storage.newer-backup`` for a format
    that we do not know.
    """
    with source.open("rb") as file:
        _require_sum(file)
        try:
            with tarfile.open(fileobj=file, mode="r:") as tar:
                archive = Archive(tar, _members(tar))
                archive.require_whole()
                yield archive
        except tarfile.TarError as failure:
            raise damaged("not a tar file") from failure


def damaged(what: str) -> InvalidInput:
    """Return the error for a file that is not the backup it was."""
    return InvalidInput("storage.backup-damaged", detail=what)


def _members(tar: tarfile.TarFile) -> dict[str, tarfile.TarInfo]:
    members: dict[str, tarfile.TarInfo] = {}
    for member in tar:
        if member.name == "sha256":
            continue
        right = member.name == MANIFEST or _NAME.fullmatch(member.name)
        if not right or not member.isreg() or member.name in members:
            raise damaged("a member that no backup has")
        members[member.name] = member
    return members


def _require_sum(file: BinaryIO) -> None:
    body_bytes = file.seek(0, os.SEEK_END) - len(_trailer("0" * 64))
    if body_bytes < 0:
        raise damaged("too short")
    file.seek(0)
    digest = _sum(file, body_bytes)
    if file.read() != _trailer(digest):
        raise damaged("the sum is wrong")
    file.seek(0)


def _sum(file: IO[bytes], size_bytes: int) -> str:
    digest, left = hashlib.sha256(), size_bytes
    while left:
        piece = file.read(min(left, CHUNK_BYTES))
        if not piece:
            raise damaged("too short")
        digest.update(piece)
        left -= len(piece)
    return digest.hexdigest()


def _header(name: str, size_bytes: int) -> bytes:
    member = tarfile.TarInfo(name)
    member.size, member.mode = size_bytes, 0o600
    return member.tobuf(tarfile.GNU_FORMAT)


def _padding(size_bytes: int) -> bytes:
    return b"\0" * (-size_bytes % _BLOCK)


def _trailer(hexdigest: str) -> bytes:
    body = hexdigest.encode() + b"\n"
    return _header("sha256", len(body)) + body + _padding(len(body)) + b"\0" * 2 * _BLOCK
