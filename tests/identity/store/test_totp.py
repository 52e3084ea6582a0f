"""Rows of the second step."""

from sqlalchemy import Connection

from allmende.core.ids import AccountId
from allmende.identity.model.strength import Proofs
from allmende.identity.model.totp import StoredTotp
from allmende.identity.store import totp
from allmende.storage.database import Database
from tests.identity.store.plans import full_scans
from tests.identity.town import Town


def test_a_step_is_used_once_and_never_goes_back(town: Town) -> None:
    account = town.account(town.person("mara"))

    def change(db: Connection) -> None:
        assert not totp.use_step(db, account, 5)
        totp.add_totp(db, account, "sealed", 5)
        assert totp.find_totp(db, account) == StoredTotp("sealed", 5)
        assert not totp.use_step(db, account, 5)
        assert totp.use_step(db, account, 6)
        assert not totp.use_step(db, account, 6)
        totp.add_totp(db, account, "other", 1)
        assert totp.find_totp(db, account) == StoredTotp("other", 1)

    town.run(town.database.write(change))


def test_codes_on_paper_are_used_up_and_replaced(town: Town) -> None:
    mara, juno = town.account(town.person("mara")), town.account(town.person("juno"))

    def change(db: Connection) -> None:
        totp.add_totp(db, mara, "sealed", 5)
        totp.set_backup_codes(db, mara, ["one", "two"])
        assert not totp.use_backup_code(db, juno, "one")
        assert totp.use_backup_code(db, mara, "one")
        assert not totp.use_backup_code(db, mara, "one")
        totp.set_backup_codes(db, mara, ["three"])
        assert totp.count_backup_codes(db, mara) == 1
        assert totp.remove_totp(db, mara)
        assert not totp.remove_totp(db, mara)
        assert totp.count_backup_codes(db, mara) == 0

    town.run(town.database.write(change))


def test_what_an_account_can_prove_itself_with(town: Town) -> None:
    mara = town.account(town.operator("mara"))

    def question(db: Connection) -> list[Proofs]:
        return [totp.proofs_of(db, mara), totp.proofs_of(db, AccountId(99))]

    assert town.run(town.database.read(question)) == [
        Proofs(password=True, passkeys=1),
        Proofs(),
    ]


def test_every_statement_uses_an_index(sqlite: Database, town: Town) -> None:
    assert town.run(sqlite.read(lambda db: full_scans(db, totp))) == []
