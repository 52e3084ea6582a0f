"""Back to what was there before an upgrade: for a week, and not without saying what is lost."""

import shutil
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

from sqlalchemy import Connection, func, select, text

from allmende.core.errors import Conflict
from allmende.storage.deletions import all_deletions
from allmende.storage.filling import Filling, fill_postgres
from allmende.storage.folder import one_at_a_time
from allmende.storage.opening import SQLITE_NAME, is_postgres
from allmende.storage.postgres import postgres_engine
from allmende.storage.restore import Settling, checked, inside, settle, settle_file
from allmende.storage.rows import shapes
from allmende.storage.secret import house_secrets
from allmende.storage.selfcheck import opened, require_sound, still, take_in_log
from allmende.storage.space import full_disk_told, require_space
from allmende.storage.types import EPOCH
from allmende.storage.upgrade import IDENTITY, KEPT_DAYS, WORK, copy_file, switch
from allmende.storage.vault import HouseKeys

_NOT_LOST: Final = ("schema_migration", "event_log", "event_cursor", "deletion")
_IDENTITY: Final = select(house_secrets.c.value).where(house_secrets.c.name == IDENTITY)


@dataclass(frozen=True, slots=True)
class WayBack:
    """What a rollback goes back to. ``lost``: rows that are more now, for each table."""

    file: Path
    since: datetime
    lost: Mapping[str, int]


def way_back(url: str, data: Path, keys: HouseKeys | None, now: datetime) -> WayBack:
    """Say what a rollback would bring and take. Raises Conflict ``storage.no-way-back``."""
    for file in sorted(_snapshots(url, data), reverse=True):
        since = EPOCH + timedelta(seconds=file.stat().st_mtime)
        if now - since <= timedelta(days=KEPT_DAYS):
            then, today = _counts_then(url, file, keys), _counts_now(url, data, keys)
            lost = {name: rows - then.get(name, 0) for name, rows in today.items()}
            return WayBack(file, since, {name: rows for name, rows in lost.items() if rows > 0})
    raise Conflict("storage.no-way-back", days=KEPT_DAYS)


def rollback(url: str, data: Path, keys: HouseKeys | None, way: WayBack, now: datetime) -> None:
    """Go back. Killed: before or after. The caller holds the lock of the folder.

    What was deleted since stays deleted, and sessions end: a device that was revoked since must
    not come back. What was there stays as ``undone-0008.db`` for a week; PostgreSQL keeps nothing.
    """
    with full_disk_told():
        if is_postgres(url):
            _rollback_postgres(url, way, now)
        else:
            _rollback_sqlite(data / SQLITE_NAME, keys, way, now)
    way.file.unlink()


def _snapshots(url: str, data: Path) -> Iterator[Path]:
    if is_postgres(url):
        yield from data.glob("before-*.age")
        return
    for path in data.glob("before-*.db"):
        # A second name of the database itself is what an upgrade left that did not come to its end.
        if not path.samefile(data / SQLITE_NAME):
            yield path


def _counts(db: Connection) -> Mapping[str, int]:
    return {
        shape.name: int(db.execute(select(func.count()).select_from(shape.table())).scalar_one())
        for shape in shapes(db)
        if shape.name not in _NOT_LOST
    }


def _counts_now(url: str, data: Path, keys: HouseKeys | None) -> Mapping[str, int]:
    if not is_postgres(url):
        with opened(data / SQLITE_NAME, keys.database if keys else None) as db:
            return _counts(db)
    engine = postgres_engine(url)
    try:
        with engine.connect() as db:
            return _counts(db)
    finally:
        engine.dispose()


def _counts_then(url: str, file: Path, keys: HouseKeys | None) -> Mapping[str, int]:
    if not is_postgres(url):
        with opened(file, keys.database if keys else None) as db:
            return _counts(db)
    manifest = checked(file, [_identity(url)])
    return {table.name: table.rows for table in manifest.tables}


def _rollback_sqlite(path: Path, keys: HouseKeys | None, way: WayBack, now: datetime) -> None:
    key, work = keys.database if keys else None, path.parent / WORK
    with opened(path, key) as db:
        settling = Settling(now=now, ledger=all_deletions(db))
    shutil.rmtree(work, ignore_errors=True)
    require_space(path.parent, 2 * way.file.stat().st_size)
    with one_at_a_time(path.parent), ExitStack() as stack:
        work.mkdir(mode=0o700)
        stack.callback(shutil.rmtree, work, ignore_errors=True)
        copy = work / SQLITE_NAME
        with way.file.open("rb") as source:
            copy_file(source, copy)
        settle_file(copy, key, settling)
        require_sound(copy, key)
        take_in_log(copy, key)
        stack.enter_context(still(path, key))
        switch(copy, path, path.with_name(way.file.name.replace("before", "undone")))


def _rollback_postgres(url: str, way: WayBack, now: datetime) -> None:
    identity = _identity(url)
    manifest = checked(way.file, [identity])
    engine = postgres_engine(url)
    try:
        with engine.begin() as db, inside(way.file, [identity]) as file:
            settling = Settling(now=now, ledger=all_deletions(db))
            for name in [shape.name for shape in shapes(db)] + ["schema_migration"]:
                db.execute(text(f'DROP TABLE "{name}" CASCADE'))
            fill_postgres(Filling(way.file.parent / WORK, manifest, None), file, db)
            settle(db, settling)
    finally:
        engine.dispose()


def _identity(url: str) -> str:
    engine = postgres_engine(url)
    try:
        with engine.connect() as db:
            return bytes(db.execute(_IDENTITY).scalar_one()).decode()
    finally:
        engine.dispose()
