"""Invites as code and as words, and how many somebody may make."""

import pytest

from allmende.core.accounts import ServerRole
from allmende.core.errors import InvalidInput, NotAllowed, NotFound, QuotaExceeded
from allmende.core.groups import Role
from allmende.identity.model.invites import (
    INVITES_PER_ACCOUNT,
    INVITES_PER_GROUP_AND_MONTH,
    MAX_SHARED_INVITE_DAYS,
)
from allmende.identity.model.registration import Mark
from tests.identity.newcomers import Arrivals
from tests.identity.town import Town


@pytest.fixture
def arrivals(town: Town) -> Arrivals:
    return Arrivals(town)


def test_the_first_start_gives_one_invite_and_then_none(town: Town) -> None:
    code = town.run(town.identity.first_start())
    assert code is not None
    assert len(code) == 22
    assert town.run(town.identity.first_start()) is None
    assert town.run(town.identity.invite(code)).server_role is ServerRole.OPERATOR


def test_an_unused_first_invite_is_made_anew_once_it_is_over(town: Town) -> None:
    assert town.run(town.identity.first_start())
    town.clock.turn(days=8)
    assert town.run(town.identity.first_start())


@pytest.mark.parametrize("language", ["de", "en"])
def test_an_invite_opens_by_its_words_in_both_languages(town: Town, language: str) -> None:
    admin = town.person("mara")
    group = town.group(admin)
    new = town.run(town.identity.make_group_invite(admin, group.id))
    words = new.words.text(language)
    assert town.run(town.identity.invite(words)).group == group
    assert town.run(town.identity.invite(words.upper().replace(" ", "-"))).group == group
    assert town.run(town.identity.invite_words(new.code)) == new.words
    assert new.path == f"/i/{new.code}"


def test_words_that_nobody_was_given_are_not_valid(town: Town) -> None:
    other = town.run(town.identity.invite_words("another code")).text("de")
    with pytest.raises(NotFound, match="invite-not-valid"):
        town.run(town.identity.invite(other))
    wrong = f"{other}x"
    with pytest.raises((InvalidInput, NotFound)):
        town.run(town.identity.invite(wrong))


@pytest.mark.parametrize("code", ["", "nonsense", "\ud800", "x" * 10_000])
def test_codes_that_were_never_given_are_not_valid(town: Town, code: str) -> None:
    with pytest.raises(NotFound, match="invite-not-valid"):
        town.run(town.identity.invite(code))


def test_an_invite_ends_by_time_and_by_hand(town: Town) -> None:
    admin = town.person("mara")
    group = town.group(admin)
    over = town.run(town.identity.make_invite(admin, group.id, days=1))
    town.clock.turn(days=1)
    revoked = town.run(town.identity.make_invite(admin, group.id))
    page = town.run(town.identity.group_page(admin, group.slug))
    assert len(page.invites) == 1
    town.run(town.identity.revoke_invite(admin, group.id, page.invites[0].id))
    with pytest.raises(NotFound):
        town.run(town.identity.revoke_invite(admin, group.id, page.invites[0].id))
    for code in (over, revoked):
        with pytest.raises(NotFound, match="invite-not-valid"):
            town.run(town.identity.invite(code))


def test_an_invite_for_many_ends_sooner_than_one_for_a_single_person(town: Town) -> None:
    admin = town.person("mara")
    group, most = town.group(admin), MAX_SHARED_INVITE_DAYS
    town.run(town.identity.make_group_invite(admin, group.id, Role.MEMBER, 50, most))
    town.run(town.identity.make_group_invite(admin, group.id, Role.MEMBER, 1, 30))
    for uses, days, field in ((2, most + 1, "days"), (1, 31, "days"), (51, 1, "uses")):
        with pytest.raises(InvalidInput) as refused:
            town.run(town.identity.make_group_invite(admin, group.id, Role.MEMBER, uses, days))
        assert refused.value.values["field"] == field


def test_a_group_has_a_number_of_invites_a_month(arrivals: Arrivals) -> None:
    town, who = arrivals.town, arrivals.member("juno")
    group = town.group(who)
    for _ in range(INVITES_PER_GROUP_AND_MONTH):
        town.run(town.identity.make_group_invite(who, group.id))
        page = town.run(town.identity.group_page(who, group.slug))
        town.run(town.identity.revoke_invite(who, group.id, page.invites[0].id))
    with pytest.raises(QuotaExceeded, match="invites-of-month"):
        town.run(town.identity.make_group_invite(who, group.id))
    town.run(town.identity.set_server_role(None, "juno", ServerRole.INVITER))
    town.run(town.identity.make_group_invite(who, group.id))
    town.run(town.identity.set_server_role(None, "juno", ServerRole.NONE))
    town.clock.turn(days=9)
    assert town.run(town.identity.make_group_invite(who, group.id)).code


def test_an_account_invites_three_people_once_it_is_a_week_old(arrivals: Arrivals) -> None:
    town, who = arrivals.town, arrivals.member("juno")
    with pytest.raises(NotAllowed, match="invites-not-yet"):
        town.run(town.identity.make_own_invite(who))
    town.clock.turn(days=7)
    codes = [town.run(town.identity.make_own_invite(who)).code for _ in range(INVITES_PER_ACCOUNT)]
    with pytest.raises(QuotaExceeded, match="no-invites-left"):
        town.run(town.identity.make_own_invite(who))
    first = town.run(town.identity.own_invites(who)).open[0]
    town.run(town.identity.revoke_own_invite(who, first.id))
    with pytest.raises(NotFound):
        town.run(town.identity.revoke_own_invite(who, first.id))
    assert town.run(town.identity.own_invites(who)).left == 1
    arrivals.come(codes[1], "kim")
    town.clock.turn(days=30)
    kept = town.run(town.identity.own_invites(who))
    assert (kept.open, kept.left) == ([], 2), "only who came counts for good"


def test_those_who_invite_for_the_server_have_no_limit(arrivals: Arrivals) -> None:
    town, who = arrivals.town, arrivals.member("juno")
    town.run(town.identity.set_server_role(None, "juno", ServerRole.INVITER))
    for _ in range(INVITES_PER_ACCOUNT + 1):
        town.run(town.identity.make_own_invite(who))
    assert town.run(town.identity.own_invites(who)).left is None


def test_codes_of_a_suspicious_account_are_refused_and_it_gets_no_more(arrivals: Arrivals) -> None:
    town, who = arrivals.town, arrivals.old_member("juno")
    code = town.run(town.identity.make_own_invite(who)).code
    town.run(town.identity.set_mark(None, "juno", Mark.SUSPICIOUS, on=True))
    with pytest.raises(NotFound, match="invite-not-valid"):
        town.run(town.identity.invite(code))
    with pytest.raises(QuotaExceeded):
        town.run(town.identity.make_own_invite(who))
    town.run(town.identity.set_mark(None, "juno", Mark.SUSPICIOUS, on=False))
    assert town.run(town.identity.invite(code)).group is None


def test_codes_of_a_frozen_account_are_refused_until_it_is_released(arrivals: Arrivals) -> None:
    town, who = arrivals.town, arrivals.old_member("juno")
    group = town.group(who)
    codes = [
        town.run(town.identity.make_own_invite(who)).code,
        town.run(town.identity.make_group_invite(who, group.id)).code,
    ]
    town.run(town.identity.freeze(None, "juno"))
    for code in codes:
        with pytest.raises(NotFound):
            town.run(town.identity.invite(code))
    town.run(town.identity.release(None, "juno"))
    for code in codes:
        town.run(town.identity.invite(code))
