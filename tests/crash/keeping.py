"""Keeps contents in the data folder of a server: ``python -m tests.crash.keeping DATA URL``.

Of the systems none keeps contents yet, so this does what they will do: put the content, then use
it in a change. For each line that it reads it begins anew in a process of its own, tells the
number of that process, then each content once a row says that something uses it, and ``over``
when the process was killed. Modules are loaded once, which saves a second for each line.
"""

import asyncio
import os
import random
import sys
from functools import partial
from pathlib import Path

from allmende.core.errors import Unavailable
from allmende.storage.blobs import FolderBlobs, use
from allmende.storage.database import Database
from allmende.storage.opening import open_database
from allmende.storage.vault import key_path, load_keys

WRITERS = 2
MOST_BYTES = 600_000


async def keep(data: Path, url: str) -> None:
    """Keep contents without end."""
    keys = load_keys(key_path(data), data=data)
    store = FolderBlobs(data / "blobs", keys.blobs)
    async with open_database(url, data, keys=keys) as database, asyncio.TaskGroup() as tasks:
        for _ in range(WRITERS):
            tasks.create_task(keep_some(database, store))


async def keep_some(database: Database, store: FolderBlobs) -> None:
    """Put one content after the other, and use it."""
    chance = random.Random()
    while True:
        content = chance.randbytes(chance.randint(1, MOST_BYTES))
        name = await store.put(content)

        try:
            await database.write(partial(use, name=name, size_bytes=len(content)))
        except Unavailable:
            continue
        sys.stdout.write(f"{name}\n")
        sys.stdout.flush()


def main(data: Path, url: str) -> None:
    """Begin for each line."""
    for _ in sys.stdin:
        pid = os.fork()
        if pid == 0:
            asyncio.run(keep(data, url))
        sys.stdout.write(f"{pid}\n")
        sys.stdout.flush()
        os.waitpid(pid, 0)
        sys.stdout.write("over\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2])
