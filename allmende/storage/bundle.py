"""Archives that people take along: zip, streamed out, and read with limits.

What comes in was written by strangers. Nothing is unpacked to a disk; every size, path and digest
is checked before anything of it is used.
"""

import asyncio
import io
import stat
import zipfile
import zlib
from collections.abc import AsyncGenerator, AsyncIterator, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final, TypeVar

import msgspec

from allmende.core.errors import InvalidInput
from allmende.core.exports import (
    FORMAT,
    MANIFEST,
    VERSION,
    ExportedFile,
    canonical_digest,
    file_digest,
    is_safe,
    readable_json,
)

T = TypeVar("T")

MAX_FILES: Final = 50_000
MAX_FILE_BYTES: Final = 64 * 1024 * 1024
MAX_BYTES: Final = 2 * 1024 * 1024 * 1024
MAX_MANIFEST_BYTES: Final = 16 * 1024 * 1024
MAX_RATIO: Final = 1_000
"""How much larger a file may be than it is packed; deflate itself ends at 1,032."""

_METHODS: Final = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
_NO_TIME: Final = (1980, 1, 1, 0, 0, 0)
_MODE: Final = (stat.S_IFREG | 0o600) << 16
_ENCRYPTED: Final = 0x1


class ListedFile(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One file as the manifest has it."""

    path: str
    size: int
    sha256: str
    canonical: bool


class Manifest(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What an archive says of itself; ``digest`` is that of the canonical files."""

    format: str
    version: int
    digest: str
    files: tuple[ListedFile, ...]


class _Pipe(io.RawIOBase):
    """Takes what zipfile writes; it cannot go back."""

    def __init__(self) -> None:
        super().__init__()
        self._pieces: list[bytes] = []

    def writable(self) -> bool:
        """Say that it can be written."""
        return True

    def write(self, data: object) -> int:
        """Take a piece."""
        piece = bytes(memoryview(data))  # type: ignore[arg-type]  # any buffer, as RawIOBase has it
        self._pieces.append(piece)
        return len(piece)

    def taken(self) -> bytes:
        """Return what came since the last time."""
        pieces, self._pieces = self._pieces, []
        return b"".join(pieces)


async def bundled(files: AsyncIterator[ExportedFile]) -> AsyncGenerator[bytes, None]:
    """Yield an archive of ``files``, piece by piece, with its manifest at the end."""
    pipe, listed = _Pipe(), []
    with zipfile.ZipFile(pipe, "w", zipfile.ZIP_DEFLATED) as archive:
        async for file in files:
            await asyncio.to_thread(_add, archive, file.path, file.body)
            listed.append(listed_as(file))
            yield pipe.taken()
        _add(archive, MANIFEST, readable_json(msgspec.to_builtins(manifest_of(listed))))
    yield pipe.taken()


def listed_as(file: ExportedFile) -> ListedFile:
    """Return what the manifest says of a file."""
    return ListedFile(file.path, len(file.body), file_digest(file.body), file.canonical)


def manifest_of(listed: Sequence[ListedFile]) -> Manifest:
    """Return the manifest of these files."""
    digests = {file.path: file.sha256 for file in listed if file.canonical}
    return Manifest(FORMAT, VERSION, canonical_digest(digests), tuple(listed))


def _add(archive: zipfile.ZipFile, path: str, body: bytes) -> None:
    info = zipfile.ZipInfo(path, _NO_TIME)
    info.compress_type, info.external_attr = zipfile.ZIP_DEFLATED, _MODE
    archive.writestr(info, body)


@dataclass(frozen=True)
class Bundle:
    """An archive whose manifest, sizes and digests are right."""

    archive: zipfile.ZipFile
    manifest: Manifest

    def paths(self, below: str) -> Sequence[str]:
        """Return the paths that begin with ``below``, in order."""
        found = (file.path for file in self.manifest.files)
        return sorted(path for path in found if path.startswith(below))

    def read(self, path: str) -> bytes:
        """Return one file. Raises InvalidInput ``storage.archive-refused``."""
        return _read(self.archive, path, MAX_FILE_BYTES)


@contextmanager
def opened_bundle(path: Path) -> Iterator[Bundle]:
    """Open an archive that was checked whole; blocks for long with a large one.

    Raises InvalidInput ``storage.archive-refused`` with a reason for whoever looks for it.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            _require_bounds(archive)
            bundle = Bundle(archive, _manifest(archive))
            _require_whole(bundle)
            yield bundle
    except (zipfile.BadZipFile, NotImplementedError, UnicodeDecodeError, OSError):
        raise _refused("not an archive that can be read") from None


def _require_bounds(archive: zipfile.ZipFile) -> None:
    infos = archive.infolist()
    if len(infos) > MAX_FILES:
        raise _refused("too many files")
    if len({info.filename for info in infos}) != len(infos):
        raise _refused("two files of one name")
    for info in infos:
        _require_plain(info)
    if sum(info.file_size for info in infos) > MAX_BYTES:
        raise _refused("too large in all")


def _require_plain(info: zipfile.ZipInfo) -> None:
    if not is_safe(info.filename):
        raise _refused("a path that leads elsewhere")
    kind = stat.S_IFMT(info.external_attr >> 16)
    if kind not in (0, stat.S_IFREG) or info.is_dir():
        raise _refused("something that is no file")
    if info.flag_bits & _ENCRYPTED or info.compress_type not in _METHODS:
        raise _refused("packed in a way that is not known")
    if info.file_size > MAX_FILE_BYTES or info.file_size > MAX_RATIO * (info.compress_size + 100):
        raise _refused("a file that is too large")


def _manifest(archive: zipfile.ZipFile) -> Manifest:
    try:
        manifest = msgspec.json.decode(_read(archive, MANIFEST, MAX_MANIFEST_BYTES), type=Manifest)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        raise _refused("a manifest that cannot be read") from None
    if manifest.format != FORMAT or manifest.version != VERSION:
        raise InvalidInput("storage.archive-of-another-kind")
    return manifest


def _require_whole(bundle: Bundle) -> None:
    """Compare every file with the manifest, and that with its own digest."""
    listed = bundle.manifest.files
    there = {info.filename for info in bundle.archive.infolist()} - {MANIFEST}
    if there != {file.path for file in listed} or len(there) != len(listed):
        raise _refused("files that the manifest does not list")
    for file in listed:
        body = bundle.read(file.path)
        if len(body) != file.size or file_digest(body) != file.sha256:
            raise _refused("a file that was changed")
    if manifest_of(listed) != bundle.manifest:
        raise _refused("a digest that is not right")


def _read(archive: zipfile.ZipFile, path: str, most: int) -> bytes:
    """Read no more than ``most``, whatever the archive says of its sizes."""
    try:
        with archive.open(path) as file:
            body = file.read(most + 1)
    except (KeyError, zipfile.BadZipFile, zlib.error, EOFError, RuntimeError):
        raise _refused("a file that cannot be read") from None
    if len(body) > most:
        raise _refused("a file that is too large")
    return body


def _refused(detail: str) -> InvalidInput:
    return InvalidInput("storage.archive-refused", detail=detail, reason=detail)


def decoded(body: bytes, kind: type[T]) -> T:
    """Return a value of an archive, strictly. Raises InvalidInput ``storage.archive-refused``."""
    try:
        return msgspec.json.decode(body, type=kind)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError, OverflowError):
        raise _refused("a file of another shape") from None


def decoded_lines(body: bytes, kind: type[T]) -> Sequence[T]:
    """Return a value for each line. Raises InvalidInput ``storage.archive-refused``."""
    return [decoded(line, kind) for line in body.splitlines()]
