"""Rows of passkeys."""

from sqlalchemy import Connection

from allmende.identity.model.passkeys import NewPasskey
from allmende.identity.store import passkeys
from allmende.storage.database import Database
from allmende.storage.deletions import Deletion, all_deletions
from tests.identity.store.plans import full_scans
from tests.identity.town import BEGINNING, Town

NEW = NewPasskey(b"\x00key\xff", "credential", 7, "fern")


def test_a_passkey_comes_back_as_it_went(town: Town) -> None:
    account = town.account(town.person("mara"))

    def change(db: Connection) -> None:
        number = passkeys.add_passkey(db, account, NEW, BEGINNING)
        (found,) = passkeys.passkeys_of(db, account)
        assert found == passkeys.find_passkey(db, "credential")
        assert (found.id, found.account_id) == (number, account)
        assert (found.public_key, found.sign_count) == (NEW.public_key, 7)
        assert (found.label, found.since, found.seen) == ("fern", "2026-W48", "2026-W48")
        assert passkeys.count_passkeys(db, account) == 1
        assert passkeys.find_passkey(db, "other") is None

    town.run(town.database.write(change))


def test_of_two_uses_with_one_count_one_wins(town: Town) -> None:
    account = town.account(town.person("mara"))

    def change(db: Connection) -> None:
        passkeys.add_passkey(db, account, NEW, BEGINNING)
        (found,) = passkeys.passkeys_of(db, account)
        assert passkeys.use_passkey(db, found, 8, BEGINNING)
        assert not passkeys.use_passkey(db, found, 9, BEGINNING)

    town.run(town.database.write(change))


def test_a_passkey_is_named_and_removed_by_its_account(town: Town) -> None:
    mara, juno = town.account(town.person("mara")), town.account(town.person("juno"))

    def change(db: Connection) -> None:
        number = passkeys.add_passkey(db, mara, NEW, BEGINNING)
        assert not passkeys.rename_passkey(db, juno, number, ":x")
        assert passkeys.rename_passkey(db, mara, number, ":x")
        assert not passkeys.remove_passkey(db, juno, number, BEGINNING)
        assert all_deletions(db) == []
        assert passkeys.remove_passkey(db, mara, number, BEGINNING)
        assert all_deletions(db) == [Deletion("identity.passkey", str(number), BEGINNING)]
        passkeys.add_passkey(db, mara, NEW, BEGINNING)
        passkeys.remove_passkeys(db, juno, BEGINNING)
        assert passkeys.count_passkeys(db, mara) == 1
        passkeys.remove_passkeys(db, mara, BEGINNING)
        assert passkeys.count_passkeys(db, mara) == 0
        assert len(all_deletions(db)) == 2

    town.run(town.database.write(change))


def test_every_statement_uses_an_index(sqlite: Database, town: Town) -> None:
    assert town.run(sqlite.read(lambda db: full_scans(db, passkeys))) == []
