"""Backup and restore of a gigabyte, beside ``tar`` piped through Debian's ``age``.

Run: ``python -m bench.storage.backup [--mb 1000] [--rounds 3]``. The data folder is encrypted, as
it is by default: contents in blobs, a tenth of the bytes as rows. Each piece of work is a process
of its own. Gates (spec desk, 18):

* backup <= 3 min, restore <= 5 min, memory <= 100 MiB more than at the start, for 1,000 MB;
* backup <= 1.5 x ``tar cf - DATA | age -r RECIPIENT`` in the same round;
* what was restored has the digests of what was saved;
* people who write meanwhile: the median of their changes <= 10 % later than before.
"""

import argparse
import asyncio
import json
import os
import random
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from io import BytesIO
from pathlib import Path
from typing import Any, Final

import msgspec
from sqlalchemy import Connection, insert, text

from allmende.storage.age import new_identity
from allmende.storage.backup import backup, table_digest
from allmende.storage.blobs import blobs, keep_blob
from allmende.storage.migrate import migrate
from allmende.storage.night import NICENESS
from allmende.storage.opening import SQLITE_NAME, open_database
from allmende.storage.restore import Settling, restore
from allmende.storage.rows import add_rows, shapes
from allmende.storage.selfcheck import opened
from allmende.storage.sqlite import driver, sqlite_engine
from allmende.storage.vault import HouseKeys
from bench.results import keep

KEYS: Final = HouseKeys(database=b"d" * 32, blobs=b"b" * 32)
ROW_SHARE: Final = 0.1
BLOB_BYTES: Final = (20_000, 4_000_000)
WORDS: Final = ("und", "dann", "haben", "wir", "beschlossen", "dass", "am", "samstag", "alle")
SEED: Final = 4711
_SECRET: Final = text("INSERT INTO house_secret (name, value) VALUES (:name, 'x')")
BACKUP_S, RESTORE_S, MORE_MIB, RATIO, LATER = 180.0, 300.0, 100.0, 1.5, 1.10


@dataclass(frozen=True)
class Stage:
    """Where the files of the benchmark are."""

    folder: Path
    identity: str
    recipient: str

    @property
    def data(self) -> Path:
        return self.folder / "data"

    @property
    def file(self) -> Path:
        return self.folder / "x.allmende.age"


def fill(data: Path, size_bytes: int) -> None:
    """Make a data folder of about this size."""
    chance = random.Random(SEED)
    data.mkdir()
    migrate("", data, KEYS)
    engine = sqlite_engine(data / SQLITE_NAME, KEYS.database)
    with engine.connect() as db:
        driver(db).execute("BEGIN IMMEDIATE")
        _fill_rows(db, chance, int(size_bytes * ROW_SHARE))
        left = int(size_bytes * (1 - ROW_SHARE))
        while left > 0:
            content = chance.randbytes(min(left, chance.randint(*BLOB_BYTES)))
            name = keep_blob(data / "blobs", BytesIO(content), KEYS.blobs)
            db.execute(insert(blobs).values(hash=name, size_bytes=len(content), uses=1))
            left -= len(content)
        driver(db).execute("COMMIT")
    engine.dispose()


def _fill_rows(db: Connection, chance: random.Random, size_bytes: int) -> None:
    messages = next(shape for shape in shapes(db) if shape.name == "chat_message")
    number = 1
    while size_bytes > 0:
        bodies = [" ".join(chance.choices(WORDS, k=chance.randint(3, 60))) for _ in range(500)]
        rows = [
            [_value(name, kind, number + at, body) for name, kind in messages.columns]
            for at, body in enumerate(bodies)
        ]
        add_rows(db, messages, [msgspec.json.encode(row) for row in rows])
        number += len(rows)
        size_bytes -= sum(len(body) + 60 for body in bodies)


def _value(name: str, kind: str, number: int, body: str) -> Any:
    """Return what stands in a column of a message."""
    known: dict[str, Any] = {"id": number, "body": body, "client_key": f"{number * 7919:x}"}
    return known.get(name, {"number": 2**50, "truth": False}.get(kind, ""))


def work_backup(stage: Stage) -> None:
    """Save the stage."""
    backup(stage.data, "", stage.file, recipients=[stage.recipient], keys=KEYS)


def work_restore(stage: Stage) -> None:
    """Bring it back beside itself."""
    restore(
        stage.file,
        stage.folder / "goal",
        settling=Settling(now=datetime.now(UTC)),
        keys=KEYS,
        identities=[stage.identity],
    )


WORK: Final[dict[str, Callable[[Stage], None]]] = {
    "backup": work_backup,
    "restore": work_restore,
}


def child(what: str, folder: str, identity: str, recipient: str, niceness: str) -> None:
    """One piece of work, in this process; print how long it took and how much memory."""
    os.nice(int(niceness))
    Path("/proc/self/clear_refs").write_text("5")  # the peak begins now
    before = memory_mib("VmRSS")
    begun, cpu = time.perf_counter(), time.process_time()
    WORK[what](Stage(Path(folder), identity, recipient))
    took, used = time.perf_counter() - begun, time.process_time() - cpu
    more = memory_mib("VmHWM") - before
    print(json.dumps({"took_s": took, "cpu_s": used, "more_mib": more}))


def memory_mib(what: str) -> float:
    """Return a figure of this process: what it has (VmRSS), the most it had (VmHWM)."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) / 1024 for line in lines if line.startswith(f"{what}:"))


def command_of(stage: Stage, what: str, niceness: int) -> Sequence[str]:
    """Return the command line of such a process."""
    words = ["--child", what, str(stage.folder), stage.identity, stage.recipient, str(niceness)]
    return [sys.executable, "-m", "bench.storage.backup", *words]


def apart(stage: Stage, what: str, *, niceness: int = 0) -> dict[str, float]:
    """Do it in a process of its own."""
    said = subprocess.run(command_of(stage, what, niceness), stdout=subprocess.PIPE, check=True)
    figures: dict[str, float] = json.loads(said.stdout)
    return figures


def bare(stage: Stage) -> tuple[float, float]:
    """The same bytes through tar and age: how long it took, and how much CPU."""
    target = stage.folder / "bare.age"
    begun, before = time.perf_counter(), os.times()
    tar = ["/usr/bin/tar", "cf", "-", "-C", str(stage.folder), "data"]
    with subprocess.Popen(tar, stdout=subprocess.PIPE) as packing, target.open("wb") as file:
        age = ["/usr/bin/age", "-r", stage.recipient]
        subprocess.run(age, stdin=packing.stdout, stdout=file, check=True)
        file.flush()
        os.fsync(file.fileno())
    took, after = time.perf_counter() - begun, os.times()
    target.unlink()
    return took, sum(after[2:4]) - sum(before[2:4])


def require_same(stage: Stage) -> int:
    """Compare every row and every content of what was saved and what came back."""
    compared = 0
    goal = stage.folder / "goal"
    with (
        opened(stage.data / SQLITE_NAME, KEYS.database) as before,
        opened(goal / SQLITE_NAME, KEYS.database) as after,
    ):
        for one, other in zip(shapes(before), shapes(after), strict=True):
            found = table_digest(before, one)
            if found != table_digest(after, other):
                raise AssertionError(one.name)
            compared += found[1]
    names = [sorted(p.name for p in (at / "blobs").glob("??/??/*")) for at in (stage.data, goal)]
    if names[0] != names[1]:
        raise AssertionError("blobs")
    # Reading them all once more compares their digests.
    backup(goal, "", stage.folder / "y.age", recipients=[stage.recipient], keys=KEYS)
    (stage.folder / "y.age").unlink()
    return compared


async def writing(data: Path, until: Callable[[], bool]) -> list[float]:
    """Let somebody write, with pauses, and return how long each change took, in ms."""
    took: list[float] = []
    async with open_database("", data, keys=KEYS) as database:
        while not until():
            begun = time.perf_counter()
            await database.write(add_secret)
            took.append((time.perf_counter() - begun) * 1000)
            await asyncio.sleep(0.01)
    return took


def add_secret(db: Connection) -> int:
    """A small change."""
    return db.execute(_SECRET, {"name": f"{time.monotonic_ns()}"}).rowcount


def passed(ends: float) -> bool:
    """Whether it is later."""
    return time.perf_counter() > ends


def ended(process: subprocess.Popen[bytes]) -> bool:
    """Whether the process is done."""
    return process.poll() is not None


def people(stage: Stage) -> dict[str, float]:
    """Compare changes with and without a backup beside them, in turns."""
    alone: list[float] = []
    beside: list[float] = []
    for _ in range(3):
        alone += asyncio.run(writing(stage.data, partial(passed, time.perf_counter() + 4)))
        stage.file.unlink(missing_ok=True)
        command = command_of(stage, "backup", NICENESS)
        with subprocess.Popen(command, stdout=subprocess.DEVNULL) as saving:
            beside += asyncio.run(writing(stage.data, partial(ended, saving)))
    return {
        "alone_p50_ms": statistics.median(alone),
        "beside_p50_ms": statistics.median(beside),
        "alone_p95_ms": statistics.quantiles(alone, n=20)[-1],
        "beside_p95_ms": statistics.quantiles(beside, n=20)[-1],
    }


def measured(mb: int, rounds: int) -> dict[str, Any]:
    """Run everything; return the figures."""
    folder = Path(tempfile.mkdtemp(prefix="allmende-bench-"))
    try:
        stage = Stage(folder, *new_identity())
        fill(stage.data, mb * 1_000_000)
        saving: list[dict[str, float]] = []
        beside: list[float] = []
        beside_cpu: list[float] = []
        for _ in range(rounds):
            wall, cpu = bare(stage)
            beside.append(wall)
            beside_cpu.append(cpu)
            stage.file.unlink(missing_ok=True)
            saving.append(apart(stage, "backup"))
        size_mb = stage.file.stat().st_size / 1e6
        restoring = apart(stage, "restore")
        rows = require_same(stage)
        shutil.rmtree(folder / "goal")
        ratios = [ours["took_s"] / theirs for ours, theirs in zip(saving, beside, strict=True)]
        return {
            "mb": mb,
            "file_mb": size_mb,
            "rows_compared": rows,
            "backup_s": statistics.median(one["took_s"] for one in saving),
            "backup_cpu_s": statistics.median(one["cpu_s"] for one in saving),
            "backup_more_mib": max(one["more_mib"] for one in saving),
            "tar_age_s": statistics.median(beside),
            "tar_age_cpu_s": statistics.median(beside_cpu),
            "ratio_to_tar_age": statistics.median(ratios),
            "restore_s": restoring["took_s"],
            "restore_more_mib": restoring["more_mib"],
            "people": people(stage),
        }
    finally:
        shutil.rmtree(folder)


def missed(figures: dict[str, Any]) -> list[str]:
    """Return the gates that were missed."""
    part = figures["mb"] / 1000
    people_later = figures["people"]["beside_p50_ms"] / figures["people"]["alone_p50_ms"]
    gates = {
        "backup": figures["backup_s"] <= BACKUP_S * part,
        "restore": figures["restore_s"] <= RESTORE_S * part,
        "memory": max(figures["backup_more_mib"], figures["restore_more_mib"]) <= MORE_MIB,
        "ratio to tar | age": figures["ratio_to_tar_age"] <= RATIO,
        "people": people_later <= LATER,
    }
    return [name for name, good in gates.items() if not good]


def main() -> int:
    """Measure, show, keep."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--mb", type=int, default=1000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--keep", action="store_true")
    parser.add_argument("--child", nargs=5)
    asked = parser.parse_args()
    if asked.child:
        child(*asked.child)
        return 0
    figures = measured(asked.mb, asked.rounds)
    print(json.dumps(figures, indent=2))
    if asked.keep:
        keep("storage-backup", figures, "pyrage", "sqlcipher3")
    for name in missed(figures):
        print(f"missed: {name}")
    return 1 if missed(figures) else 0


if __name__ == "__main__":
    sys.exit(main())
