"""Leaves sentinels everywhere a program keeps something, says "ready" and waits to be killed.

Started as a program of its own by ``test_seized.py``.
"""

import asyncio
import sys
from collections.abc import AsyncIterator
from contextlib import closing
from pathlib import Path

from sqlalchemy import Connection, text

from allmende.storage.blobs import FolderBlobs
from allmende.storage.ciphertext import scratch
from allmende.storage.opening import SQLITE_NAME, open_database
from allmende.storage.sqlite import connect
from tests.databases import KEYS
from tests.storage.notes import adding

SENTINEL = "sentinel-of-a-person-"
HOW_MANY = 200


def indexed(db: Connection) -> None:
    db.execute(text("CREATE VIRTUAL TABLE words USING fts5(body)"))
    db.execute(text("INSERT INTO words SELECT body FROM note"))


def sorted_and_copied(db: Connection) -> int:
    """A question that needs more room than it is given."""
    return len(db.execute(text("SELECT a.body FROM note a, note b ORDER BY b.body, a.body")).all())


def copied(data: Path) -> None:
    """A copy such as an upgrade makes."""
    with closing(connect(data / SQLITE_NAME, KEYS.database)) as raw:
        raw.execute("VACUUM INTO ?", (str(data / "before-0009.db"),))


async def main(data: Path) -> None:
    """Keep the sentinels, and stop in the middle of an upload."""

    async def upload() -> AsyncIterator[bytes]:
        for number in range(HOW_MANY):
            yield f"{SENTINEL}{number} ".encode() * 500
        sys.stdout.write("ready\n")
        sys.stdout.flush()
        await asyncio.Event().wait()

    blobs = FolderBlobs(data / "blobs", KEYS.blobs)
    async with open_database("", data, keys=KEYS) as database:
        for number in range(HOW_MANY):
            await database.write(adding(f"{SENTINEL}{number}"))
        await database.write(indexed)
        await asyncio.to_thread(copied, data)
        await database.read(sorted_and_copied)
        await blobs.put(f"{SENTINEL}blob".encode() * 10_000)
        with scratch(data) as temporary:
            temporary.write(SENTINEL.encode() * 10_000)
            await blobs.put(upload())


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1])))
