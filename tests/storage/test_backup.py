"""One encrypted file that holds everything, of one moment."""

import asyncio
import hashlib
import subprocess
from functools import partial
from pathlib import Path

import pytest
from sqlalchemy import Connection, insert

from allmende.core.errors import Conflict, InvalidInput, NotFound, Unavailable
from allmende.storage import backup as module
from allmende.storage import rows
from allmende.storage.age import new_identity
from allmende.storage.archive import ArchiveReader
from allmende.storage.backup import ALSO, CONFIG, backup, keep_config, table_digest
from allmende.storage.migrate import newest_number
from allmende.storage.opening import SQLITE_NAME
from allmende.storage.outbox import record
from allmende.storage.restore import inside
from allmende.storage.rows import shapes
from allmende.storage.secret import house_secrets
from allmende.storage.selfcheck import opened
from allmende.storage.vault import HouseKeys
from tests.databases import Place
from tests.storage.filled import KEYS, add_blobs, filled_place
from tests.storage.notes import NOON, NoteMade

pytestmark = pytest.mark.slow

IDENTITY, RECIPIENT = new_identity()
PICTURE = b"a picture" * 30_000


def contents(source: Path, identity: str = IDENTITY) -> dict[str, bytes]:
    with inside(source, [identity]) as file:
        return {name: content.read(-1) for name, content in ArchiveReader(file).members()}


def furnished(data: Path, keys: HouseKeys | None) -> None:
    """A data folder with something of every kind."""
    filled_place(data, keys)
    add_blobs(data, keys, [PICTURE, b"", b"x"])
    for name in ("tls/authority.key", "texts/imprint.de.txt", "keys/pads.key", "keys/house.key"):
        (data / name).parent.mkdir(exist_ok=True)
        (data / name).write_text(name)
    (data / "keys" / "house.key.new").write_text("half")
    (data / "backup-recipients").write_text(f"{RECIPIENT}\n")
    (data / "notes.txt").write_text("mine")


@pytest.mark.parametrize("keys", [None, KEYS])
def test_everything_is_in_it_but_the_key_of_the_house(
    tmp_path: Path, keys: HouseKeys | None
) -> None:
    data, target = tmp_path / "data", tmp_path / "x.age"
    furnished(data, keys)
    manifest = backup(data, "", target, recipients=[RECIPIENT], keys=keys)
    found = contents(target)
    assert manifest.migration == newest_number()
    assert {name for name in found if name.startswith("files/")} == {
        "files/tls/authority.key",
        "files/texts/imprint.de.txt",
        "files/keys/pads.key",
        "files/backup-recipients",
    }
    blobs = {name.removeprefix("blobs/"): body for name, body in found.items() if "blobs/" in name}
    assert sorted(blobs.values()) == sorted([PICTURE, b"", b"x"])
    assert all(hashlib.sha256(body).hexdigest() == name for name, body in blobs.items())
    with opened(data / SQLITE_NAME, keys.database if keys else None) as db:
        for shape in shapes(db):
            entry = next(table for table in manifest.tables if table.name == shape.name)
            assert (entry.sha256, entry.rows) == table_digest(db, shape)
            lines = b"".join(found[member] for member in entry.members())
            assert hashlib.sha256(lines).hexdigest() == entry.sha256
    assert target.stat().st_mode & 0o777 == 0o600
    assert [path.name for path in tmp_path.iterdir() if path != data] == ["x.age"]


def test_nothing_of_it_can_be_read_without_the_key(tmp_path: Path) -> None:
    filled_place(tmp_path / "data")
    backup(tmp_path / "data", "", tmp_path / "x.age", recipients=[RECIPIENT])
    assert b"identity" not in (tmp_path / "x.age").read_bytes()


@pytest.mark.interop
def test_age_and_tar_of_debian_list_it_for_each_recipient(tmp_path: Path) -> None:
    furnished(tmp_path / "data", KEYS)
    other, for_other = new_identity()
    target = tmp_path / "x.age"
    backup(tmp_path / "data", "", target, recipients=[RECIPIENT, for_other], keys=KEYS)
    for identity in (IDENTITY, other):
        key = tmp_path / "key"
        key.write_text(identity)
        plain = subprocess.run(
            ["/usr/bin/age", "-d", "-i", key, target], capture_output=True, check=True
        )
        listed = subprocess.run(
            ["/usr/bin/tar", "tf", "-"], input=plain.stdout, capture_output=True, check=True
        )
        names = listed.stdout.decode().splitlines()
        assert names[0] == "format"
        assert names[-2:] == ["manifest.json", "sha256"]
        assert set(names[1:-2]) == set(contents(target))


def test_large_tables_are_cut_into_parts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "PART_BYTES", 300)
    monkeypatch.setattr(rows, "FEWEST_ROWS", 2)
    monkeypatch.setattr(rows, "SMALL_BYTES", 1)
    filled_place(tmp_path / "data", rows=20)
    manifest = backup(tmp_path / "data", "", tmp_path / "x.age", recipients=[RECIPIENT])
    entry = next(table for table in manifest.tables if table.name == "identity_account")
    assert entry.parts is not None
    assert entry.parts > 5
    lines = [contents(tmp_path / "x.age")[name] for name in entry.members()]
    assert hashlib.sha256(b"".join(lines)).hexdigest() == entry.sha256
    assert b"".join(lines).count(b"\n") == entry.rows == 20


def test_a_backup_shows_one_moment_while_the_server_writes(place: Place, tmp_path: Path) -> None:
    """Each change adds a fact and a secret; every backup has as many of both."""
    saved = [tmp_path / f"{number}.age" for number in range(3)]

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

        save = partial(backup, place.data, place.url, recipients=[RECIPIENT], keys=place.keys)
        async with asyncio.TaskGroup() as group:
            for who in range(4):
                group.create_task(write(who))
            await begun.wait()
            for target in saved:
                await asyncio.to_thread(save, target)
            saving = False
        await asyncio.to_thread(inner.close)

    asyncio.run(story())
    sizes = []
    for target in saved:
        found = contents(target)
        facts = found["tables/event_log.0001.jsonl"].count(b"\n")
        assert found["tables/house_secret.0001.jsonl"].count(b"\n") == facts - 1
        sizes.append(facts)
    assert sizes == sorted(sizes)
    assert sizes[0] > 1


@pytest.mark.parametrize("keys", [None, KEYS])
def test_a_blob_that_is_in_use_and_damaged_or_missing_fails_the_backup(
    tmp_path: Path, keys: HouseKeys | None
) -> None:
    data = tmp_path / "data"
    furnished(data, keys)
    blob = max((data / "blobs").glob("??/??/*"), key=lambda path: path.stat().st_size)
    body = bytearray(blob.read_bytes())
    for spoil in (lambda: blob.write_bytes(bytes(body[:-1]) + b"?"), blob.unlink):
        spoil()
        with pytest.raises(Unavailable):
            backup(data, "", tmp_path / "x.age", recipients=[RECIPIENT], keys=keys)
        assert not list(tmp_path.glob("*.age*"))


def test_without_a_recipient_or_a_database_there_is_no_backup(tmp_path: Path) -> None:
    with pytest.raises(Conflict) as refused:
        backup(tmp_path, "", tmp_path / "x.age", recipients=[])
    assert refused.value.message_id == "storage.no-recipient"
    with pytest.raises(NotFound):
        backup(tmp_path, "", tmp_path / "x.age", recipients=[RECIPIENT])
    assert list(tmp_path.iterdir()) == []


def test_a_wrong_recipient_is_refused_before_anything_is_written(tmp_path: Path) -> None:
    filled_place(tmp_path / "data")
    with pytest.raises(InvalidInput):
        backup(tmp_path / "data", "", tmp_path / "x.age", recipients=[RECIPIENT, "age1"])
    assert not list(tmp_path.glob("*.age*"))


def test_an_existing_file_is_never_overwritten(tmp_path: Path) -> None:
    filled_place(tmp_path / "data")
    (tmp_path / "x.age").write_bytes(b"yesterday")
    with pytest.raises(Conflict) as refused:
        backup(tmp_path / "data", "", tmp_path / "x.age", recipients=[RECIPIENT])
    assert refused.value.message_id == "storage.backup-exists"
    assert (tmp_path / "x.age").read_bytes() == b"yesterday"


def test_the_configuration_is_kept_for_us_alone(tmp_path: Path) -> None:
    file, data = tmp_path / "allmende.toml", tmp_path / "data"
    for text in ('domain = "a.example"\n', 'domain = "b.example"\n'):
        file.write_text(text)
        keep_config(data, file)
        assert (data / CONFIG).read_text() == text
    assert (data / CONFIG).stat().st_mode & 0o777 == 0o600
    assert data.stat().st_mode & 0o777 == 0o700
    assert CONFIG.split("/")[0] in ALSO
