"""Fresh proofs and names of sessions."""

from datetime import UTC, datetime, timedelta

from sqlalchemy import Connection

from allmende.core.ids import SessionId
from allmende.identity.store import sessions
from allmende.storage.database import Database
from tests.identity.store.plans import full_scans
from tests.identity.town import Town

UNTIL = datetime(2026, 11, 23, 20, 10, tzinfo=UTC)


def test_a_fresh_proof_belongs_to_one_session_and_is_forgotten(town: Town) -> None:
    mara, juno = town.person("mara"), town.person("juno")
    account, session = town.account(mara), town.session(mara)

    def change(db: Connection) -> None:
        later = UNTIL + timedelta(hours=1)
        assert sessions.set_strong(db, account, session, later)
        assert not sessions.set_strong(db, town.account(juno), session, later)
        assert sessions.find_strong(db, session) == later
        assert sessions.find_strong(db, SessionId(99)) is None
        assert sessions.forget_strong(db, UNTIL) == 1
        assert sessions.find_strong(db, town.session(juno)) is None
        assert sessions.find_strong(db, session) == later

    town.run(town.database.write(change))


def test_the_others_end_and_the_names_are_those_of_their_person(town: Town) -> None:
    mara, juno = town.person("mara"), town.person("juno")
    town.sign_in("mara")
    account, this = town.account(mara), town.session(mara)

    def change(db: Connection) -> None:
        assert sessions.rename_session(db, account, this, ":Küche")
        assert not sessions.rename_session(db, town.account(juno), this, ":x")
        assert len(sessions.end_other_sessions(db, account, this)) == 1
        assert sessions.end_other_sessions(db, account, this) == []

    town.run(town.database.write(change))
    assert len(town.run(town.identity.sessions(juno))) == 1


def test_every_statement_uses_an_index(sqlite: Database, town: Town) -> None:
    assert town.run(sqlite.read(lambda db: full_scans(db, sessions))) == []
