"""Rows of certificates."""

from datetime import UTC, datetime

from sqlalchemy import Connection, text

from allmende.core.ids import AccountId, CertificateId
from allmende.identity.model.certificates import StoredCertificate
from allmende.identity.store import certificates
from allmende.storage.database import Database
from allmende.storage.deletions import Deletion, all_deletions
from tests.identity.store.plans import full_scans
from tests.identity.town import Town

NOW = datetime(2026, 11, 23, 20, 15, tzinfo=UTC)


def added(db: Connection, account_id: AccountId, hashed: str = "hash") -> CertificateId:
    return certificates.add(db, account_id=account_id, hashed=hashed, label="fern", now=NOW).id


def test_a_certificate_comes_back_as_it_went(town: Town) -> None:
    account_id = town.account(town.person("mara"))

    def change(db: Connection) -> None:
        row = certificates.add(db, account_id=account_id, hashed="hash", label="fern", now=NOW)
        assert row == StoredCertificate(row.id, account_id, "fern", "2026-Q4")
        assert certificates.find_certificate(db, "hash") == row
        assert certificates.find_certificate(db, "other") is None
        assert certificates.find_good(db, "hash") == row
        assert certificates.find_good(db, "other") is None
        assert certificates.certificates_of(db, account_id) == [row]
        assert certificates.count(db, account_id) == 1

    town.run(town.database.write(change))


def test_only_that_of_an_active_account_is_good(town: Town) -> None:
    account_id = town.account(town.person("mara"))

    def change(db: Connection) -> None:
        added(db, account_id)
        for state in ("new", "frozen", "leaving", "gone"):
            db.execute(text("UPDATE identity_account SET state = :state"), {"state": state})
            assert certificates.find_good(db, "hash") is None
            assert certificates.find_certificate(db, "hash") is not None
        db.execute(text("UPDATE identity_account SET state = 'active'"))
        assert certificates.find_good(db, "hash") is not None

    town.run(town.database.write(change))


def test_one_may_be_renamed_and_nobody_elses(town: Town) -> None:
    mara, juno = town.account(town.person("mara")), town.account(town.person("juno"))

    def change(db: Connection) -> None:
        number = added(db, mara)
        assert not certificates.rename(db, juno, number, ":x")
        assert certificates.rename(db, mara, number, ":Küche")
        assert [one.label for one in certificates.certificates_of(db, mara)] == [":Küche"]

    town.run(town.database.write(change))


def test_one_or_all_of_an_account_end_and_nobody_elses(town: Town) -> None:
    mara, juno = town.account(town.person("mara")), town.account(town.person("juno"))

    def change(db: Connection) -> None:
        first, hers = added(db, mara, "one"), added(db, juno, "two")
        added(db, mara, "three")
        assert not certificates.end(db, juno, first, NOW)
        assert all_deletions(db) == []
        assert certificates.end(db, mara, first, NOW)
        assert not certificates.end(db, mara, first, NOW)
        assert all_deletions(db) == [Deletion("identity.certificate", str(first), NOW)]
        assert certificates.end_all(db, mara, NOW) == 1
        assert len(all_deletions(db)) == 2
        assert [one.id for one in certificates.certificates_of(db, juno)] == [hers]

    town.run(town.database.write(change))


def test_no_question_reads_the_whole_table(sqlite: Database) -> None:
    assert Town(sqlite).run(sqlite.read(lambda db: full_scans(db, certificates))) == []
