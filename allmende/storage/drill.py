"""Is a backup one? Only what has been restored counts.

The file is opened with a key that lived in memory while it was written, restored into a folder
that is encrypted with keys nobody keeps, and compared: every row, every content.
"""

import hashlib
import os
import random
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from allmende.core.errors import Conflict
from allmende.storage.archive import Manifest
from allmende.storage.backup import BLOB_FOLDER, table_digest
from allmende.storage.blobs import BlobHash, open_blob
from allmende.storage.filling import Filling
from allmende.storage.opening import SQLITE_NAME
from allmende.storage.restore import checked, inside
from allmende.storage.rows import shapes
from allmende.storage.selfcheck import opened, require_sound
from allmende.storage.space import full_disk_told, require_space
from allmende.storage.vault import KEY_BYTES, HouseKeys

SCRATCH: Final = ".drill"
SAMPLES: Final = 100
_GROWTH: Final = 2.0


@dataclass(frozen=True, slots=True)
class Drilled:
    """What a good drill has compared."""

    tables: int
    rows: int
    blobs: int
    took_s: float


def drill(source: Path, identity: str, folder: Path) -> Drilled:
    """Restore ``source`` into ``folder/.drill``, compare, and remove it again. Blocks.

    Raises Conflict ``storage.drill-failed``, ``storage.not-sound``, whatever ``checked`` raises,
    Unavailable ``storage.too-little-space``, ``storage.disk-full``.
    """
    begun_s = time.monotonic()
    with full_disk_told(), scratch_folder(folder) as scratch:
        manifest = checked(source, [identity])
        require_space(scratch, int(manifest.size_bytes * _GROWTH))
        keys = HouseKeys(database=os.urandom(KEY_BYTES), blobs=os.urandom(KEY_BYTES))
        with inside(source, [identity]) as file:
            Filling(scratch, manifest, keys).fill_sqlite(file)
        require_sound(scratch / SQLITE_NAME, keys.database, thorough=True)
        _compare_rows(scratch, manifest, keys)
        blobs = _compare_blobs(scratch, manifest, keys)
    return Drilled(
        tables=len(manifest.tables),
        rows=sum(table.rows for table in manifest.tables),
        blobs=blobs,
        took_s=time.monotonic() - begun_s,
    )


@contextmanager
def scratch_folder(folder: Path) -> Iterator[Path]:
    """Give an empty folder; what a drill left that was killed is removed first."""
    scratch = folder / SCRATCH
    shutil.rmtree(scratch, ignore_errors=True)
    scratch.mkdir(mode=0o700, parents=True)
    try:
        yield scratch
    finally:
        shutil.rmtree(scratch, ignore_errors=True)


def _compare_rows(scratch: Path, manifest: Manifest, keys: HouseKeys) -> None:
    entries = {table.name: (table.sha256, table.rows) for table in manifest.tables}
    with opened(scratch / SQLITE_NAME, keys.database) as db:
        for shape in shapes(db):
            if table_digest(db, shape) != entries.pop(shape.name, None):
                raise Conflict("storage.drill-failed", what=shape.name)
    if entries:
        raise Conflict("storage.drill-failed", what=min(entries))


def _compare_blobs(scratch: Path, manifest: Manifest, keys: HouseKeys) -> int:
    """Count all, read some; return how many there are."""
    names = [name.removeprefix("blobs/") for name in manifest.files if name.startswith("blobs/")]
    there = sum(1 for path in (scratch / BLOB_FOLDER).glob("??/??/*") if path.is_file())
    if there != len(names):
        raise Conflict("storage.drill-failed", what="blobs")
    for name in random.SystemRandom().sample(names, min(SAMPLES, len(names))):
        content = open_blob(scratch / BLOB_FOLDER, BlobHash(name), keys.blobs)
        digest = hashlib.sha256()
        while piece := content.read(256 * 1024):
            digest.update(piece)
        content.close()
        if digest.hexdigest() != name:
            raise Conflict("storage.drill-failed", what=name[:8])
    return len(names)
