"""Which database it is: one line of configuration."""

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from pathlib import Path
from typing import Final

from allmende.storage.database import Database
from allmende.storage.lanes import MAX_WAITING, nothing
from allmende.storage.postgres import open_postgres
from allmende.storage.sqlite import open_sqlite
from allmende.storage.vault import HouseKeys

SQLITE_NAME: Final = "allmende.db"


def is_postgres(url: str) -> bool:
    """Whether ``url`` names a PostgreSQL server. ValueError if it names neither database."""
    if url and not url.startswith(("postgresql://", "postgres://")):
        raise ValueError("a database is empty (SQLite in the data folder) or postgresql://...")
    return bool(url)


def open_database(
    url: str,
    data: Path,
    *,
    keys: HouseKeys | None = None,
    on_commit: Callable[[], None] = nothing,
    max_waiting: int = MAX_WAITING,
) -> AbstractAsyncContextManager[Database]:
    """Open the migrated database: ``url``, or ``data/allmende.db`` where it is empty.

    With ``keys`` the file is encrypted; PostgreSQL encrypts nothing by itself.
    ``on_commit`` is called in the event loop after each commit of this process. With more than
    ``max_waiting`` changes in the queue the next one is answered Unavailable ``storage.busy``.
    """
    if is_postgres(url):
        return open_postgres(url, on_commit=on_commit, max_waiting=max_waiting)
    return open_sqlite(
        data / SQLITE_NAME,
        key=keys.database if keys else None,
        on_commit=on_commit,
        max_waiting=max_waiting,
    )
