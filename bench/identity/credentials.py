"""CPU of one check of an app password: not remembered, remembered, and what it is compared with.

Run: ``python -m bench.identity.credentials``. In this process, on SQLite, with 1,000 accounts of
five app passwords each. The bare question is the same lookup by sqlite3 itself; Argon2id is what a
check of an account's password costs. Gates: 0.3 ms of CPU (spec desk, 18), and a hundredth of
Argon2id.
"""

import asyncio
import sqlite3
import statistics
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable, Sequence
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from argon2 import PasswordHasher
from sqlalchemy import Connection

from allmende.core.accounts import Scope, ServerRole
from allmende.core.clock import SystemClock
from allmende.identity.model.app_passwords import new_secret
from allmende.identity.model.tokens import token_hash
from allmende.identity.service.credentials import Credentials
from allmende.identity.store import accounts, app_passwords
from allmende.storage.database import Database
from allmende.storage.migrate import migrate
from allmende.storage.opening import SQLITE_NAME, open_database
from bench.results import keep

ACCOUNTS: Final = 1_000
EACH: Final = 5
CHECKS: Final = 1_000
ROUNDS: Final = 5
GATE_US: Final = 300.0
GATE_OF_ARGON2: Final = 0.01
_BARE: Final = (
    "SELECT p.id, p.account_id, p.scopes, p.seen, p.ends_at, a.name, a.state"
    " FROM identity_app_password p JOIN identity_account a ON a.id = p.account_id WHERE p.hash = ?"
)


def furnish(db: Connection) -> list[tuple[str, str]]:
    """Add accounts with app passwords; return a name and an app password of each."""
    found, now = [], datetime.now(UTC)
    for number in range(ACCOUNTS):
        made = accounts.add_account(
            db, name=f"person{number}", password="", role=ServerRole.NONE, now=now
        )
        secrets = [new_secret() for _ in range(EACH)]
        for secret in secrets:
            app_passwords.add(
                db,
                account_id=made.id,
                label="fern",
                scopes="chat",
                scram="",
                secret_hash=token_hash(secret),
                now=now,
            )
        found.append((made.name, secrets[-1]))
    return found


async def cpu_us(work: Callable[[int], Awaitable[object]], times: int) -> float:
    """Return the CPU time of all threads for one piece of ``work``, in microseconds."""
    before_s = time.process_time()
    for number in range(times):
        await work(number)
    return 1e6 * (time.process_time() - before_s) / times


async def measure(database: Database, data: Path) -> dict[str, float]:
    """Return the medians, in microseconds of CPU."""
    people = await database.write(furnish)
    hashes = [token_hash(secret) for _, secret in people]
    hasher = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)
    stored = hasher.hash("drei rote kirschen im schnee")
    spent: dict[str, list[float]] = {}
    with closing(sqlite3.connect(f"file:{data / SQLITE_NAME}?mode=ro", uri=True)) as bare:

        async def ask_bare(number: int) -> object:
            return bare.execute(_BARE, (hashes[number],)).fetchone()

        async def argon2(_: int) -> object:
            return hasher.verify(stored, "drei rote kirschen im schnee")

        for _ in range(ROUNDS):
            credentials = Credentials(database, SystemClock(), b"key")

            async def check(number: int, asked: Credentials = credentials) -> object:
                name, secret = people[number]
                return await asked.check(name, secret, Scope.CHAT_READ, "place")

            async def again(_: int, asked: Credentials = credentials) -> object:
                name, secret = people[-1]
                return await asked.check(name, secret, Scope.CHAT_READ, "place")

            for what, work, times in (
                ("check", check, CHECKS),
                ("remembered", again, CHECKS),
                ("bare lookup", ask_bare, CHECKS),
                ("argon2id", argon2, 5),
            ):
                spent.setdefault(what, []).append(await cpu_us(work, times))
    return {what: statistics.median(rounds) for what, rounds in spent.items()}


async def run() -> dict[str, float]:
    """Measure in a folder of its own."""
    with tempfile.TemporaryDirectory() as folder:
        data = Path(folder)
        await asyncio.to_thread(migrate, "", data)
        async with open_database("", data) as database:
            return await measure(database, data)


def main(_: Sequence[str]) -> int:
    """Measure, keep the figures, print them; 1 if a gate was missed."""
    spent = asyncio.run(run())
    to_argon2 = spent["check"] / spent["argon2id"]
    figures = {
        "cpu_us": spent,
        "ratio_to_bare": spent["check"] / spent["bare lookup"],
        "ratio_to_argon2": to_argon2,
    }
    file = keep("identity-credentials", figures, "sqlalchemy", "argon2-cffi")
    for what, us in spent.items():
        print(f"{what:<12} {us:10.1f} us of CPU")
    print(f"kept in {file}")
    good = spent["check"] <= GATE_US and to_argon2 <= GATE_OF_ARGON2
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
