"""Whether signing in tells known names from unknown ones by time, and how many fit into a second.

Run: ``python -m bench.identity.signin``. In this process, on SQLite, with 1,000 accounts, half of
them without a password. A wrong password for a known name, for one that signs in by passkey only,
and for a name that nobody has, one after the other in random order, 1,000 tries each. Gates:
medians at most 5 % apart (product, S14), 20 sign-ins in a second (spec desk, 18).
"""

import asyncio
import itertools
import random
import statistics
import sys
import tempfile
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from argon2 import PasswordHasher
from sqlalchemy import Connection

from allmende.core.accounts import ServerRole
from allmende.core.bus import Bus
from allmende.core.clock import SystemClock
from allmende.core.errors import InvalidInput
from allmende.identity.service import IdentityService
from allmende.identity.store import accounts
from allmende.storage.database import Database
from allmende.storage.migrate import migrate
from allmende.storage.opening import open_database
from allmende.transports.threads import open_threads
from bench.results import keep

ACCOUNTS: Final = 1_000
TRIES: Final = 1_000
SIGN_INS: Final = 50
MOST_APART: Final = 0.05
LEAST_PER_S: Final = 20.0
GOOD: Final = "drei rote kirschen im schnee"


def furnish(db: Connection) -> None:
    """Add accounts: ``known`` with a password, ``keyed`` by passkey only."""
    hasher = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)
    stored, now = hasher.hash(GOOD), datetime.now(UTC)
    for number in range(ACCOUNTS // 2):
        for kind, password in (("known", stored), ("keyed", "")):
            accounts.add_account(
                db, name=f"{kind}{number}", password=password, role=ServerRole.NONE, now=now
            )


async def wrong_ms(identity: IdentityService, name: str) -> tuple[float, float]:
    """Return how long a wrong password took, and its CPU on all threads, in milliseconds."""
    began_s, used_s = time.perf_counter(), time.process_time()
    try:
        await identity.sign_in(name, "another one", caller_key="bench")
    except InvalidInput:
        return 1e3 * (time.perf_counter() - began_s), 1e3 * (time.process_time() - used_s)
    raise AssertionError("a wrong password signed in")


async def measure(identity: IdentityService, database: Database) -> dict[str, Any]:
    """Return the medians by kind of name, and sign-ins in a second."""
    await database.write(furnish)
    kinds = ("known", "keyed", "nobody")
    counts = {kind: itertools.count() for kind in kinds}
    spent: dict[str, list[tuple[float, float]]] = {kind: [] for kind in kinds}
    await wrong_ms(identity, "nobody_at_first")
    for _ in range(TRIES):
        for kind in random.sample(kinds, len(kinds)):
            spent[kind].append(await wrong_ms(identity, f"{kind}{next(counts[kind])}"))
    names, began_s = iter([f"known{number}" for number in range(SIGN_INS)]), time.perf_counter()

    async def one_after_the_other() -> None:
        for name in names:
            await identity.sign_in(name, GOOD)

    await asyncio.gather(one_after_the_other(), one_after_the_other())
    per_s = SIGN_INS / (time.perf_counter() - began_s)
    figures: dict[str, Any] = {"sign_ins_per_s": per_s}
    for place, what in enumerate(("median_ms", "median_cpu_ms")):
        figures[what] = {
            kind: statistics.median(one[place] for one in spent[kind]) for kind in kinds
        }
    return figures


async def run() -> dict[str, Any]:
    """Measure in a folder of its own."""

    def fail(failure: BaseException) -> None:
        raise failure

    with tempfile.TemporaryDirectory() as folder, open_threads(size=2, waiting=SIGN_INS) as threads:
        data = Path(folder)
        await asyncio.to_thread(migrate, "", data)
        async with open_database("", data) as database:
            identity = IdentityService(database, SystemClock(), threads, Bus(fail))
            return await measure(identity, database)


def main(_: Sequence[str]) -> int:
    """Measure, keep the figures, print them; 1 if a gate was missed."""
    figures = asyncio.run(run())
    medians, per_s = figures["median_ms"], figures["sign_ins_per_s"]
    apart = figures["apart"] = max(medians.values()) / min(medians.values()) - 1
    file = keep("identity-signin", figures, "argon2-cffi")
    for kind, ms in medians.items():
        print(f"{kind:<8} {ms:8.2f} ms, {figures['median_cpu_ms'][kind]:8.2f} ms of CPU")
    print(f"{100 * apart:.1f} % apart, {per_s:.0f} sign-ins in a second; kept in {file}")
    return 0 if apart <= MOST_APART and per_s >= LEAST_PER_S else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
