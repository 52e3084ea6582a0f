"""The archive alone: CPU per message that both sides keep, and pages out of one million.

Nothing of XMPP runs here. SQLite as in production (FULL, secure_delete); CPU time is that of this
process. ``python -m bench.chat.archive [ROWS]``. Gate (spec chat, 16): a page of 50 out of 1
million, p95 <= 5 ms of CPU.
"""

import asyncio
import json
import random
import secrets
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

from sqlalchemy import Connection

from allmende.core.accounts import Caller
from allmende.core.clock import SystemClock
from allmende.core.errors import AllmendeError
from allmende.core.ids import AccountId
from allmende.storage.migrate import migrate
from allmende.storage.opening import SQLITE_NAME
from allmende.storage.sqlite import SqliteDatabase, open_sqlite
from allmende.systems.chat.model.history import Asked
from allmende.systems.chat.model.personal import NewPersonal, Party, Side, origin_of
from allmende.systems.chat.model.uids import Uids
from allmende.systems.chat.service.archive import ArchiveQueue
from allmende.systems.chat.service.history import PersonalHistory
from allmende.systems.chat.service.personal import PersonalShelf
from allmende.systems.chat.store import personal
from bench.results import keep

ROWS = 1_000_000
PIECE = 500
PAGES = 400
MESSAGES = 10_000
MOST_MS = 5.0
CONTENT = b"<message xmlns='jabber:client' to='b@x'><body>" + b"x" * 200 + b"</body></message>"
"""About as long as a short message with its addresses."""


def failed(problem: AllmendeError) -> None:
    """Nothing may fail here."""
    raise problem


async def write(database: SqliteDatabase, clock: SystemClock) -> float:
    """Return CPU seconds per 10,000 messages, two rows each, 500 in flight."""
    queue, shelf, uids = ArchiveQueue(database), PersonalShelf(), Uids(clock, secrets.token_bytes)
    task = asyncio.ensure_future(queue.run())
    begun_s = time.process_time()
    for number in range(MESSAGES):
        new = NewPersonal(
            uid=uids.next(),
            sender=Party("c@x", "r", AccountId(3)),
            receiver=Party("d@x", "", AccountId(4)),
            content=CONTENT,
            encrypted=True,
            sent_at=clock.now(),
            origin=origin_of("c@x", "d@x", str(number)),
        )
        queue.put(shelf, new, lambda _: None, failed)
        if number % PIECE == PIECE - 1:
            await queue.drained()
    took_s = time.process_time() - begun_s
    task.cancel()
    return took_s / MESSAGES * 10_000


def piece(begun: datetime, first: int, uids: list[str], db: Connection) -> None:
    """Add some of the million: a hundred peers, a message a second."""
    sides = []
    for number, uid in enumerate(uids, first):
        at = begun + timedelta(seconds=number)
        peer = f"peer{number % 100}@x"
        sides.append(
            Side(AccountId(1), uid, peer, "r", True, None, CONTENT, True, at,
                 at + timedelta(days=400))
        )  # fmt: skip
    personal.add_sides(db, sides)


class Hands:
    """A clock that fills an archive with the past."""

    def __init__(self, at: datetime) -> None:
        self.at = at

    def now(self) -> datetime:
        return self.at

    def monotonic_s(self) -> float:
        return 0.0


async def fill(database: SqliteDatabase, begun: datetime, rows: int) -> list[str]:
    """Fill the archive of account 1; return its ids."""
    hands = Hands(begun)
    uids, given = Uids(hands, secrets.token_bytes), list[str]()
    for first in range(0, rows, PIECE):
        some = []
        for _ in range(PIECE):
            some.append(uids.next())
            hands.at += timedelta(seconds=1)
        given += some
        await database.write(partial(piece, begun, first, some))
    return given


async def pages(
    database: SqliteDatabase, clock: SystemClock, given: list[str], begun: datetime
) -> dict[str, float]:
    """Return the 95th percentile of CPU milliseconds for each kind of page."""
    history, who = PersonalHistory(database, clock), Caller(account_id=AccountId(1))

    def some() -> str:
        return random.choice(given)

    kinds: dict[str, Callable[[], Asked]] = {
        "newest": lambda: Asked(newest=True),
        "after": lambda: Asked(after=some()),
        "before": lambda: Asked(before=some()),
        "peer, before": lambda: Asked(peer="peer7@x", before=some()),
        "since": lambda: Asked(since=begun + timedelta(seconds=random.randrange(len(given)))),
        "ids": lambda: Asked(uids=[some() for _ in range(50)]),
    }
    found = {}
    for name, asked in kinds.items():
        times = []
        for _ in range(PAGES):
            begun_s = time.process_time()
            await history.page(who, asked())
            times.append((time.process_time() - begun_s) * 1000)
        found[name] = statistics.quantiles(times, n=20)[18]
    return found


async def main(rows: int) -> int:
    """Fill, write, read; print and keep the figures. 1: a page took too long."""
    clock = SystemClock()
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / SQLITE_NAME
        migrate("", path.parent)
        async with open_sqlite(path) as database:
            begun = datetime.now(UTC) - timedelta(seconds=rows)
            given = await fill(database, begun, rows)
            cpu_s = await write(database, clock)
            slow = await pages(database, clock, given, begun)
    print(f"{cpu_s:.2f} s of CPU for 10,000 messages, two rows each")
    print(json.dumps({name: round(ms, 2) for name, ms in slow.items()}))
    good = max(slow.values()) <= MOST_MS
    figures = {"rows": rows, "cpu_s_per_10_000": cpu_s, "page_p95_cpu_ms": slow, "good": good}
    keep("chat-archive", figures, "sqlalchemy")
    return not good


if __name__ == "__main__":
    sys.exit(asyncio.run(main(int(sys.argv[1]) if len(sys.argv) > 1 else ROWS)))
