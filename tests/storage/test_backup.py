"""One file that holds everything, and the way back."""

import asyncio
from functools import partial
from pathlib import Path

import pytest
from sqlalchemy import Connection, delete, insert, text

from allmende.core.errors import Conflict, InvalidInput, NotFound
from allmende.storage.archive import open_archive
from allmende.storage.backup import backup, restore
from allmende.storage.blobs import FolderBlobs, use
from allmende.storage.folder import lock_folder
from allmende.storage.migrate import newest_number
from allmende.storage.outbox import events, newest_fact, record
from allmende.storage.secret import house_secrets, secret
from tests.databases import Place, Templates, named
from tests.storage.notes import NOON, NoteMade

STRANGE = "ü☺🦔 'quoted' \\ \t\n%s"


async def fill(place: Place) -> None:
    """Put something of every kind into a database and its folder."""
    inner = place.open()
    name = await FolderBlobs(place.data / "blobs").put(b"a picture")

    def change(db: Connection) -> None:
        secret(db, STRANGE)
        use(db, name, 9)
        for number in range(1200):
            record(db, NoteMade(at=NOON, note_id=number))
        db.execute(delete(events).where(events.c.id > 1100))

    await inner.write(change)
    await asyncio.to_thread(inner.close)
    (place.data / "tls").mkdir()
    (place.data / "tls" / "authority.key").write_bytes(b"key")


def contents(source: Path) -> dict[str, bytes]:
    with open_archive(source) as archive:
        names = [*archive.names("tables"), *archive.names("blobs"), *archive.names("files")]
        return {name: archive.member(name).read() for name in names}


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def goal(request: pytest.FixtureRequest, tmp_path: Path) -> Place:
    """An empty place to restore into."""
    if request.param == "sqlite":
        return Place("", tmp_path / "goal")
    server = request.getfixturevalue("postgres_server")
    templates = request.getfixturevalue("database_templates")
    assert isinstance(templates, Templates)
    return Place(named(server, templates.empty_postgres(server)), tmp_path / "goal")


def test_everything_moves_from_either_database_to_either(
    place: Place, goal: Place, tmp_path: Path
) -> None:
    asyncio.run(fill(place))
    first, second = tmp_path / "first.tar", tmp_path / "second.tar"
    manifest = backup(place.data, place.url, first)
    assert manifest.migration == newest_number()
    restore(first, goal.data, goal.url)
    backup(goal.data, goal.url, second)
    assert contents(first) == contents(second)
    assert first.read_bytes() == second.read_bytes()
    assert (goal.data / "tls" / "authority.key").read_bytes() == b"key"
    inner = goal.open()
    # Numbers go on where they were, also behind rows that had been deleted.
    fact = asyncio.run(inner.write(lambda db: record(db, NoteMade(at=NOON, note_id=1))))
    assert fact == 1202
    assert asyncio.run(inner.read(lambda db: len(secret(db, STRANGE)))) == 32
    inner.close()


def test_a_backup_shows_one_moment_while_the_server_writes(place: Place, tmp_path: Path) -> None:
    """Each change adds a fact and a secret; every backup has as many of both."""
    saved = [tmp_path / f"{number}.tar" for number in range(3)]

    async def story() -> None:
        inner = place.open()
        begun, saving = asyncio.Event(), True

        def change(db: Connection, name: str) -> None:
            db.execute(insert(house_secrets).values(name=name, value=b"x"))
            record(db, NoteMade(at=NOON, note_id=1))

        async def write(who: int) -> None:
            number = 0
            while saving:
                await inner.write(partial(change, name=f"{who}-{number}"))
                number += 1
                begun.set()

        async with asyncio.TaskGroup() as group:
            for who in range(4):
                group.create_task(write(who))
            await begun.wait()
            for target in saved:
                await asyncio.to_thread(backup, place.data, place.url, target)
            saving = False
        await asyncio.to_thread(inner.close)

    asyncio.run(story())
    sizes = []
    for target in saved:
        found = contents(target)
        facts = found["tables/event_log.jsonl"].count(b"\n")
        assert found["tables/house_secret.jsonl"].count(b"\n") == facts - 1
        sizes.append(facts)
    assert sizes == sorted(sizes)
    assert sizes[0] > 1


def test_a_folder_that_is_not_empty_is_left_alone(sqlite_place: Place, tmp_path: Path) -> None:
    backup(sqlite_place.data, "", tmp_path / "x.tar")
    for name in ("allmende.db", "notes.txt", ".hidden"):
        folder = tmp_path / f"folder{name}"
        folder.mkdir()
        (folder / name).write_text("mine")
        with pytest.raises(Conflict) as refused:
            restore(tmp_path / "x.tar", folder)
        assert refused.value.message_id == "storage.folder-not-empty"
        assert [path.name for path in folder.iterdir()] == [name]


@pytest.mark.postgres
def test_a_database_that_is_not_empty_is_left_alone(postgres_place: Place, tmp_path: Path) -> None:
    backup(postgres_place.data, postgres_place.url, tmp_path / "x.tar")
    with pytest.raises(Conflict) as refused:
        restore(tmp_path / "x.tar", tmp_path / "goal", postgres_place.url)
    assert refused.value.message_id == "storage.database-not-empty"
    assert {path.name for path in (tmp_path / "goal").iterdir()} <= {"lock"}


def test_a_damaged_backup_writes_nothing(sqlite_place: Place, tmp_path: Path) -> None:
    source = tmp_path / "x.tar"
    backup(sqlite_place.data, "", source)
    body = bytearray(source.read_bytes())
    body[len(body) // 2] ^= 1
    source.write_bytes(body)
    with pytest.raises(InvalidInput) as refused:
        restore(source, tmp_path / "goal")
    assert refused.value.message_id == "storage.backup-damaged"
    assert not (tmp_path / "goal").exists()


def test_a_backup_of_a_newer_schema_writes_nothing(sqlite_place: Place, tmp_path: Path) -> None:
    inner = sqlite_place.open()
    later = text("INSERT INTO schema_migration (number, name) VALUES (9999, 'later')")
    asyncio.run(inner.write(lambda db: db.execute(later).rowcount))
    inner.close()
    backup(sqlite_place.data, "", tmp_path / "x.tar")
    with pytest.raises(Conflict) as refused:
        restore(tmp_path / "x.tar", tmp_path / "goal")
    assert refused.value.message_id == "storage.newer-backup"
    assert not (tmp_path / "goal").exists()


def test_a_folder_that_a_server_holds_is_left_alone(sqlite_place: Place, tmp_path: Path) -> None:
    backup(sqlite_place.data, "", tmp_path / "x.tar")
    with lock_folder(tmp_path / "goal"), pytest.raises(Conflict) as refused:
        restore(tmp_path / "x.tar", tmp_path / "goal")
    assert refused.value.message_id == "storage.folder-locked"


def test_a_blob_that_is_in_use_and_missing_fails_the_backup(
    sqlite_place: Place, tmp_path: Path
) -> None:
    asyncio.run(fill(sqlite_place))
    blob = next((sqlite_place.data / "blobs").glob("??/??/*"))
    blob.write_bytes(b"rotten!!!")
    with pytest.raises(ValueError, match="damaged on this disk"):
        backup(sqlite_place.data, "", tmp_path / "x.tar")
    assert not list(tmp_path.glob("*.tar*"))


def test_a_folder_without_database_has_no_backup(tmp_path: Path) -> None:
    with pytest.raises(NotFound):
        backup(tmp_path, "", tmp_path / "x.tar")
    assert list(tmp_path.iterdir()) == []


def test_facts_survive_so_open_pages_go_on(sqlite_place: Place, tmp_path: Path) -> None:
    asyncio.run(fill(sqlite_place))
    backup(sqlite_place.data, "", tmp_path / "x.tar")
    restore(tmp_path / "x.tar", tmp_path / "goal")
    inner = Place("", tmp_path / "goal").open()
    assert asyncio.run(inner.read(newest_fact)) == 1100
    inner.close()
