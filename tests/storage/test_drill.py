"""A backup counts when it has been restored and compared."""

from contextlib import closing
from pathlib import Path

import pytest

from allmende.core.errors import Conflict, InvalidInput
from allmende.storage import drill as module
from allmende.storage import filling
from allmende.storage.age import new_identity
from allmende.storage.backup import backup
from allmende.storage.blobs import BlobHash
from allmende.storage.drill import SCRATCH, drill
from allmende.storage.sqlite import connect
from tests.databases import KEYS, Place
from tests.storage.test_backup import IDENTITY, PICTURE, RECIPIENT, furnished

pytestmark = pytest.mark.slow


@pytest.fixture
def saved(tmp_path: Path) -> Path:
    furnished(tmp_path / "data", KEYS)
    second, for_second = new_identity()
    (tmp_path / "second").write_text(second)
    target = tmp_path / "x.age"
    backup(tmp_path / "data", "", target, recipients=[RECIPIENT, for_second], keys=KEYS)
    return target


def test_a_good_drill_says_what_it_compared_and_leaves_nothing(saved: Path, tmp_path: Path) -> None:
    for identity in (IDENTITY, (tmp_path / "second").read_text()):
        done = drill(saved, identity, tmp_path / "backups")
        assert done.tables > 20
        assert done.rows > 100
        assert done.blobs == 3
        assert list((tmp_path / "backups").iterdir()) == []


def test_a_backup_of_postgres_is_drilled_too(place: Place, tmp_path: Path) -> None:
    target = tmp_path / "p.age"
    backup(place.data, place.url, target, recipients=[RECIPIENT], keys=place.keys)
    assert drill(target, IDENTITY, tmp_path / "backups").tables > 20


def test_a_damaged_file_fails_and_leaves_nothing(saved: Path, tmp_path: Path) -> None:
    body = bytearray(saved.read_bytes())
    body[len(body) // 2] ^= 1
    saved.write_bytes(body)
    with pytest.raises(InvalidInput):
        drill(saved, IDENTITY, tmp_path / "backups")
    assert list((tmp_path / "backups").iterdir()) == []


def test_a_row_that_does_not_come_back_as_it_was_fails_the_drill(
    saved: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill = filling.Filling.fill_sqlite

    def fill_and_change(self: filling.Filling, file: object) -> None:
        fill(self, file)  # type: ignore[arg-type]
        with closing(connect(self.folder / "allmende.db", self.database_key)) as raw:
            raw.execute("UPDATE chat_message SET body = 'other' WHERE id = 3")

    monkeypatch.setattr(filling.Filling, "fill_sqlite", fill_and_change)
    with pytest.raises(Conflict) as refused:
        drill(saved, IDENTITY, tmp_path / "backups")
    assert refused.value.values == {"what": "chat_message"}


def test_a_blob_that_does_not_come_back_fails_the_drill(
    saved: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(filling, "keep_blob", lambda *_: BlobHash("0" * 64))
    with pytest.raises(Conflict) as refused:
        drill(saved, IDENTITY, tmp_path / "backups")
    assert refused.value.values == {"what": "blobs"}


def test_the_scratch_folder_cannot_be_read_and_is_cleared_first(
    saved: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    left = tmp_path / "backups" / SCRATCH / "left"
    left.parent.mkdir(parents=True)
    left.write_bytes(b"by a drill that was killed")
    seen: dict[str, bytes] = {}

    def look(path: Path, key: bytes | None, *, thorough: bool) -> None:
        assert thorough
        for one in path.parent.rglob("*"):
            if one.is_file():
                seen[one.name] = one.read_bytes()

    monkeypatch.setattr(module, "require_sound", look)
    drill(saved, IDENTITY, tmp_path / "backups")
    assert "left" not in seen
    assert len(seen) > 5
    names = {"authority.key", "imprint.de.txt", "pads.key", "backup-recipients"}
    for name, body in seen.items():
        assert PICTURE[:64] not in body
        assert b"chat_message" not in body, name
    assert names <= set(seen)
