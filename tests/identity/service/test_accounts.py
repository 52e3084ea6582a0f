"""Accounts as operators see them: who there is, their roles, and what is not kept."""

import pytest
from sqlalchemy import Connection, select, text

from allmende.core.accounts import STRANGER, ServerRole
from allmende.core.errors import Conflict, InvalidInput, NotAllowed, NotFound, NotSignedIn
from allmende.identity.model.registration import Mark
from allmende.identity.store.tables.accounts import invites
from allmende.identity.store.tables.proofs import sessions, sign_in_links
from tests.identity.newcomers import Arrivals
from tests.identity.town import GOOD, Town


@pytest.fixture
def arrivals(town: Town) -> Arrivals:
    return Arrivals(town)


def test_operators_see_accounts_by_name_and_nobody_else_does(arrivals: Arrivals) -> None:
    town = arrivals.town
    boss, juno = town.operator("mara"), arrivals.member("juno")
    town.run(town.identity.set_mark(None, "juno", Mark.PERMANENT, on=True))
    shown = town.run(town.identity.account_page(boss))
    assert [(one.name, one.role, one.since) for one in shown] == [
        ("juno", ServerRole.NONE, "2026-Q4"),
        ("mara", ServerRole.OPERATOR, "2026-Q4"),
    ]
    assert shown[0].marks == {Mark.PERMANENT}
    assert town.run(town.identity.account_page(boss, "juno"))[0].name == "mara"
    assert town.run(town.identity.account_shown(boss, " Juno ")) == shown[0]
    with pytest.raises(NotFound):
        town.run(town.identity.account_shown(boss, "nobody"))
    for who, refused in ((juno, NotAllowed), (STRANGER, NotSignedIn)):
        with pytest.raises(refused):
            town.run(town.identity.account_page(who))
        with pytest.raises(refused):
            town.run(town.identity.account_shown(who, "mara"))
        with pytest.raises(refused):
            town.run(town.identity.set_server_role(who, "juno", ServerRole.OPERATOR))


def test_roles_are_given_and_the_last_operator_stays(arrivals: Arrivals) -> None:
    town = arrivals.town
    boss = town.operator("mara")
    arrivals.member("juno")
    with pytest.raises(Conflict, match="last-operator"):
        town.run(town.identity.set_server_role(boss, "mara", ServerRole.NONE))
    town.run(town.identity.set_server_role(boss, "juno", ServerRole.OPERATOR))
    town.run(town.identity.set_server_role(boss, "mara", ServerRole.MODERATOR))
    with pytest.raises(NotAllowed):
        town.run(town.identity.set_server_role(boss, "juno", ServerRole.NONE))
    with pytest.raises(NotFound):
        town.run(town.identity.set_server_role(None, "nobody", ServerRole.NONE))


def test_everything_that_signs_in_is_ended_at_once(arrivals: Arrivals) -> None:
    town, who = arrivals.town, arrivals.member("juno")
    token = town.run(town.identity.reset("juno"))
    town.run(town.identity.revoke_all("juno"))
    assert town.run(town.identity.sessions(who)) == []
    assert [name.rpartition(".")[2] for name in town.told()[-3:]] == [
        "SessionRevoked",
        "CredentialRevoked",
        "CertificateRevoked",
    ]
    with pytest.raises(NotFound):
        town.run(town.identity.reset_of(token))
    with pytest.raises(NotFound):
        town.run(town.identity.revoke_all("nobody"))


def test_a_removed_account_leaves_no_name_and_nobody_can_take_it(town: Town) -> None:
    admin, juno = town.person("mara"), town.person("juno")
    group = town.group(admin, member=juno)
    with pytest.raises(Conflict, match="last-admin"):
        town.run(town.identity.remove_account("mara"))
    town.run(town.identity.remove_account("juno"))
    assert town.told()[-2:] == ["identity.MembershipChanged", "identity.AccountGone"]
    assert len(town.run(town.identity.group_page(admin, group.slug)).members) == 1
    assert town.run(town.identity.account_names()) == ["mara"]
    with pytest.raises(InvalidInput):
        town.run(town.identity.sign_in("juno", GOOD, brief=False))
    code = town.run(town.identity.make_operator_invite())
    with pytest.raises(Conflict, match="name-taken"):
        town.run(town.identity.accept_invite(code, "juno", GOOD))

    def names(db: Connection) -> list[str]:
        return list(db.execute(text("SELECT name FROM identity_account")).scalars())

    assert not [name for name in town.run(town.database.read(names)) if "juno" in name]


def test_no_token_is_stored(town: Town) -> None:
    code = town.run(town.identity.make_operator_invite())
    signed_in = town.run(town.identity.accept_invite(code, "mara", GOOD))
    reset = town.run(town.identity.reset("mara"))

    def rows(db: Connection) -> str:
        return str([db.execute(select(t)).all() for t in (sessions, invites, sign_in_links)])

    kept = town.run(town.database.read(rows))
    assert not [token for token in (code, signed_in.token, reset) if token in kept]
