"""What the key costs: the same work on a plain and on an encrypted database, interleaved.

Run: ``python -m bench.storage.encryption``. Changes are those of ``changes``; a question is a page
of 50 messages. Memory: what a process grows by while it opens the database and reads a quarter
of it four times at once.
Gates: encrypted at least 0.5 x plain for changes of many and for questions, 0.7 x for one writer.
"""

import asyncio
import secrets
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Callable, Mapping
from pathlib import Path
from typing import Final

from sqlalchemy import Connection, select
from sqlalchemy import bindparam as bind

from allmende.storage.blobs import FolderBlobs
from allmende.storage.migrate import migrate
from allmende.storage.opening import SQLITE_NAME
from allmende.storage.sqlite import connect, open_sqlite
from allmende.storage.vault import keys_of
from bench.processes import MIB
from bench.results import keep
from bench.storage.changes import BODY, ROUND_S, SCHEMA, bare, messages, ours

ROUNDS: Final = 3
GROUP_ROWS: Final = 50
PAGES: Final = 200
ROWS: Final = 100_000
READ_ROWS: Final = 25_000
BLOB_BYTES: Final = 64 * 1024 * 1024
KEYS: Final = keys_of(bytes(range(32)))
GATES: Final = {"100 writers": 0.5, "1 writer": 0.7, "questions": 0.5}

_PAGE: Final = (
    select(messages)
    .where(messages.c.room_id == bind("room_id"), messages.c.id < bind("before"))
    .order_by(messages.c.id.desc())
    .limit(50)
)
_ADD: Final = "INSERT INTO bench_message (room_id, author_id, body, sent_at) VALUES (?, ?, ?, ?)"

Keyed = bytes | None
Found = dict[str, dict[str, list[float]]]


def groups(folder: Path, key: Keyed) -> float:
    """Rows per second, 50 to a durable commit, nothing around them."""
    raw = connect(folder / SQLITE_NAME, key)
    done, began_s = 0, time.perf_counter()
    while time.perf_counter() - began_s < ROUND_S:
        raw.execute("BEGIN IMMEDIATE")
        raw.executemany(_ADD, [(1, 7, BODY, 1)] * GROUP_ROWS)
        raw.execute("COMMIT")
        done += GROUP_ROWS
    raw.close()
    return done / (time.perf_counter() - began_s)


def questions(folder: Path, key: Keyed) -> float:
    """Pages of 50 messages per second, 8 people asking, from all over the table."""

    def page(db: Connection) -> int:
        before = 50 + secrets.randbelow(ROWS)
        return len(db.execute(_PAGE, {"room_id": 1, "before": before}).all())

    async def story() -> float:
        async with open_sqlite(folder / SQLITE_NAME, key=key) as database:
            await database.read(page)
            began_s = time.perf_counter()

            async def ask() -> None:
                for _ in range(PAGES):
                    await database.read(page)

            await asyncio.gather(*(ask() for _ in range(8)))
            return 8 * PAGES / (time.perf_counter() - began_s)

    return asyncio.run(story())


def opening(folder: Path, key: Keyed) -> float:
    """Times per second that the file is opened and asked one thing."""
    began_s = time.perf_counter()
    for _ in range(50):
        raw = connect(folder / SQLITE_NAME, key)
        raw.execute("SELECT 1 FROM bench_member").fetchone()
        raw.close()
    return 50 / (time.perf_counter() - began_s)


def blobs(folder: Path, key: Keyed) -> float:
    """MB per second: put 64 MiB and read it again."""

    async def story() -> float:
        store = FolderBlobs(folder / f"blobs-{secrets.token_hex(4)}", key)
        content = secrets.token_bytes(1024 * 1024)

        async def pieces() -> AsyncIterator[bytes]:
            for _ in range(BLOB_BYTES // len(content)):
                yield content

        began_s = time.perf_counter()
        name = await store.put(pieces())
        async for _ in store.read(name):
            pass
        return 2 * BLOB_BYTES / 1e6 / (time.perf_counter() - began_s)

    return asyncio.run(story())


def memory(folder: Path, key: Keyed) -> float:
    """MiB that a process grows by: one writer, four readers, 25,000 rows read by each."""
    said = subprocess.run(
        [sys.executable, "-m", "bench.storage.encryption", str(folder), (key or b"").hex()],
        check=True,
        capture_output=True,
        text=True,
    )
    return float(said.stdout)


def grow(folder: Path, key: Keyed) -> None:
    """Print what ``memory`` asks for, of this process."""
    before = _rss()

    async def story() -> None:
        async with open_sqlite(folder / SQLITE_NAME, key=key) as database:
            await database.write(_whole)
            await asyncio.gather(*(database.read(_whole) for _ in range(16)))
            sys.stdout.write(f"{(_rss() - before) / MIB}\n")

    asyncio.run(story())


def _whole(db: Connection) -> int:
    rows = db.execute(select(messages).where(messages.c.id <= READ_ROWS))
    return sum(len(row[3]) for row in rows)


def _rss() -> int:
    status = Path("/proc/self/statm").read_text().split()
    return int(status[1]) * 4096


RUNS: Final[Mapping[str, Callable[[Path, Keyed], float]]] = {
    "single commits": lambda folder, key: bare(folder, key).per_s,
    "groups of 50": groups,
    "100 writers": lambda folder, key: ours(100, key)(folder).per_s,
    "1 writer": lambda folder, key: ours(1, key)(folder).per_s,
    "questions": questions,
    "openings": opening,
    "blobs, MB/s": blobs,
    "memory, MiB": memory,
}


def prepare(folder: Path, key: Keyed) -> None:
    """Make a database with 100,000 messages."""
    folder.mkdir()
    migrate("", folder, KEYS if key else None)
    raw = connect(folder / SQLITE_NAME, key)
    raw.executescript(SCHEMA)
    raw.execute("BEGIN")
    raw.executemany(_ADD, [(1, 7, BODY, 1)] * ROWS)
    raw.execute("COMMIT")
    raw.close()


def empty() -> Found:
    """Return room for what is found."""
    return {name: {"plain": [], "encrypted": []} for name in RUNS}


def middle(found: Found) -> dict[str, dict[str, float]]:
    """Return the median of each."""
    return {
        name: {kind: statistics.median(its) for kind, its in one.items()}
        for name, one in found.items()
    }


def main() -> int:
    """Run the rounds, print and keep medians; exit code 1 if a gate is missed."""
    kinds: dict[str, Keyed] = {"plain": None, "encrypted": KEYS.database}
    found, spent = empty(), empty()
    with tempfile.TemporaryDirectory(dir=Path.cwd()) as place:
        for kind, key in kinds.items():
            prepare(Path(place) / kind, key)
        for _ in range(ROUNDS):
            for name, run in RUNS.items():
                for kind, key in kinds.items():
                    began_s, cpu_s = time.perf_counter(), time.process_time()
                    per_s = run(Path(place) / kind, key)
                    done = per_s * (time.perf_counter() - began_s)
                    found[name][kind].append(per_s)
                    spent[name][kind].append((time.process_time() - cpu_s) * 1e6 / done)
    medians, cpu_us = middle(found), middle(spent)
    ratios = {name: one["encrypted"] / one["plain"] for name, one in medians.items()}
    for name, one in medians.items():
        cpu = cpu_us[name]
        print(
            f"{name:>15}: {one['plain']:9.1f} plain {one['encrypted']:9.1f} encrypted"
            f" {ratios[name]:6.2f} x, {cpu['plain']:6.0f} -> {cpu['encrypted']:6.0f} us of CPU"
        )
    figures = {"medians": medians, "ratio_to_plain": ratios, "cpu_us": cpu_us}
    keep("storage-encryption", figures, "sqlcipher3")
    return 0 if all(ratios[name] >= gate for name, gate in GATES.items()) else 1


if __name__ == "__main__":
    if len(sys.argv) > 1:
        grow(Path(sys.argv[1]), bytes.fromhex(sys.argv[2]) or None)
        sys.exit(0)
    sys.exit(main())
