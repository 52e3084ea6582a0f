"""What is kept, with and without the fault each check is for."""

import os
import sqlite3
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from allmende.app.doctor import kept
from allmende.app.doctor.situation import Situation
from allmende.config import Database
from allmende.core.findings import State
from allmende.storage.blobs import keep_blob
from allmende.storage.migrate import migrate, newest_number
from allmende.storage.opening import SQLITE_NAME
from allmende.storage.sqlite import connect
from allmende.storage.vault import key_path, load_keys
from tests.app.doctor.wounds import BROKEN, GOOD, WARNING, machine_file, remedy, told, with_config
from tests.databases import Place

GIB = 2**30


@pytest.fixture
def used(here: Situation) -> Situation:
    """A server that has run: key, encrypted database."""
    keys = load_keys(key_path(here.data), data=here.data)
    migrate("", here.data, keys)
    return replace(here, keys=keys)


def database(here: Situation) -> Path:
    return here.data / SQLITE_NAME


def raw(here: Situation) -> sqlite3.Connection:
    return connect(database(here), here.keys.database if here.keys else None)


def usage(share: float) -> Callable[[Path], tuple[int, int, int]]:
    return lambda _: (100 * GIB, 0, round(100 * GIB * share))


@pytest.mark.parametrize(
    ("free", "state"), [(0.5, GOOD), (0.19, WARNING), (0.04, BROKEN), (0.0, BROKEN)]
)
def test_a_full_disk_is_found(here: Situation, free: float, state: State) -> None:
    assert told(kept.free(here, usage(free)))[0] is state


def test_the_disk_of_a_folder_that_is_not_there_yet_is_looked_at(here: Situation) -> None:
    assert "% of the disk is free" in told(kept.free(replace(here, data=here.data / "a/b")))[1]


def test_a_disk_without_size_is_full(here: Situation) -> None:
    assert kept.free(here, lambda _: (0, 0, 0)).state is BROKEN


def test_too_little_room_for_an_upgrade_is_found(used: Situation) -> None:
    assert told(kept.room(used))[0] is GOOD
    size = database(used).stat().st_size
    assert told(kept.room(used, lambda _: (GIB, 0, size * 2)))[0] is WARNING


def test_a_log_of_changes_that_only_grows_is_found(here: Situation) -> None:
    assert told(kept.write_log(here)) == (GOOD, "The log of changes has 0 MiB.")
    log = here.data / f"{SQLITE_NAME}-wal"
    log.touch()
    os.truncate(log, GIB)
    assert told(kept.write_log(here)) == (WARNING, "The database's log of changes has 1,024 MiB.")


def test_a_whole_database_of_this_release_is_good(used: Situation) -> None:
    assert told(kept.integrity(used))[1] == "Every page of the database is sound."
    assert told(kept.release(used))[0] is GOOD


def test_a_damaged_database_is_found(used: Situation) -> None:
    with database(used).open("r+b") as file:
        file.seek(4096 * 3)
        file.write(b"\xff" * 8192)
    finding = kept.integrity(used)
    assert told(finding)[0] is BROKEN
    assert "allmende restore" in remedy(finding)


def test_a_damaged_plain_database_is_found(here: Situation) -> None:
    migrate("", here.data)
    assert kept.integrity(here).state is GOOD
    with database(here).open("r+b") as file:
        file.seek(4096)
        file.write(b"\xff" * 8192)
    assert kept.integrity(here).state is BROKEN


def test_a_file_that_is_no_database_is_found(used: Situation) -> None:
    database(used).write_bytes(b"nonsense" * 1000)
    for check in (kept.integrity, kept.release):
        assert told(check(used)) == (BROKEN, "The database cannot be read.")


def test_a_database_of_another_release_is_found(used: Situation) -> None:
    with closing(raw(used)) as db:
        db.execute("DELETE FROM schema_migration WHERE number > 1")
    assert told(kept.release(used))[0] is WARNING
    with closing(raw(used)) as db:
        later = newest_number() + 1
        db.execute("INSERT INTO schema_migration (number, name) VALUES (?, 'later')", (later,))
    finding = kept.release(used)
    assert told(finding)[0] is BROKEN
    assert "newer release" in remedy(finding)


def test_before_the_first_start_there_is_nothing_to_judge(here: Situation) -> None:
    checks = (kept.room, kept.integrity, kept.release, kept.files, kept.key, kept.volume)
    assert {told(check(here))[0] for check in checks} == {GOOD}
    nowhere = replace(here, data=here.data / "none")
    assert {told(check(nowhere))[0] for check in (kept.permissions, kept.latency)} == {GOOD}


def test_a_locked_house_is_not_judged(used: Situation) -> None:
    keep_blob(used.data / "blobs", BytesRead(b"x"), used.keys.blobs if used.keys else None)
    locked = replace(used, keys=None)
    for check in (kept.integrity, kept.release, kept.files):
        assert told(check(locked))[1] == "While the key is locked this cannot be looked at."


def test_the_whole_database_is_read_once_a_week_only(used: Situation) -> None:
    assert "once a week" in told(kept.integrity(replace(used, is_thorough=False)))[1]


def on_postgres(here: Situation, url: str) -> Situation:
    return with_config(here, database=Database(url=url))


@pytest.mark.postgres
def test_a_postgresql_of_this_release_is_good(here: Situation, postgres_place: Place) -> None:
    assert told(kept.release(on_postgres(here, postgres_place.url)))[0] is GOOD


def test_a_postgresql_that_does_not_answer_is_found(here: Situation) -> None:
    there = on_postgres(here, f"postgresql://nobody@/none?host={here.data}")
    assert told(kept.release(there)) == (BROKEN, "PostgreSQL does not answer as it should.")
    assert told(kept.integrity(there))[0] is GOOD


def test_a_plain_disk_below_postgresql_is_found(here: Situation) -> None:
    there = on_postgres(here, "postgresql://x@/x")
    assert told(kept.volume(there))[0] is WARNING
    machine_file(there, "sys/block/dm-0/dm/uuid", "LVM-abc")
    assert told(kept.volume(there))[0] is WARNING
    machine_file(there, "sys/block/dm-1/dm/uuid", "CRYPT-LUKS2-abc")
    assert told(kept.volume(there))[0] is GOOD


def test_a_slow_disk_is_found(here: Situation) -> None:
    times = [0.001] * 18
    assert told(kept.latency(here, lambda _: [*times, 0.02, 0.9]))[0] is GOOD
    state, says = told(kept.latency(here, lambda _: [*times, 0.08, 0.09]))
    assert (state, says) == (WARNING, "A small write takes up to 80 ms (at most 50).")


def test_writing_is_tried_and_nothing_stays(here: Situation) -> None:
    assert len(kept.write_times(here.data)) == 20
    assert list(here.data.iterdir()) == []


class BytesRead:
    """A content in memory."""

    def __init__(self, content: bytes) -> None:
        self._rest = content

    def read(self, size: int = -1, /) -> bytes:
        piece, self._rest = self._rest[:size], self._rest[size:]
        return piece

    def close(self) -> None:
        """Nothing is open."""


@pytest.mark.parametrize("is_encrypted", [True, False])
def test_an_upload_that_rotted_is_found(
    here: Situation, used: Situation, is_encrypted: bool
) -> None:
    there = used if is_encrypted else replace(here, data=here.data / "other")
    folder = there.data / "blobs"
    folder.mkdir(parents=True)
    keep_blob(folder, BytesRead(b"a text" * 1000), there.keys.blobs if there.keys else None)
    assert told(kept.files(there)) == (GOOD, "A sample of files is sound (1).")
    (path,) = folder.glob("??/??/*")
    path.write_bytes(path.read_bytes()[:-10] + b"0123456789")
    assert told(kept.files(there))[0] is BROKEN
    path.rename(path.with_name("nonsense"))
    assert told(kept.files(there))[0] is BROKEN


def test_a_folder_that_others_can_read_is_found(used: Situation) -> None:
    assert told(kept.permissions(used))[0] is GOOD
    database(used).chmod(0o644)
    finding = kept.permissions(used)
    assert told(finding)[0] is WARNING
    assert str(database(used)) in told(finding)[1]
    assert "chmod" in remedy(finding)
    used.data.chmod(0o750)
    assert str(used.data) in told(kept.permissions(used))[1]


def test_a_folder_that_cannot_be_written_is_found(here: Situation) -> None:
    (here.data / "data").touch()
    finding = kept.permissions(replace(here, data=here.data / "data"))
    assert told(finding)[0] is BROKEN
    assert "chown" in remedy(finding)


def test_a_file_that_root_left_behind_is_found(used: Situation) -> None:
    if os.getuid() != 0:
        pytest.skip("only root can give a file away")
    os.chown(database(used), 65534, 65534)
    finding = kept.permissions(used)
    assert told(finding)[0] is BROKEN
    assert remedy(finding) == f"chown -R --reference={used.data} {used.data}"


def test_a_key_that_is_gone_or_damaged_is_found(used: Situation) -> None:
    file = key_path(used.data)
    assert told(kept.key(used))[0] is GOOD
    assert told(kept.key(with_config(used, key_mode="sealed")))[0] is WARNING
    file.write_text("nonsense")
    assert told(kept.key(used))[0] is BROKEN
    file.unlink()
    assert "Without it nobody can read" in told(kept.key(used))[1]
