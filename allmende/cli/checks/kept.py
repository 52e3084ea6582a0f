"""Checks of what is kept and what was built: database, web client."""

import asyncio
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Final

from sqlalchemy import Connection, text
from sqlalchemy.exc import SQLAlchemyError

from allmende.cli.checks.finding import Finding, Situation, broken, good, warning
from allmende.core.errors import AllmendeError
from allmende.storage.migrate import newest_number
from allmende.storage.opening import SQLITE_NAME, open_database
from allmende.storage.sqlite import connect
from allmende.webkit.assets import Assets, AssetsMissing
from allmende.webkit.i18n import Catalogues

HOUSE: Final = Path(__file__).parents[2]
_NUMBER: Final = "SELECT max(number) FROM schema_migration"


def database(here: Situation) -> Finding:
    """The database is whole and of this release."""
    if here.config.database.url:
        return _postgres(here)
    path = here.data / SQLITE_NAME
    if not path.exists():
        return good("database", "It will be made at the first start.")
    restore = "Stop the server and restore the newest backup: allmende restore FILE"
    try:
        with closing(connect(path)) as raw:
            (answer,) = raw.execute("PRAGMA integrity_check(1)").fetchone()
            number = raw.execute(_NUMBER).fetchone()[0] if answer == "ok" else 0
    except sqlite3.DatabaseError:
        return broken("database", f"{path.name} cannot be read as a database.", restore)
    if answer != "ok":
        return broken("database", f"{path.name} is damaged.", restore)
    return _judge(int(number))


def web_client(here: Situation, static: Path = HOUSE / "static") -> Finding:
    """The pages' scripts and styles were built, and all of them are there."""
    try:
        Assets.load(static, Catalogues.load(HOUSE / "locale"))
    except AssetsMissing:
        return broken("web client", "It was not built.", "make frontend")
    except (OSError, ValueError):
        return broken("web client", "Some of its files are missing.", "make frontend")
    return good("web client", "It is built and complete.")


def _postgres(here: Situation) -> Finding:
    async def ask() -> int:
        async with open_database(here.config.database.url, here.data) as opened:
            return await opened.read(_number)

    try:
        return _judge(asyncio.run(ask()))
    except (AllmendeError, SQLAlchemyError):
        remedy = "Start PostgreSQL, or correct database.url in allmende.toml."
        return broken("database", "PostgreSQL does not answer as it should.", remedy)


def _number(db: Connection) -> int:
    return int(db.execute(text(_NUMBER)).scalar_one() or 0)


def _judge(number: int) -> Finding:
    newest = newest_number()
    if number > newest:
        sentence = f"It is of a newer release ({number}, this program knows {newest})."
        return broken("database", sentence, "Install the newer release again.")
    if number < newest:
        sentence = f"It is of an older release ({number} of {newest})."
        return warning("database", sentence, "Start the server: it brings the database forward.")
    return good("database", f"It is whole and of this release ({number}).")
