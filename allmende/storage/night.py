"""The work of a night: backup, drill, tidying up. As a process of its own with low priority:
``python -m allmende.storage.night`` reads an order on its standard input and answers with a Run.

It ends when its standard input ends: with the server, or when the server is locked.
"""

import hashlib
import os
import shutil
import sys
import time
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from pathlib import Path
from threading import Thread
from typing import Final

import msgspec

from allmende.core.errors import AllmendeError, Conflict
from allmende.storage.age import new_identity
from allmende.storage.archive import Manifest
from allmende.storage.backup import UNFINISHED, backup
from allmende.storage.drill import SCRATCH, drill
from allmende.storage.folder import one_at_a_time
from allmende.storage.keeping import file_dates, names_to_remove
from allmende.storage.runs import FOLDER, Run, last_runs, note_run
from allmende.storage.space import full_disk_told
from allmende.storage.vault import HouseKeys

NICENESS: Final = 15
"""How much others come first."""

_STALE_S: Final = 86400.0
_UNKNOWN: Final = "storage.backup-failed"


class Order(msgspec.Struct, frozen=True, kw_only=True):
    """What to do. ``target`` is a new file; empty keys: none."""

    data: str
    url: str
    target: str
    recipients: list[str]
    database_key: bytes = b""
    blobs_key: bytes = b""
    at: datetime
    drill: bool = True

    @property
    def keys(self) -> HouseKeys | None:
        """The keys of the house."""
        if not self.database_key:
            return None
        return HouseKeys(database=self.database_key, blobs=self.blobs_key)


def name_at(local: datetime) -> str:
    """Return the name of a backup that begins at this local time."""
    return f"{local:%Y-%m-%d-%H%M%S}.allmende.age"


def carry_out(order: Order) -> Run:
    """Make a backup, try it, and remember what became of it. Blocks; one at a time in a house.

    Raises what ``backup`` and ``drill`` raise, after it was remembered.
    """
    data, target = Path(order.data), Path(order.target)
    (data / FOLDER).mkdir(mode=0o700, parents=True, exist_ok=True)
    try:
        with full_disk_told(), one_at_a_time(data / FOLDER):
            target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            clear_stale(target.parent, data, order.at.timestamp())
            run = _made(order, data, target)
    except Exception as failure:
        told = failure.message_id if isinstance(failure, AllmendeError) else _UNKNOWN
        note_run(data, Run(at=order.at, file=str(target), result="failed", message_id=told))
        raise
    note_run(data, run)
    return run


def _made(order: Order, data: Path, target: Path) -> Run:
    identity, second = new_identity()
    recipients = [*order.recipients, second] if order.drill else order.recipients
    if not order.recipients:
        raise Conflict("storage.no-recipient")
    begun_s = time.monotonic()
    manifest = backup(data, order.url, target, recipients=recipients, keys=order.keys)
    took_s = time.monotonic() - begun_s
    drilled = drill(target, identity, data / FOLDER) if order.drill else None
    return Run(
        at=order.at,
        file=str(target),
        result="good" if drilled else "undrilled",
        size_bytes=target.stat().st_size,
        digest=_digest(target),
        tables=len(manifest.tables),
        rows=sum(table.rows for table in manifest.tables),
        blobs=_blobs(manifest),
        took_s=round(took_s, 3),
        drill_s=round(drilled.took_s, 3) if drilled else 0.0,
    )


def remove_old(folder: Path, data: Path, today: date, *, daily: int, weekly: int) -> Sequence[str]:
    """Remove the backups that others stand for; return their names."""
    state = last_runs(data)
    runs = state.runs if state else []
    results: Mapping[str, str] = {Path(run.file).name: run.result for run in runs}
    gone = names_to_remove(
        file_dates(folder), results=results, today=today, daily=daily, weekly=weekly
    )
    for name in gone:
        (folder / name).unlink(missing_ok=True)
    return sorted(gone)


def clear_stale(folder: Path, data: Path, now_s: float) -> None:
    """Remove what was left by work that was killed."""
    shutil.rmtree(data / FOLDER / SCRATCH, ignore_errors=True)
    for path in folder.glob(f"*.allmende.age{UNFINISHED}"):
        if now_s - path.stat().st_mtime > _STALE_S:
            path.unlink(missing_ok=True)


def _blobs(manifest: Manifest) -> int:
    return sum(1 for name in manifest.files if name.startswith("blobs/"))


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def main() -> int:
    """Read an order, be modest, carry it out."""
    os.nice(NICENESS)
    line = sys.stdin.buffer.readline()
    Thread(target=_end_with_input, daemon=True).start()
    order = msgspec.json.decode(line, type=Order)
    try:
        run = carry_out(order)
    except AllmendeError as failure:
        run = Run(at=order.at, file=order.target, result="failed", message_id=failure.message_id)
    sys.stdout.buffer.write(msgspec.json.encode(run) + b"\n")
    return 0


def _end_with_input() -> None:
    sys.stdin.buffer.read()
    os._exit(1)


if __name__ == "__main__":
    sys.exit(main())
