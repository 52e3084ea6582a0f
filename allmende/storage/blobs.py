"""Large contents, named by what is in them (architecture, A25).

A content is put first, then a row says that something uses it (``use``), in the same change as
whatever refers to it. What nobody uses is removed within 24 h: the row by its retention entry,
then the file by ``sweep_blobs``.

With a key a file is encrypted while it is written, and its name on the disk is the hash under the
key (AES-SIV, RFC 5297): who has a copy of a file cannot look whether it is here.
"""

import asyncio
import hashlib
import os
import re
import secrets
from collections.abc import AsyncIterable, AsyncIterator, Sequence
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from threading import Lock
from typing import Final, NewType, Protocol

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESSIV
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from sqlalchemy import BigInteger, Column, Connection, Index, Table, bindparam, select, text, update

from allmende.core.errors import NotFound
from allmende.storage.ciphertext import Decrypting, Encrypting, Readable, plain_bytes
from allmende.storage.database import Database
from allmende.storage.folder import make_folder
from allmende.storage.retention import Kept
from allmende.storage.types import Text, UtcTime, metadata

BlobHash = NewType("BlobHash", str)
"""64 hexadecimal digits: SHA-256 of the content."""

UNUSED_DAYS: Final = 23 / 24
"""The sweep comes every few minutes: within a day the content is gone from the disk."""
CHUNK_BYTES: Final = 256 * 1024
SWEEP_FILES: Final = 500
_HASH: Final = re.compile(r"[0-9a-f]{64}")
_UNFINISHED: Final = "unfinished"

blobs: Final = Table(
    "blob",
    metadata,
    Column("hash", Text, primary_key=True),
    Column("size_bytes", BigInteger, nullable=False),
    Column("uses", BigInteger, nullable=False),
    Column("unused_since", UtcTime),
    Index("blob_by_unused", "unused_since"),
)
KEPT: Final = [
    Kept(
        blobs,
        days=UNUSED_DAYS,
        why="contents that something uses; a little longer for uploads",
        plain="hash unused_since",
    )
]

_USE: Final = text(
    "INSERT INTO blob (hash, size_bytes, uses) VALUES (:hash, :size_bytes, 1)"
    " ON CONFLICT (hash) DO UPDATE SET uses = blob.uses + 1, unused_since = NULL"
)
_RELEASE: Final = (
    update(blobs)
    .where(blobs.c.hash == bindparam("blob_hash"), blobs.c.uses > 0)
    .values(uses=blobs.c.uses - 1)
)
_UNUSED: Final = (
    update(blobs)
    .where(blobs.c.hash == bindparam("blob_hash"), blobs.c.uses == 0)
    .values(unused_since=bindparam("now"))
)
_KNOWN: Final = select(blobs.c.hash).where(blobs.c.hash.in_(bindparam("hashes", expanding=True)))


class Blobs(Protocol):
    """Where contents are kept. ``folder`` is the only means so far."""

    async def put(self, content: bytes | AsyncIterable[bytes]) -> BlobHash:
        """Keep ``content`` and return its name once it is on disk."""
        ...

    def read(self, name: BlobHash) -> AsyncIterator[bytes]:
        """Yield the content in pieces. Raises NotFound ``storage.blob-not-found``."""
        ...

    async def size_bytes(self, name: BlobHash) -> int:
        """Return how long the content is. Raises NotFound ``storage.blob-not-found``."""
        ...

    async def older_than(self, instant: datetime) -> Sequence[BlobHash]:
        """Return what was put before ``instant`` and not again since."""
        ...

    async def remove(self, names: Sequence[BlobHash], put_before: datetime) -> int:
        """Remove those of ``names`` that were not put again since; return how many."""
        ...


def use(db: Connection, name: BlobHash, size_bytes: int) -> None:
    """Count one more user of a content that was put within the last 23 h, or is in use."""
    db.execute(_USE, {"hash": name, "size_bytes": size_bytes})


def release(db: Connection, name: BlobHash, now: datetime) -> None:
    """Count one user less. The last one leaves the content to the sweeper. Index: primary key."""
    db.execute(_RELEASE, {"blob_hash": name})
    db.execute(_UNUSED, {"blob_hash": name, "now": now})


def known(db: Connection, names: Sequence[BlobHash]) -> set[BlobHash]:
    """Return those of ``names`` that have a row. Index: primary key."""
    return {BlobHash(row[0]) for row in db.execute(_KNOWN, {"hashes": list(names)})}


async def sweep_blobs(database: Database, store: Blobs, now: datetime) -> int:
    """Remove contents that have no row and were put more than 23 h ago; return how many."""
    before = now - timedelta(days=UNUSED_DAYS)
    old, removed = await store.older_than(before), 0
    for start in range(0, len(old), SWEEP_FILES):
        some = old[start : start + SWEEP_FILES]
        kept = await database.read(partial(known, names=some))
        removed += await store.remove([name for name in some if name not in kept], before)
    return removed


def blob_path(folder: Path, name: BlobHash, key: bytes | None = None) -> Path:
    """Return ``folder/ab/cd/<name on the disk>``. ValueError for anything that is no hash."""
    if not _HASH.fullmatch(name):
        raise ValueError("not the name of a blob")
    shown = name if key is None else _names(key).encrypt(bytes.fromhex(name), None).hex()
    return folder / shown[:2] / shown[2:4] / shown


def blob_of(path: Path, key: bytes | None = None) -> BlobHash | None:
    """Return the name of the blob that lies at ``path``; None if none of ours does."""
    if key is None:
        return BlobHash(path.name) if _HASH.fullmatch(path.name) else None
    try:
        return BlobHash(_names(key).decrypt(bytes.fromhex(path.name), None).hex())
    except (ValueError, InvalidTag):
        return None


def open_blob(folder: Path, name: BlobHash, key: bytes | None = None) -> Readable:
    """Open the content. Raises NotFound ``storage.blob-not-found``; reading Unavailable."""
    try:
        file = blob_path(folder, name, key).open("rb")
    except FileNotFoundError as gone:
        raise NotFound("storage.blob-not-found") from gone
    return file if key is None else Decrypting(file, key, name.encode())


def blob_bytes(folder: Path, name: BlobHash, key: bytes | None = None) -> int:
    """Return how long the content is. Raises NotFound ``storage.blob-not-found``."""
    try:
        on_disk = blob_path(folder, name, key).stat().st_size
    except FileNotFoundError as gone:
        raise NotFound("storage.blob-not-found") from gone
    return on_disk if key is None else plain_bytes(on_disk)


def keep_blob(folder: Path, content: Readable, key: bytes | None = None) -> BlobHash:
    """Keep ``content``, as ``FolderBlobs.put`` does. Blocks; for a folder nobody else uses."""
    unfinished = _Unfinished(folder / _UNFINISHED, key)
    try:
        while piece := content.read(CHUNK_BYTES):
            unfinished.write(piece)
        name = unfinished.finish()
        path = blob_path(folder, name, key)
        make_folder(path.parent)
        unfinished.path.rename(path)
    finally:
        unfinished.discard()
    _sync_above(path, folder)
    return name


class FolderBlobs:
    """Blobs as files of a folder that this process alone writes to; encrypted with a key."""

    def __init__(self, folder: Path, key: bytes | None = None) -> None:
        self._folder = folder
        self._key = key
        # Between "is it old?" and "remove it" nobody may put the same content again.
        self._changing = Lock()

    async def put(self, content: bytes | AsyncIterable[bytes]) -> BlobHash:
        """Keep ``content``: temporary file, fsync, rename, fsync of the folder."""
        unfinished = await asyncio.to_thread(_Unfinished, self._folder / _UNFINISHED, self._key)
        try:
            if isinstance(content, bytes):
                await asyncio.to_thread(unfinished.write, content)
            else:
                async for piece in content:
                    await asyncio.to_thread(unfinished.write, piece)
            return await asyncio.to_thread(self._keep, unfinished)
        finally:
            unfinished.discard()

    async def read(self, name: BlobHash) -> AsyncIterator[bytes]:
        """Yield the content in pieces of at most 256 KiB."""
        file = await asyncio.to_thread(open_blob, self._folder, name, self._key)
        try:
            while piece := await asyncio.to_thread(file.read, CHUNK_BYTES):
                yield piece
        finally:
            file.close()

    async def size_bytes(self, name: BlobHash) -> int:
        """Return how long the content is."""
        return await asyncio.to_thread(blob_bytes, self._folder, name, self._key)

    async def older_than(self, instant: datetime) -> Sequence[BlobHash]:
        """Return what was put before ``instant``; throw away what was never finished."""
        return await asyncio.to_thread(self._older_than, instant.timestamp())

    async def remove(self, names: Sequence[BlobHash], put_before: datetime) -> int:
        """Remove the files that were not put again since."""
        return await asyncio.to_thread(self._remove, names, put_before.timestamp())

    def _keep(self, unfinished: "_Unfinished") -> BlobHash:
        name = unfinished.finish()
        path = blob_path(self._folder, name, self._key)
        with self._changing:
            if path.exists():
                os.utime(path)
                return name
            make_folder(path.parent)
            unfinished.path.rename(path)
        _sync_above(path, self._folder)
        return name

    def _older_than(self, before_s: float) -> list[BlobHash]:
        for path in (self._folder / _UNFINISHED).glob("*"):
            if path.stat().st_mtime < before_s:
                path.unlink(missing_ok=True)
        old = [path for path in self._folder.glob("??/??/*") if path.stat().st_mtime < before_s]
        names = (blob_of(path, self._key) for path in old)
        return [name for name in names if name is not None]

    def _remove(self, names: Sequence[BlobHash], before_s: float) -> int:
        removed = 0
        for name in names:
            path = blob_path(self._folder, name, self._key)
            with self._changing:
                if path.exists() and path.stat().st_mtime < before_s:
                    path.unlink()
                    removed += 1
        return removed


class _Unfinished:
    """A content that is still coming."""

    def __init__(self, folder: Path, key: bytes | None) -> None:
        make_folder(folder)
        self.path = folder / secrets.token_hex(16)
        self._hash = hashlib.sha256()
        handle = os.open(self.path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        self._file = os.fdopen(handle, "wb")
        self._encrypting = None if key is None else Encrypting(self._file, key)

    def write(self, piece: bytes) -> None:
        """Add ``piece``."""
        self._hash.update(piece)
        (self._encrypting or self._file).write(piece)

    def finish(self) -> BlobHash:
        """Bring it to the disk and return its name."""
        name = BlobHash(self._hash.hexdigest())
        if self._encrypting is not None:
            self._encrypting.finish(name.encode())
        self._file.flush()
        os.fsync(self._file.fileno())
        self._file.close()
        return name

    def discard(self) -> None:
        """Close the file and remove it, unless it has been renamed."""
        self._file.close()
        self.path.unlink(missing_ok=True)


def _names(key: bytes) -> AESSIV:
    wide = HKDF(algorithm=SHA256(), length=64, salt=None, info=b"allmende blob names 1")
    return AESSIV(wide.derive(key))


def _sync_above(path: Path, folder: Path) -> None:
    for above in (path.parent, path.parent.parent, folder):
        sync_folder(above)


def sync_folder(folder: Path) -> None:
    """Bring the names in ``folder`` to the disk."""
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
