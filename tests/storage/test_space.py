"""Room on the disk."""

import errno
import os
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import create_engine, text

from allmende.core.errors import Unavailable
from allmende.storage.space import full_disk_told, require_space


def test_too_little_space_says_how_much_is_needed(tmp_path: Path) -> None:
    require_space(tmp_path, 1)
    with pytest.raises(Unavailable) as refused:
        require_space(tmp_path, 10**18)
    assert refused.value.values["needed_mb"] == 10**12 + 1


def test_whatever_a_full_disk_raises_is_told_as_such(tmp_path: Path) -> None:
    def full_file() -> None:
        with Path("/dev/full").open("wb") as file:
            file.write(b"x")

    def full_database() -> None:
        with closing(sqlite3.connect(tmp_path / "x.db")) as raw:
            raw.execute("PRAGMA max_page_count = 1")
            raw.execute("CREATE TABLE x (y)")

    def full_engine() -> None:
        engine = create_engine(f"sqlite:///{tmp_path / 'y.db'}")
        with engine.connect() as db:
            db.execute(text("PRAGMA max_page_count = 1"))
            try:
                db.execute(text("CREATE TABLE x (y)"))
            finally:
                engine.dispose()

    for fill in (full_file, full_database, full_engine):
        with pytest.raises(Unavailable) as refused, full_disk_told():
            fill()
        assert refused.value.message_id == "storage.disk-full"


def test_other_failures_stay_what_they_are() -> None:
    with pytest.raises(PermissionError), full_disk_told():
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))
