"""Writes notes from 20 writers without end and prints each number once it is on disk.

Started as a program of its own by ``test_kill.py``, which kills it.
"""

import asyncio
import sys
from pathlib import Path

from allmende.storage.opening import open_database
from tests.databases import KEYS
from tests.storage.notes import adding


async def main(url: str, data: Path, cycle: str, *, encrypted: bool) -> None:
    keys = KEYS if encrypted else None
    async with open_database(url, data, keys=keys) as database, asyncio.TaskGroup() as group:

        async def write(who: int) -> None:
            turn = 0
            while True:
                number = await database.write(adding(f"{cycle} {who} {turn}"))
                sys.stdout.write(f"{number}\n")
                sys.stdout.flush()
                turn += 1

        for who in range(20):
            group.create_task(write(who))


if __name__ == "__main__":
    asyncio.run(
        main(sys.argv[1], Path(sys.argv[2]), sys.argv[3], encrypted=sys.argv[4] == "encrypted")
    )
