"""What a backup may put where, and what it may not."""

import io
from pathlib import Path

import msgspec
import pytest

from allmende.core.errors import InvalidInput
from allmende.storage.archive import (
    FORMAT,
    ArchiveReader,
    ArchiveWriter,
    Manifest,
    TableEntry,
    require_whole,
)
from allmende.storage.backup import backup
from allmende.storage.filling import Filling
from allmende.storage.restore import checked, inside
from tests.storage.filled import filled_place
from tests.storage.test_backup import IDENTITY, RECIPIENT


class Forger:
    """Takes a backup apart and puts it together with other rows and right sums."""

    def __init__(self, folder: Path) -> None:
        filled_place(folder / "data")
        source = folder / "x.age"
        backup(folder / "data", "", source, recipients=[RECIPIENT])
        with inside(source, [IDENTITY]) as file:
            reader = ArchiveReader(file)
            self.members = {name: content.read(-1) for name, content in reader.members()}
        self.manifest = reader.manifest

    def forged(self, tables: list[TableEntry] | None = None) -> io.BytesIO:
        target = io.BytesIO()
        archive = ArchiveWriter(target)
        for name, body in self.members.items():
            archive.add(name, io.BytesIO(body), len(body))
        described = Manifest(
            format=FORMAT,
            migration=self.manifest.migration,
            tables=tables or self.manifest.tables,
            files=archive.files,
        )
        archive.finish(described)
        target.seek(0)
        return target


@pytest.fixture
def forger(tmp_path: Path) -> Forger:
    return Forger(tmp_path)


def refused(forger: Forger, folder: Path, tables: list[TableEntry] | None = None) -> str:
    file = forger.forged(tables)
    manifest = require_whole(file)
    file.seek(0)
    folder.mkdir()
    with pytest.raises(InvalidInput) as failure:
        Filling(folder, manifest, None).fill_sqlite(file)
    assert failure.value.message_id == "storage.backup-damaged"
    return str(failure.value)


MESSAGES = "tables/chat_message.0001.jsonl"


def test_a_row_of_other_kinds_is_refused(forger: Forger, tmp_path: Path) -> None:
    forger.members[MESSAGES] = b'["one",2]\n'
    assert refused(forger, tmp_path / "goal") == "a row of chat_message"


def test_another_number_of_rows_is_refused(forger: Forger, tmp_path: Path) -> None:
    lines = forger.members[MESSAGES].splitlines(keepends=True)
    forger.members[MESSAGES] = b"".join(lines[:-1])
    assert refused(forger, tmp_path / "goal") == "the number of rows of chat_message"


def test_a_row_that_refers_to_nothing_is_refused(forger: Forger, tmp_path: Path) -> None:
    sessions = "tables/identity_session.0001.jsonl"
    rows = [msgspec.json.decode(line) for line in forger.members[sessions].splitlines()]
    columns = next(t for t in forger.manifest.tables if t.name == "identity_session").columns
    at = [name for name, _ in columns].index("account_id")
    rows[0][at] = 999
    forger.members[sessions] = b"".join(msgspec.json.encode(row) + b"\n" for row in rows)
    assert refused(forger, tmp_path / "goal") == "rows refer to rows that are not there"


def test_tables_of_another_release_are_refused(forger: Forger, tmp_path: Path) -> None:
    for member in [name for name in forger.members if name.startswith("tables/chat_message.")]:
        del forger.members[member]
    tables = [table for table in forger.manifest.tables if table.name != "chat_message"]
    assert refused(forger, tmp_path / "goal", tables) == "tables are not those of its migration"


@pytest.mark.parametrize("name", ["files/allmende.db", "files/keys/house.key", "files/x/y"])
def test_a_file_that_is_none_of_ours_is_refused(forger: Forger, tmp_path: Path, name: str) -> None:
    forger.members[name] = b"x"
    assert refused(forger, tmp_path / "goal") == "a file that no backup has"


def test_a_file_that_changes_between_looking_and_reading_is_refused(
    forger: Forger, tmp_path: Path
) -> None:
    manifest = require_whole(forger.forged())
    forger.members["files/tls/new.pem"] = b"x"
    (tmp_path / "goal").mkdir()
    with pytest.raises(InvalidInput, match="changed while"):
        Filling(tmp_path / "goal", manifest, None).fill_sqlite(forger.forged())


def test_what_is_checked_is_what_is_there(tmp_path: Path, forger: Forger) -> None:
    assert checked(tmp_path / "x.age", [IDENTITY]) == forger.manifest
