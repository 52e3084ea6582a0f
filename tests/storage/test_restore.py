"""The way back: everything, or nothing."""

import errno
import hashlib
import io
import os
import shutil
import tarfile
from collections.abc import Mapping
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import msgspec
import pytest
from sqlalchemy import text

from allmende.core.errors import AllmendeError, Conflict, InvalidInput, NotAllowed, Unavailable
from allmende.storage import filling
from allmende.storage.age import encrypting, new_identity
from allmende.storage.archive import FORMAT, ArchiveReader, ArchiveWriter, Manifest
from allmende.storage.backup import backup
from allmende.storage.blobs import BlobHash, open_blob
from allmende.storage.deletions import Deletion, note_deletion
from allmende.storage.folder import lock_folder
from allmende.storage.opening import SQLITE_NAME
from allmende.storage.outbox import record
from allmende.storage.postgres import postgres_engine
from allmende.storage.restore import (
    WORK,
    Settling,
    checked,
    inside,
    is_encrypted,
    ledger_of,
    require_empty,
    require_finished,
    restore,
)
from allmende.storage.selfcheck import opened
from allmende.storage.sqlite import driver, sqlite_engine
from allmende.storage.upgrade import upgrade
from tests.databases import Place, Templates, named
from tests.storage.filled import KEYS, digests, digests_in, filled_place
from tests.storage.notes import NOON, NoteMade
from tests.storage.test_archive import first_format, member
from tests.storage.test_backup import IDENTITY, PICTURE, RECIPIENT, furnished

pytestmark = pytest.mark.slow

PLAIN = Settling(now=NOON)
SESSIONS = "identity_session"


@pytest.fixture(scope="module")
def saved(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A backup of a folder with something of every kind."""
    folder = tmp_path_factory.mktemp("saved")
    furnished(folder / "data", KEYS)
    backup(folder / "data", "", folder / "x.age", recipients=[RECIPIENT], keys=KEYS)
    return folder / "x.age"


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def goal(request: pytest.FixtureRequest, tmp_path: Path) -> Place:
    """An empty place to restore into."""
    if request.param == "sqlite":
        return Place("", tmp_path / "goal")
    server = request.getfixturevalue("postgres_server")
    templates = request.getfixturevalue("database_templates")
    assert isinstance(templates, Templates)
    return Place(named(server, templates.empty_postgres(server)), tmp_path / "goal")


def digests_at(place: Place) -> Mapping[str, tuple[str, int]]:
    if not place.url:
        return digests(place.data / SQLITE_NAME, KEYS)
    engine = postgres_engine(place.url)
    with engine.connect() as db:
        found = digests_in(db)
    engine.dispose()
    return found


def put_back(source: Path, goal: Place, settling: Settling = PLAIN) -> None:
    restore(source, goal.data, goal.url, settling=settling, keys=KEYS, identities=[IDENTITY])


def everything_in(folder: Path) -> dict[str, bytes]:
    paths = sorted(path for path in folder.rglob("*") if path.is_file())
    return {str(path.relative_to(folder)): path.read_bytes() for path in paths}


def test_everything_comes_back_in_either_database_but_sessions(saved: Path, goal: Place) -> None:
    put_back(saved, goal)
    before, after = dict(digests(saved.parent / "data" / SQLITE_NAME, KEYS)), digests_at(goal)
    assert before.pop(SESSIONS)[1] > 0
    assert after[SESSIONS][1] == 0
    # What hangs on a session goes with it.
    gone = {name for name in before if after[name] != before[name]}
    assert gone <= {"desk_push", "desk_push_job"}
    name = BlobHash(hashlib.sha256(PICTURE).hexdigest())
    with closing(open_blob(goal.data / "blobs", name, KEYS.blobs)) as content:
        assert content.read() == PICTURE
    assert (goal.data / "tls" / "authority.key").read_text() == "tls/authority.key"
    assert (goal.data / "backup-recipients").read_text() == f"{RECIPIENT}\n"
    assert not (goal.data / WORK).exists()
    assert all(
        path.stat().st_mode & 0o077 == 0
        for path in goal.data.rglob("*")
        if path.is_file() and path.parent.name != "lock"
    )
    folders = [path for path in goal.data.rglob("*") if path.is_dir()]
    assert [path for path in folders if path.stat().st_mode & 0o077] == []


def test_numbers_go_on_where_they_were(saved: Path, tmp_path: Path) -> None:
    put_back(saved, Place("", tmp_path / "goal"))
    with opened(saved.parent / "data" / SQLITE_NAME, KEYS.database) as db:
        last = db.execute(text("SELECT max(id) FROM event_log")).scalar_one()
    engine = sqlite_engine(tmp_path / "goal" / SQLITE_NAME, KEYS.database)
    with engine.connect() as db:
        driver(db).execute("BEGIN")
        assert record(db, NoteMade(at=NOON, note_id=1)) == last + 1
    engine.dispose()


@pytest.mark.postgres
def test_a_backup_of_either_database_is_the_same(
    saved: Path, postgres_server: str, database_templates: Templates, tmp_path: Path
) -> None:
    url = named(postgres_server, database_templates.empty_postgres(postgres_server))
    place = Place(url, tmp_path / "goal")
    put_back(saved, place)
    manifest = backup(place.data, url, tmp_path / "y.age", recipients=[RECIPIENT], keys=KEYS)
    before = {table.name: table for table in checked(saved, [IDENTITY]).tables}
    for table in manifest.tables:
        if table.name not in (SESSIONS, "desk_push", "desk_push_job"):
            assert table == before[table.name]
    with pytest.raises(Conflict) as refused:
        put_back(saved, Place(url, tmp_path / "other"))
    assert refused.value.message_id == "storage.database-not-empty"
    assert {path.name for path in (tmp_path / "other").iterdir()} <= {"lock"}


def test_a_backup_of_the_last_release_comes_to_this_one(tmp_path: Path) -> None:
    filled_place(tmp_path / "old", number=6)
    backup(tmp_path / "old", "", tmp_path / "x.age", recipients=[RECIPIENT])
    put_back(tmp_path / "x.age", Place("", tmp_path / "goal"))
    upgrade("", tmp_path / "old")
    old, new = (
        dict(digests(tmp_path / "old" / SQLITE_NAME)),
        dict(digests(tmp_path / "goal" / SQLITE_NAME, KEYS)),
    )
    assert old.pop(SESSIONS)[1] > new.pop(SESSIONS)[1] == 0
    assert old == new


def plain_tar(saved: Path, target: Path) -> Path:
    """The same content as the first releases wrote it: a plain tar, one member a table."""
    tables: dict[str, bytes] = {}
    others: dict[str, bytes] = {}
    with inside(saved, [IDENTITY]) as file:
        reader = ArchiveReader(file)
        for name, content in reader.members():
            if name.startswith("tables/"):
                table = name.split("/")[1].split(".")[0]
                tables[table] = tables.get(table, b"") + content.read(-1)
            else:
                others[name] = content.read(-1)
        manifest = reader.manifest
    bodies = {f"tables/{t.name}.jsonl": tables.get(t.name, b"") for t in manifest.tables} | others
    files = {
        name: {"size_bytes": len(body), "sha256": hashlib.sha256(body).hexdigest()}
        for name, body in bodies.items()
    }
    listed = [
        {"name": t.name, "columns": t.columns, "rows": t.rows, "last_id": t.last_id}
        for t in manifest.tables
    ]
    described = {
        "format": 1, "migration": manifest.migration, "tables": listed, "files": files,
    }  # fmt: skip
    members = b"".join(member(name, body) for name, body in bodies.items())
    target.write_bytes(first_format(members, msgspec.json.encode(described)))
    return target


def test_a_plain_file_of_the_first_releases_is_still_read(saved: Path, goal: Place) -> None:
    old = plain_tar(saved, goal.data.parent / "old.tar")
    assert is_encrypted(saved)
    assert not is_encrypted(old)
    restore(old, goal.data, goal.url, settling=PLAIN, keys=KEYS)
    before, after = digests(saved.parent / "data" / SQLITE_NAME, KEYS), digests_at(goal)
    assert after["chat_message"] == before["chat_message"]


@pytest.mark.parametrize("place", [3, 100, 5000, -40])
def test_a_changed_bit_writes_nothing(saved: Path, tmp_path: Path, place: int) -> None:
    body = bytearray(saved.read_bytes())
    body[place] ^= 4
    (tmp_path / "x.age").write_bytes(body)
    with pytest.raises((InvalidInput, NotAllowed)):
        put_back(tmp_path / "x.age", Place("", tmp_path / "goal"))
    assert not (tmp_path / "goal").exists()


@pytest.mark.parametrize("part", [0, 0.01, 0.5, 0.99])
def test_a_cut_file_writes_nothing(saved: Path, tmp_path: Path, part: float) -> None:
    body = saved.read_bytes()
    (tmp_path / "x.age").write_bytes(body[: int(len(body) * part)])
    with pytest.raises(InvalidInput) as refused:
        put_back(tmp_path / "x.age", Place("", tmp_path / "goal"))
    assert refused.value.message_id == "storage.backup-damaged"
    assert not (tmp_path / "goal").exists()


def test_the_wrong_key_and_no_key_write_nothing(saved: Path, tmp_path: Path) -> None:
    other, _ = new_identity()
    for identities, told in (
        ([other], "storage.wrong-backup-key"),
        ([], "storage.backup-needs-key"),
    ):
        with pytest.raises((NotAllowed, Conflict)) as refused:
            restore(saved, tmp_path / "goal", settling=PLAIN, identities=identities)
        assert isinstance(refused.value, AllmendeError)
        assert refused.value.message_id == told
    assert not (tmp_path / "goal").exists()


def sealed_up(target: Path, members: dict[str, bytes], **changes: object) -> Path:
    """Somebody who knows the public key makes a file with right sums."""
    with target.open("wb") as file, encrypting(file, [RECIPIENT]) as plain:
        archive = ArchiveWriter(plain)
        for name, body in members.items():
            archive.add(name, io.BytesIO(body), len(body))
        manifest = Manifest(format=FORMAT, migration=1, tables=[], files=archive.files)
        archive.finish(msgspec.structs.replace(manifest, **changes))
    return target


def test_a_newer_release_and_forged_files_write_nothing(tmp_path: Path) -> None:
    newer = sealed_up(tmp_path / "newer.age", {}, migration=9999)
    with pytest.raises(Conflict) as refused:
        put_back(newer, Place("", tmp_path / "goal"))
    assert refused.value.message_id == "storage.newer-backup"
    assert not (tmp_path / "goal").exists()
    for name in ("files/allmende.db", "files/keys/house.key", "files/lock"):
        with pytest.raises(InvalidInput):
            put_back(sealed_up(tmp_path / "forged.age", {name: b"x"}), Place("", tmp_path / "goal"))
        assert {path.name for path in (tmp_path / "goal").iterdir()} <= {"lock"}


@pytest.mark.parametrize("name", ["../evil", "files/../../evil"])
def test_names_that_lead_elsewhere_and_links_write_nothing(tmp_path: Path, name: str) -> None:
    for kind in (tarfile.REGTYPE, tarfile.SYMTYPE):
        source = tmp_path / "x.age"
        with source.open("wb") as file, encrypting(file, [RECIPIENT]) as plain:
            plain.write(member("format", b"2\n") + member(name, b"x", kind))
        with pytest.raises(InvalidInput):
            put_back(source, Place("", tmp_path / "goal"))
        assert {path.name for path in tmp_path.iterdir()} == {"x.age"}


@pytest.mark.parametrize("name", ["allmende.db", "notes.txt", ".hidden", "keys/pads.key"])
def test_a_folder_that_is_not_empty_is_left_alone(saved: Path, tmp_path: Path, name: str) -> None:
    folder = tmp_path / "goal"
    (folder / name).parent.mkdir(parents=True)
    (folder / name).write_text("mine")
    with pytest.raises(Conflict) as refused:
        put_back(saved, Place("", folder))
    assert refused.value.message_id == "storage.folder-not-empty"
    assert everything_in(folder) == {name: b"mine"}


def test_the_key_of_a_new_house_and_its_backups_may_lie_there(saved: Path, tmp_path: Path) -> None:
    folder = tmp_path / "goal"
    for name in ("keys/house.key", "backups/x.age", "allmende.toml"):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text("new")
    put_back(saved, Place("", folder))
    assert (folder / "keys" / "house.key").read_text() == "new"
    assert (folder / "keys" / "pads.key").read_text() == "keys/pads.key"


def test_a_folder_that_a_server_holds_is_left_alone(saved: Path, tmp_path: Path) -> None:
    with lock_folder(tmp_path / "goal"), pytest.raises(Conflict) as refused:
        put_back(saved, Place("", tmp_path / "goal"))
    assert refused.value.message_id == "storage.folder-locked"


def test_a_full_disk_leaves_nothing(
    saved: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with monkeypatch.context() as patched:
        patched.setattr(filling, "keep_blob", full)
        with pytest.raises(Unavailable) as refused:
            put_back(saved, Place("", tmp_path / "goal"))
    assert refused.value.message_id == "storage.disk-full"
    assert {path.name for path in (tmp_path / "goal").iterdir()} == {"lock"}
    usage = shutil.disk_usage(tmp_path)
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage._replace(free=1_000))
    with pytest.raises(Unavailable) as refused:
        put_back(saved, Place("", tmp_path / "goal"))
    assert refused.value.message_id == "storage.too-little-space"
    assert {path.name for path in (tmp_path / "goal").iterdir()} == {"lock"}


def test_an_interrupted_restore_is_noticed_and_can_be_repeated(saved: Path, tmp_path: Path) -> None:
    folder = tmp_path / "goal"
    for name in (f"{WORK}/allmende.db", "blobs/ab/cd/x", "tls/authority.key", "keys/house.key"):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text("half")
    with pytest.raises(Conflict) as refused:
        upgrade("", folder, KEYS)
    assert refused.value.message_id == "storage.restore-unfinished"
    require_empty(folder)
    put_back(saved, Place("", folder))
    assert (folder / "tls" / "authority.key").read_text() == "tls/authority.key"
    assert (folder / "keys" / "house.key").read_text() == "half"
    assert not (folder / "blobs" / "ab" / "cd" / "x").exists()


def test_one_that_was_interrupted_after_its_end_is_tidied_up(tmp_path: Path) -> None:
    (tmp_path / WORK).mkdir()
    require_finished(tmp_path, has_database=True)
    assert not (tmp_path / WORK).exists()


def test_what_was_deleted_since_stays_deleted(saved: Path, tmp_path: Path) -> None:
    """The newer backup says that account 3 and a message are gone."""
    shutil.copytree(saved.parent / "data", tmp_path / "newer")
    engine = sqlite_engine(tmp_path / "newer" / SQLITE_NAME, KEYS.database)
    with engine.connect() as db:
        driver(db).execute("BEGIN IMMEDIATE")
        note_deletion(db, "identity.account", "3", NOON)
        note_deletion(db, "chat.message", "2/4", NOON)
        driver(db).execute("COMMIT")
    engine.dispose()
    newer = tmp_path / "newer.age"
    backup(tmp_path / "newer", "", newer, recipients=[RECIPIENT], keys=KEYS)
    ledger = ledger_of(newer, [IDENTITY])
    assert Deletion("chat.message", "2/4", NOON) in ledger
    goal = Place("", tmp_path / "goal")
    put_back(saved, goal, Settling(now=NOON + timedelta(days=1), ledger=ledger))
    with opened(goal.data / SQLITE_NAME, KEYS.database) as db:
        accounts = db.execute(text("SELECT id FROM identity_account ORDER BY id")).scalars().all()
        messages = db.execute(text("SELECT id FROM chat_message ORDER BY id")).scalars().all()
    assert accounts == [2, 4, 5, 6]
    assert messages == [2, 3, 5, 6]
