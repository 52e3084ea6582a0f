"""Sends messages from 20 writers without end and prints the id of each once it is kept.

Started as a program of its own by ``test_archive_killed.py``, which kills it. Words: the database,
the folder, the cycle.
"""

import asyncio
import secrets
import sys
from dataclasses import replace
from pathlib import Path

from allmende.core.clock import SystemClock
from allmende.core.errors import AllmendeError
from allmende.core.ids import AccountId
from allmende.storage.opening import open_database
from allmende.systems.chat.model.personal import Kept, NewPersonal, Party, origin_of
from allmende.systems.chat.model.uids import Uids
from allmende.systems.chat.service.archive import ArchiveQueue
from allmende.systems.chat.service.personal import PersonalShelf

SENDER, RECEIVER = AccountId(1), AccountId(2)
WRITERS = 20


def fail(problem: AllmendeError) -> None:
    raise problem


async def main(url: str, data: Path, cycle: str) -> None:
    clock, shelf = SystemClock(), PersonalShelf()
    uids = Uids(clock, secrets.token_bytes)
    async with open_database(url, data) as database, asyncio.TaskGroup() as group:
        queue = ArchiveQueue(database)
        group.create_task(queue.run())

        def send(who: int, turn: int) -> None:
            origin_id = f"{cycle}-{who}-{turn}"

            def kept(_: Kept) -> None:
                sys.stdout.write(f"{origin_id}\n")
                sys.stdout.flush()
                send(who, turn + 1)

            new = NewPersonal(
                uid=uids.next(),
                sender=Party("a@x", "r", SENDER),
                receiver=Party("b@x", "", RECEIVER),
                content=origin_id.encode(),
                encrypted=False,
                sent_at=clock.now(),
                origin=origin_of("a@x", "b@x", origin_id),
            )
            # Each is sent twice, as by a client that came back and heard nothing.
            queue.put(shelf, new, kept, fail)
            queue.put(shelf, replace(new, uid=uids.next()), lambda _: None, fail)

        for who in range(WRITERS):
            send(who, 0)


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], Path(sys.argv[2]), sys.argv[3]))
