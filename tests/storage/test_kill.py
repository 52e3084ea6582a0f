"""kill -9 at any moment: nothing that was acknowledged is lost, and no change is half.

``ALLMENDE_KILLS`` says how often (default 3; the soak run takes 1,000).
"""

import os
import secrets
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from sqlalchemy import Connection, select, text

from allmende.storage.outbox import events
from tests.databases import Place
from tests.storage.notes import count_notes, make_table, notes, read

KILLS = int(os.environ.get("ALLMENDE_KILLS", "3"))
ROOT = Path(__file__).parents[2]


def acknowledged(place: Place, cycle: int) -> list[int]:
    """Let the program write, kill it after a random line, return what it had printed."""
    command = [sys.executable, "-m", "tests.storage.acknowledging", place.url]
    with subprocess.Popen(
        [*command, str(place.data), str(cycle), "encrypted" if place.keys else "plain"],
        stdout=subprocess.PIPE,
        text=True,
        cwd=ROOT,
    ) as writer:
        assert writer.stdout is not None
        lines = [writer.stdout.readline() for _ in range(1 + secrets.randbelow(300))]
        writer.send_signal(signal.SIGKILL)
        lines += writer.stdout.readlines()
    return [int(line) for line in lines if line.endswith("\n")]


def note_numbers(db: Connection) -> set[int]:
    return set(db.execute(select(notes.c.id)).scalars())


def facts(db: Connection) -> int:
    named = select(events.c.id).where(events.c.name == "notes.NoteMade")
    return len(db.execute(named).scalars().all())


def integrity(db: Connection) -> str:
    return str(db.execute(text("PRAGMA integrity_check")).scalar_one())


@pytest.mark.slow
def test_nothing_acknowledged_is_lost_when_the_process_is_killed(place: Place) -> None:
    make_table(place)
    promised: set[int] = set()
    for cycle in range(KILLS):
        told = acknowledged(place, cycle)
        assert told
        promised.update(told)
        inner = place.open()
        assert promised <= read(inner, note_numbers)
        # A note and its fact are one change.
        assert read(inner, facts) == read(inner, count_notes)
        if not place.url:
            assert read(inner, integrity) == "ok"
        inner.close()
