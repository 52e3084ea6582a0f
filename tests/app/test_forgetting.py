"""A restored house forgets again what was deleted since the backup."""

import pytest
from sqlalchemy import Connection, text

from allmende.app.forgetting import ACTS
from allmende.storage.deletions import Deletion, all_deletions, reapply
from allmende.storage.rows import shapes
from tests.app.commune import Commune
from tests.databases import Twice


@pytest.fixture
def commune(database: Twice) -> Commune:
    made = Commune(database)
    made.wrote("kartoffeln")
    return made


def forgotten(commune: Commune, *things: tuple[str, int]) -> int:
    now = commune.clock.now()
    ledger = [Deletion(kind, str(number), now) for kind, number in things]
    return commune.run(commune.database.write(lambda db: reapply(db, ledger, ACTS, now)))


def count(commune: Commune, table: str) -> int:
    def question(db: Connection) -> int:
        shape = next(shape for shape in shapes(db) if shape.name == table)
        return len(db.execute(shape.table().select()).all())

    return commune.run(commune.database.read(question))


def told(commune: Commune) -> set[str]:
    def question(db: Connection) -> set[str]:
        return set(db.execute(text("SELECT name FROM event_log")).scalars())

    return commune.run(commune.database.read(question))


def test_an_account_goes_as_when_it_left(commune: Commune) -> None:
    juno = commune.account(commune.juno)
    assert forgotten(commune, ("identity.account", juno)) == 1
    assert count(commune, "identity_membership") == 1
    assert "identity.AccountGone" in told(commune)
    names = [name for name in commune.told() if name == "identity.MembershipChanged"]
    assert names, "everybody in the group is told"
    ledger = commune.run(commune.database.read(all_deletions))
    assert [(one.kind, one.thing) for one in ledger] == [("identity.account", str(juno))]
    assert forgotten(commune, ("identity.account", juno)) == 0


def test_a_group_goes_with_its_rooms(commune: Commune) -> None:
    assert forgotten(commune, ("identity.group", commune.commune.id)) == 1
    assert count(commune, "identity_group") == count(commune, "identity_room") == 0
    assert {"identity.GroupGone", "identity.RoomGone"} <= told(commune)


def test_a_room_goes_alone(commune: Commune) -> None:
    assert forgotten(commune, ("identity.room", commune.room.id)) == 1
    assert count(commune, "identity_room") == 0
    assert count(commune, "identity_group") == 1
    assert "identity.RoomGone" in told(commune)


def test_a_pad_is_buried_and_a_message_goes(commune: Commune) -> None:
    def first(db: Connection) -> tuple[int, int]:
        pad = db.execute(text("SELECT min(id) FROM pads_pad")).scalar_one()
        message = db.execute(text("SELECT min(id) FROM chat_message")).scalar_one()
        return pad, message

    pad, message = commune.run(commune.database.read(first))
    before = count(commune, "chat_message")
    assert forgotten(commune, ("pads.pad", pad), ("chat.message", message)) == 2
    assert count(commune, "chat_message") == before - 1
    assert "pads.PadDeleted" in told(commune)

    def place(db: Connection) -> str:
        found = db.execute(text("SELECT place FROM pads_pad WHERE id = :id"), {"id": pad})
        return str(found.scalar_one())

    assert commune.run(commune.database.read(place)) == f"d:{pad}"


def test_what_the_backup_never_had_is_no_trouble(commune: Commune) -> None:
    kinds = [*ACTS, "chat.message", "identity.app_password"]
    assert forgotten(commune, *[(kind, 4711) for kind in kinds]) == len(kinds)
    assert count(commune, "identity_group") == 1
