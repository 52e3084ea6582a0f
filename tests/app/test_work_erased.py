"""What was deleted or has ended is gone from the file: database, log of changes, indexes, a copy.

The file is plain in this test, so that a search for bytes says something.
"""

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from allmende.app.work import PROMISES
from allmende.core.accounts import Caller
from allmende.core.ids import RoomId
from allmende.identity.service.lobby import Doors
from allmende.storage.opening import SQLITE_NAME
from allmende.storage.retention import sweep_all
from allmende.systems.pads.service.keys import Keys
from allmende.systems.pads.service.port import PadPort
from allmende.systems.plenum.store import assemblies
from tests.app.commune import Commune
from tests.databases import AnyDatabase, Place
from tests.systems.pads.texts import FakeTexts
from tests.systems.pads.village import DEFAULTS

pytestmark = pytest.mark.slow

SENTINELS = tuple(f"zitronenfalter{number}quark" for number in range(20))
LEAVER = "bernsteinschnecke_x"


def found_in(folder: Path, words: tuple[str, ...]) -> set[str]:
    """Which of the words are in any file, as UTF-8 or UTF-16."""
    bodies = [path.read_bytes() for path in folder.rglob("*") if path.is_file()]
    return {
        word
        for word in words
        for body in bodies
        if word.encode() in body or word.encode("utf-16-le") in body
    }


def copied(data: Path, target: Path) -> Path:
    """A copy of the database by its own means, as the next backup has it."""
    target.mkdir()
    with (
        closing(sqlite3.connect(data / SQLITE_NAME)) as source,
        closing(sqlite3.connect(target / "copy.db")) as copy,
    ):
        source.backup(copy)
    return target


class Erasing(Commune):
    """A commune whose systems can be told what is gone."""

    def __init__(self, database: AnyDatabase) -> None:
        super().__init__(database)
        doors, texts = Doors(self.bus, self.clock, b"k" * 32), FakeTexts(database, self.clock)
        self.pads = PadPort(database, doors, self.clock, Keys(b"p" * 32), texts, DEFAULTS)

    def forget_room(self, room_id: RoomId) -> None:
        self.run(self.chat.room_gone(room_id))
        self.run(self.pads.room_gone(room_id))
        self.run(
            self.database.write(lambda db: assemblies.forget_room(db, room_id, most=100) and None)
        )

    def leave(self, name: str, who: Caller) -> None:
        self.run(self.identity.leave_now(who, name))
        self.run(self.chat.account_gone(self.account(who)))
        self.run(self.pads.account_gone(self.account(who)))

    def tidy(self) -> None:
        self.run(sweep_all(self.database, PROMISES, self.clock))


@pytest.fixture
def erasing(sqlite: AnyDatabase) -> Erasing:
    return Erasing(sqlite)


def test_a_deleted_group_is_gone_from_every_file(
    erasing: Erasing, sqlite_place: Place, tmp_path: Path
) -> None:
    erasing.wrote(*SENTINELS)
    erasing.met()
    assert found_in(sqlite_place.data, SENTINELS) == set(SENTINELS)
    assert erasing.run(erasing.identity.delete_group(erasing.mara, erasing.commune.id))
    erasing.forget_room(erasing.room.id)
    erasing.run(erasing.pads.group_gone(erasing.commune.id))
    erasing.tidy()
    words = (*SENTINELS, "Küche für alle", "Plan der", "Stand vom Abend", "Plenum im November")
    assert found_in(sqlite_place.data, words) == set()
    assert found_in(copied(sqlite_place.data, tmp_path / "backup"), words) == set()


def test_what_has_ended_is_gone_from_every_file_within_a_day(
    erasing: Erasing, sqlite_place: Place, tmp_path: Path
) -> None:
    for number, word in enumerate(SENTINELS):
        erasing.run(erasing.chat.say(erasing.juno, erasing.room.id, word, f"k{number}"))
    erasing.clock.turn(days=27, hours=23)
    erasing.tidy()
    assert found_in(sqlite_place.data, SENTINELS) == set(SENTINELS)
    erasing.clock.turn(days=1)
    erasing.tidy()
    assert found_in(sqlite_place.data, SENTINELS) == set()
    assert found_in(copied(sqlite_place.data, tmp_path / "backup"), SENTINELS) == set()


def test_who_has_left_is_named_in_no_file_and_what_they_wrote_stays(
    erasing: Erasing, sqlite_place: Place, tmp_path: Path
) -> None:
    leaver = erasing.person(LEAVER)
    code = erasing.run(erasing.identity.make_invite(erasing.mara, erasing.commune.id))
    erasing.run(erasing.identity.join_by_invite(leaver, getattr(code, "code", code)))
    erasing.juno = leaver
    erasing.wrote(*SENTINELS)
    assert found_in(sqlite_place.data, (LEAVER,)) == {LEAVER}
    erasing.leave(LEAVER, leaver)
    erasing.tidy()
    assert found_in(sqlite_place.data, (LEAVER,)) == set()
    assert found_in(copied(sqlite_place.data, tmp_path / "backup"), (LEAVER,)) == set()
    lines = erasing.run(erasing.chat.recent(erasing.mara, erasing.room.id, limit=100))
    assert {line.author for line in lines if line.text == SENTINELS[0]} == {""}
    assert found_in(sqlite_place.data, SENTINELS) == set(SENTINELS)


def test_a_retracted_message_is_gone_from_every_file(erasing: Erasing, sqlite_place: Place) -> None:
    said = erasing.run(erasing.chat.say(erasing.juno, erasing.room.id, SENTINELS[0], "k"))
    erasing.run(erasing.chat.retract(erasing.juno, erasing.room.id, said.id))
    erasing.tidy()
    assert found_in(sqlite_place.data, SENTINELS[:1]) == set()
