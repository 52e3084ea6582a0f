"""Whether what somebody came with is still good."""

from collections.abc import Callable
from datetime import timedelta

from sqlalchemy import Connection, text

from allmende.core.accounts import STRANGER, Caller, Guest, Scope
from allmende.core.ids import CertificateId, GuestId, RoomId
from allmende.identity.store import app_passwords, certificates, credentials
from allmende.identity.store.accounts import end_sessions
from allmende.storage.database import Database
from tests.identity.store.plans import full_scans
from tests.identity.town import Town


def program(town: Town, who: Caller) -> Caller:
    made = town.run(town.identity.make_app_password(who, frozenset({Scope.CHAT})))
    return Caller(who.account_id, app_password_id=made.id, scopes=made.scopes)


def good(town: Town, who: Caller) -> bool:
    now = town.clock.now()
    return town.run(town.database.read(lambda db: credentials.still_good(db, who, now)))


def change(town: Town, work: Callable[[Connection], object]) -> None:
    def changed(db: Connection) -> None:
        work(db)

    town.run(town.database.write(changed))


def test_who_has_no_account_has_nothing_that_could_end(town: Town) -> None:
    guest = Caller(guest=Guest(GuestId("g"), RoomId(1), "Rabe"))
    assert good(town, STRANGER)
    assert good(town, guest)


def test_a_session_and_an_app_password_count_each_for_itself(town: Town) -> None:
    mara = town.person("mara")
    account_id, bot = town.account(mara), program(town, mara)
    alone = Caller(account_id)
    assert all(good(town, who) for who in (mara, bot, alone))
    change(town, lambda db: app_passwords.end_all(db, account_id, town.clock.now()))
    assert [good(town, who) for who in (mara, bot, alone)] == [True, False, True]
    change(town, lambda db: end_sessions(db, account_id))
    assert [good(town, who) for who in (mara, bot, alone)] == [False, False, True]


def test_a_certificate_counts_for_itself(town: Town) -> None:
    mara = town.person("mara")
    account_id = town.account(mara)
    number = town.run(town.identity.bind_certificate(mara, b"der"))
    who = Caller(account_id, certificate_id=number)
    other = Caller(account_id, certificate_id=CertificateId(number + 1))
    assert (good(town, who), good(town, other)) == (True, False)
    change(town, lambda db: certificates.end_all(db, account_id, town.clock.now()))
    assert (good(town, who), good(town, mara)) == (False, True)


def test_nothing_of_a_frozen_account_is_good(town: Town) -> None:
    mara = town.person("mara")
    bot = program(town, mara)
    change(town, lambda db: db.execute(text("UPDATE identity_account SET state = 'frozen'")))
    assert not any(good(town, who) for who in (mara, bot, Caller(mara.account_id)))


def test_both_end_by_time(town: Town) -> None:
    mara = town.person("mara")
    bot = program(town, mara)
    town.clock.at += timedelta(days=181)
    assert [good(town, who) for who in (mara, bot)] == [False, True]
    town.clock.at += timedelta(days=185)
    assert not good(town, bot)


def test_no_question_reads_a_whole_table(sqlite: Database) -> None:
    assert Town(sqlite).run(sqlite.read(lambda db: full_scans(db, credentials))) == []
