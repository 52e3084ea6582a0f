"""Sessions: what a token stands for, and how soon it stops."""

import pytest

from allmende.core.accounts import STRANGER, Caller
from allmende.core.errors import NotFound, NotSignedIn
from allmende.core.ids import AccountId, SessionId
from tests.identity.town import Town


def test_a_token_stands_for_an_account_and_anything_else_for_a_stranger(town: Town) -> None:
    town.person("mara")
    token = town.sign_in("mara", brief=False).token
    assert town.run(town.identity.caller(token, None)).account_id is not None
    for wrong in ("", "x", token + "x", "\ud800"):
        assert town.run(town.identity.caller(wrong, wrong)) == STRANGER


def test_a_brief_session_ends_after_twelve_hours(town: Town) -> None:
    town.person("mara")
    token = town.sign_in("mara", brief=True).token
    town.clock.turn(hours=11, minutes=59)
    assert town.run(town.identity.caller(token, None)).account_id is not None
    town.clock.turn(minutes=1)
    assert town.run(town.identity.caller(token, None)) == STRANGER


def test_a_session_lives_by_use_and_ends_after_half_a_year(town: Town) -> None:
    town.person("mara")
    token = town.sign_in("mara", brief=False).token
    for _ in range(8):
        town.clock.turn(days=21)
        assert town.run(town.identity.caller(token, None)).account_id is not None
    town.clock.turn(days=21)
    assert town.run(town.identity.caller(token, None)) == STRANGER


def test_an_idle_session_ends(town: Town) -> None:
    town.person("mara")
    token = town.sign_in("mara", brief=False).token
    town.clock.turn(days=38)
    assert town.run(town.identity.caller(token, None)) == STRANGER


def test_signing_out_ends_this_session_at_once(town: Town) -> None:
    here = town.person("mara")
    token = town.sign_in("mara", brief=False).token
    there = town.run(town.identity.caller(token, None))
    town.run(town.identity.sign_out(there))
    assert town.run(town.identity.caller(token, None)) == STRANGER
    assert len(town.run(town.identity.sessions(here))) == 1
    assert town.told()[-1] == "identity.SessionRevoked"


def test_signing_out_everywhere_ends_all_at_once(town: Town) -> None:
    here = town.person("mara")
    token = town.sign_in("mara", brief=False).token
    assert town.run(town.identity.caller(token, None)).account_id
    town.run(town.identity.sign_out_everywhere(here))
    assert town.run(town.identity.caller(token, None)) == STRANGER


def test_a_session_revoked_elsewhere_is_gone_within_five_seconds(town: Town) -> None:
    here = town.person("mara")
    token = town.sign_in("mara", brief=False).token
    there = town.run(town.identity.caller(token, None))
    other_node = type(town)(town.database, town.clock).identity
    town.run(other_node.end_session(here, town.session(there)))
    town.clock.turn(seconds=4.9)
    assert town.run(town.identity.caller(token, None)) == STRANGER


def test_one_sees_and_ends_only_ones_own_sessions(town: Town) -> None:
    mara, juno = town.person("mara"), town.person("juno")
    shown = town.run(town.identity.sessions(mara))
    assert [session.id for session in shown] == [mara.session_id]
    assert shown[0].label.startswith("identity.plant-")
    for session_id in (town.session(juno), SessionId(999)):
        with pytest.raises(NotFound, match="no-such-session"):
            town.run(town.identity.end_session(mara, session_id))
    with pytest.raises(NotSignedIn):
        town.run(town.identity.sign_out(STRANGER))
    with pytest.raises(NotSignedIn):
        town.run(town.identity.sessions(STRANGER))


def test_accounts_have_names(town: Town) -> None:
    mara = town.person("mara")
    assert town.run(town.identity.name_of(town.account(mara))) == "mara"
    assert town.run(town.identity.name_of(town.account(mara))) == "mara"
    with pytest.raises(NotFound):
        town.run(town.identity.name_of(AccountId(999)))
    with pytest.raises(NotFound):
        town.run(town.identity.person(Caller(AccountId(999))))


def test_the_key_of_a_guest_is_read_beside_the_session(town: Town) -> None:
    room = town.run(town.identity.open_room("Plenum")).room
    entered = town.run(town.identity.enter(STRANGER, room.id, "Rabe", None))
    who = town.run(town.identity.caller(None, entered.guest_token))
    assert who == entered.caller
    town.clock.turn(hours=24)
    assert town.run(town.identity.caller(None, entered.guest_token)) == STRANGER
