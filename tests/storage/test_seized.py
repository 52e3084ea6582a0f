"""A disk that is taken from a running machine: nothing on it can be read without the key."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.databases import KEYS, Place
from tests.storage.notes import count_notes, make_table, read
from tests.storage.seized import HOW_MANY, SENTINEL

ROOT = Path(__file__).parents[2]


def on_disk(data: Path, pid: int) -> Iterator[tuple[str, bytes]]:
    """Every file of the folder and every nameless one that the process has there."""
    for path in data.rglob("*"):
        if path.is_file():
            yield path.name, path.read_bytes()
    for handle in Path(f"/proc/{pid}/fd").glob("*") if pid else ():
        if "(deleted)" in os.readlink(handle) and str(data) in os.readlink(handle):
            yield "(nameless)", handle.read_bytes()


@pytest.mark.slow
def test_no_sentinel_is_found_while_it_runs_and_after_it_was_killed(
    encrypted_place: Place,
) -> None:
    make_table(encrypted_place)
    data = encrypted_place.data
    command = [sys.executable, "-m", "tests.storage.seized", str(data)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=ROOT) as program:
        assert program.stdout is not None
        assert program.stdout.readline() == "ready\n"
        running = list(on_disk(data, program.pid))
        program.kill()
    killed = list(on_disk(data, 0))
    for name, content in (*running, *killed):
        assert SENTINEL.encode() not in content, name
        assert b"CREATE TABLE" not in content, name
    names = {name for name, _ in running}
    assert {"allmende.db", "allmende.db-wal", "before-0009.db", "(nameless)"} <= names
    # A blob, and the upload in the middle of which the program was.
    assert len([name for name in names if len(name) in (32, 96)]) == 2
    inner = Place("", data, KEYS).open()
    assert read(inner, count_notes) == HOW_MANY
    inner.close()
