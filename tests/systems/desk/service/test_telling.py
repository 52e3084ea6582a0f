"""What of all that happens is told to whom, once each."""

from collections.abc import Sequence
from functools import partial

import pytest

from allmende.core.accounts import Caller
from allmende.core.groups import Role
from allmende.core.ids import AccountId, FactId, GroupId, HandoutId, PadId
from allmende.identity.events import (
    AccountMade,
    HandedOut,
    HandoutAsked,
    MembershipChanged,
    OfferMade,
    RecoveryBegun,
)
from allmende.identity.model.registration import Mode
from allmende.identity.store.accounts import find_account_by_name
from allmende.storage.database import Database
from allmende.systems.desk.service.notices import NoticeService
from allmende.systems.desk.service.telling import Telling
from tests.identity.town import GOOD, Town


class Village:
    """A group of two, and what they are told."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.town = Town(database)
        self.notices = NoticeService(database, self.town.clock)
        self.telling = Telling(database, self.notices)
        self.mara = self.town.person("mara")
        self.juno = self.town.person("juno")
        self.group = self.town.group(self.mara, member=self.juno)

    def told(self, who: Caller) -> Sequence[tuple[str, str]]:
        inbox = self.town.run(self.notices.inbox(who))
        return [(notice.message_id, notice.link) for notice in inbox.notices]

    def changed(self, was: str, now: str, by: Caller, group: GroupId | None = None) -> None:
        fact = MembershipChanged(
            at=self.town.clock.now(),
            group_id=group or self.group.id,
            account_id=self.town.account(self.juno),
            was=was,
            now=now,
            by_account_id=by.account_id,
        )
        for _ in range(2):
            self.town.run(self.telling.membership_changed(FactId(77), fact))


@pytest.fixture
def village(sqlite: Database) -> Village:
    return Village(sqlite)


@pytest.mark.parametrize("now", list(Role))
def test_a_role_that_others_gave_is_told_once(village: Village, now: Role) -> None:
    village.changed("", now, village.mara)
    told = [(f"desk.notice-role-{now}", f"/g/{village.group.slug}")]
    assert village.told(village.juno) == told
    assert village.told(village.mara) == []


def test_who_was_removed_hears_of_it_also_from_the_command_line(village: Village) -> None:
    village.changed("member", "", Caller())
    assert village.told(village.juno) == [("desk.notice-removed", "/groups")]


def test_what_one_did_oneself_one_knows(village: Village) -> None:
    village.changed("member", "", village.juno)
    village.changed("member", "member", village.mara)
    village.changed("", "member", village.mara, GroupId(999_999))
    assert village.told(village.juno) == []


def test_an_offered_place_and_a_used_kit_are_told(village: Village) -> None:
    account_id, now = village.town.account(village.juno), village.town.clock.now()
    offer = OfferMade(at=now, group_id=village.group.id, account_id=account_id)
    village.town.run(village.telling.place_offered(FactId(5), offer))
    begun = RecoveryBegun(at=now, account_id=account_id)
    village.town.run(village.telling.recovery_begun(FactId(6), begun))
    assert village.told(village.juno) == [
        ("desk.notice-recovery", "/me/recovery"),
        ("desk.notice-place", "/"),
    ]


def test_an_account_that_is_active_waits_for_nobody(village: Village) -> None:
    made = AccountMade(at=village.town.clock.now(), account_id=village.town.account(village.juno))
    village.town.run(village.telling.account_made(FactId(8), made))
    assert village.told(village.mara) == []


def test_who_waits_is_told_to_those_who_decide_once_a_day(village: Village) -> None:
    identity, town = village.town.identity, village.town
    town.run(identity.set_registration(None, Mode.REQUEST, vouching=False))
    for name in ("rika", "timo"):
        town.run(identity.ask_for_account(name, GOOD, "Ich komme aus der Küche."))
        newcomer = town.run(village.database.read(partial(find_account_by_name, name=name)))
        assert newcomer is not None
        made = AccountMade(at=town.clock.now(), account_id=newcomer.id)
        town.run(village.telling.account_made(FactId(newcomer.id), made))
    assert village.told(village.mara) == [("desk.notice-waiting", "/queue")]


def test_operators_hear_that_the_command_line_wants_data_of_others(village: Village) -> None:
    lou = village.town.member("lou")
    asked = HandoutAsked(at=village.town.clock.now(), handout_id=HandoutId(1))
    for _ in range(2):
        village.town.run(village.telling.handout_asked(FactId(5), asked))
    for who in (village.mara, village.juno):
        assert village.told(who) == [("desk.notice-handout-asked", "/op/handouts")]
    assert village.told(lou) == []


@pytest.mark.parametrize("gone", [False, True])
def test_operators_hear_what_was_handed_out(village: Village, gone: bool) -> None:
    town, account_id = village.town, village.town.account(village.juno)
    everything: tuple[tuple[str, AccountId | None, GroupId | None, PadId | None], ...] = (
        ("account", AccountId(99) if gone else account_id, None, None),
        ("group", None, GroupId(99) if gone else village.group.id, None),
        ("pad", None, None, PadId(7)),
    )
    for number, (_, account, group, pad) in enumerate(everything):
        fact = HandedOut(at=town.clock.now(), account_id=account, group_id=group, pad_id=pad)
        town.run(village.telling.handed_out(FactId(number), fact))
    told = [(f"desk.notice-handed-out-{what}", "/op/handouts") for what, *_ in everything]
    assert sorted(village.told(village.mara)) == told
