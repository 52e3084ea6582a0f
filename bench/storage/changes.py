"""Changes per second of our Database against bare sqlite3, on the same disk, interleaved.

A change asks for a permission, adds a row and records a fact, and is on disk when it is
answered. Bare sqlite3 runs the same three statements, one commit each, in one thread. Run:
``python -m bench.storage.changes``. Gates (architecture, 15) are ratios:

* 100 writers at least 2,000/s and 0.8 x bare; one writer at least 0.2 x bare.
"""

import asyncio
import json
import platform
import sqlite3
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import BigInteger, Column, Connection, MetaData, Table, Text, insert, select
from sqlalchemy import bindparam as bind

from allmende.core.events import Fact
from allmende.storage.migrate import migrate
from allmende.storage.opening import SQLITE_NAME
from allmende.storage.outbox import record
from allmende.storage.sqlite import connect, open_sqlite
from allmende.storage.types import RowId

ROUNDS = 3
ROUND_S = 3.0
RESULTS = Path(__file__).parents[1] / "results" / "storage-changes.json"

SCHEMA = """
CREATE TABLE bench_member (account_id BIGINT, room_id BIGINT, role TEXT,
    PRIMARY KEY (account_id, room_id));
CREATE TABLE bench_message (id INTEGER PRIMARY KEY AUTOINCREMENT, room_id BIGINT NOT NULL,
    author_id BIGINT NOT NULL, body TEXT NOT NULL, sent_at BIGINT NOT NULL);
CREATE INDEX bench_message_by_room ON bench_message (room_id, id);
INSERT INTO bench_member VALUES (7, 1, 'member');
"""

_metadata = MetaData()
members = Table(
    "bench_member",
    _metadata,
    Column("account_id", BigInteger, primary_key=True),
    Column("room_id", BigInteger, primary_key=True),
    Column("role", Text),
)
messages = Table(
    "bench_message",
    _metadata,
    Column("id", RowId, primary_key=True),
    Column("room_id", BigInteger),
    Column("author_id", BigInteger),
    Column("body", Text),
    Column("sent_at", BigInteger),
)
ROLE = select(members.c.role).where(
    members.c.account_id == bind("account_id"), members.c.room_id == bind("room_id")
)
ADD = insert(messages).values(
    room_id=bind("room_id"), author_id=bind("author_id"), body=bind("body"), sent_at=bind("sent_at")
)
BODY = "a sentence of the length that people write in a chat, more or less"


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageSent(Fact):
    """As chat has it."""

    message_id: int
    room_id: int


@dataclass(frozen=True)
class Pace:
    """What one round showed."""

    per_s: float
    cpu_ms: float


def change(db: Connection) -> int:
    """Ask, add, record."""
    now = datetime.now(UTC)
    if db.execute(ROLE, {"account_id": 7, "room_id": 1}).scalar_one_or_none() != "member":
        raise PermissionError
    added = db.execute(ADD, {"room_id": 1, "author_id": 7, "body": BODY, "sent_at": 1})
    key = added.inserted_primary_key
    message_id = int(key[0]) if key else 0
    record(db, MessageSent(at=now, message_id=message_id, room_id=1))
    return message_id


def bare(folder: Path, key: bytes | None = None) -> Pace:
    """Run the same statements with nothing around them."""
    raw = connect(folder / SQLITE_NAME, key)
    done, began, cpu = 0, time.perf_counter(), time.process_time()
    while time.perf_counter() - began < ROUND_S:
        raw.execute("BEGIN IMMEDIATE")
        raw.execute(
            "SELECT role FROM bench_member WHERE account_id = ? AND room_id = ?", (7, 1)
        ).fetchone()
        added = raw.execute(
            "INSERT INTO bench_message (room_id, author_id, body, sent_at) VALUES (?, ?, ?, ?)",
            (1, 7, BODY, 1),
        )
        raw.execute(
            "INSERT INTO event_log (name, body, at) VALUES (?, ?, ?)",
            ("chat.MessageSent", f'{{"message_id":{added.lastrowid},"room_id":1}}', 1),
        )
        raw.execute("COMMIT")
        done += 1
    pace = _pace(done, began, cpu)
    raw.close()
    return pace


def ours(writers: int, key: bytes | None = None) -> Callable[[Path], Pace]:
    """Return a round of ``writers`` who each wait for their answer before the next change."""

    async def round_of(folder: Path) -> Pace:
        async with open_sqlite(folder / SQLITE_NAME, key=key) as database:
            await database.write(change)
            began, cpu = time.perf_counter(), time.process_time()

            async def write() -> int:
                done = 0
                while time.perf_counter() - began < ROUND_S:
                    await database.write(change)
                    done += 1
                return done

            done = sum(await asyncio.gather(*(write() for _ in range(writers))))
            return _pace(done, began, cpu)

    return lambda folder: asyncio.run(round_of(folder))


def _pace(done: int, began: float, cpu: float) -> Pace:
    took_s, cpu_s = time.perf_counter() - began, time.process_time() - cpu
    return Pace(per_s=done / took_s, cpu_ms=cpu_s * 1000 / done)


def main() -> int:
    """Run the rounds, print and keep medians; exit code 1 if a gate is missed."""
    runs: dict[str, Callable[[Path], Pace]] = {
        "bare sqlite3": bare,
        "100 writers": ours(100),
        "1 writer": ours(1),
    }
    paces: dict[str, list[Pace]] = {name: [] for name in runs}
    with tempfile.TemporaryDirectory(dir=Path.cwd()) as place:
        folder = Path(place)
        migrate("", folder)
        raw = connect(folder / SQLITE_NAME)
        raw.executescript(SCHEMA)
        raw.close()
        for _ in range(ROUNDS):
            for name, run in runs.items():
                paces[name].append(run(folder))
    per_s = {name: statistics.median(p.per_s for p in its) for name, its in paces.items()}
    cpu_ms = {name: statistics.median(p.cpu_ms for p in its) for name, its in paces.items()}
    ratios = {name: per_s[name] / per_s["bare sqlite3"] for name in ("100 writers", "1 writer")}
    for name in runs:
        print(f"{name:>13}: {per_s[name]:8.0f}/s  {cpu_ms[name]:6.3f} ms of CPU each")
    for name, ratio in ratios.items():
        print(f"{name:>13}: {ratio:8.2f} x bare sqlite3")
    RESULTS.parent.mkdir(exist_ok=True)
    result = {
        "per_s": per_s,
        "cpu_ms": cpu_ms,
        "ratio_to_bare": ratios,
        "date": datetime.now(UTC).date().isoformat(),
        "machine": f"{platform.machine()}, {platform.system()} {platform.release()}",
        "versions": {"python": platform.python_version(), "sqlite": sqlite3.sqlite_version},
    }
    RESULTS.write_text(json.dumps(result, indent=2) + "\n")
    met = ratios["100 writers"] >= 0.8 and ratios["1 writer"] >= 0.2
    return 0 if met else 1


if __name__ == "__main__":
    sys.exit(main())
