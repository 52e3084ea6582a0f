"""Who may enter, speak and decide in a room."""

import msgspec
import pytest

from allmende.core.ids import MessageId
from allmende.protocols.precis import PrecisRefused
from allmende.systems.chat.model.rooms import (
    STRANGER,
    Affiliation,
    Config,
    Entry,
    Role,
    Room,
    Standing,
    at_least,
    entry,
    leaves_no_owner,
    may_affiliate,
    may_give_role,
    nick_key,
    number_uid,
    role_of,
    uid_number,
)
from allmende.systems.chat.model.uids import is_uid

OWNER, ADMIN, MEMBER = Affiliation.OWNER, Affiliation.ADMIN, Affiliation.MEMBER
NONE, OUTCAST = Affiliation.NONE, Affiliation.OUTCAST
MODERATOR, PARTICIPANT, VISITOR = Role.MODERATOR, Role.PARTICIPANT, Role.VISITOR
PEOPLE = {
    "o@x": Standing(OWNER), "a@x": Standing(ADMIN, "Ada"), "m@x": Standing(MEMBER),
    "b@x": Standing(OUTCAST),
}  # fmt: skip


def room(**config: object) -> Room:
    return Room(1, "tea", msgspec.convert(config, Config), b"s", standings=PEOPLE)


@pytest.mark.parametrize(
    ("address", "config", "key", "found"),
    [
        ("s@x", {}, "", Entry.OPEN),
        ("b@x", {}, "", Entry.BANNED),
        ("s@x", {"members_only": True}, "", Entry.MEMBERS_ONLY),
        ("m@x", {"members_only": True}, "", Entry.OPEN),
        ("s@x", {"password": "p"}, "q", Entry.PASSWORD),
        ("s@x", {"password": "p"}, "p", Entry.OPEN),
        ("o@x", {"password": "p", "most": 1}, "", Entry.OPEN),
        ("s@x", {"most": 1}, "", Entry.FULL),
    ],
)
def test_who_may_enter(address: str, config: dict[str, object], key: str, found: Entry) -> None:
    assert entry(room(**config), address, key, 1) is found


def test_a_role_comes_from_what_somebody_is() -> None:
    for config, stranger in ((Config(), PARTICIPANT), (Config(moderated=True), VISITOR)):
        found = [role_of(config, one) for one in (OWNER, ADMIN, MEMBER, NONE, OUTCAST)]
        assert found == [MODERATOR, MODERATOR, PARTICIPANT, stranger, Role.NONE]
    assert at_least(MODERATOR, PARTICIPANT)
    assert not at_least(VISITOR, PARTICIPANT)
    assert not at_least(MODERATOR, Role.NONE)


def test_admins_give_and_take_less_than_owners() -> None:
    assert may_affiliate(OWNER, ADMIN, NONE)
    assert may_affiliate(ADMIN, NONE, OUTCAST)
    assert not may_affiliate(ADMIN, OWNER, NONE)
    assert not may_affiliate(ADMIN, NONE, ADMIN)
    assert not may_affiliate(MEMBER, NONE, MEMBER)


@pytest.mark.parametrize(
    ("actor", "whose", "was", "now", "may"),
    [
        ((MEMBER, PARTICIPANT), NONE, VISITOR, PARTICIPANT, False),
        ((MEMBER, MODERATOR), NONE, VISITOR, PARTICIPANT, True),
        ((MEMBER, MODERATOR), NONE, PARTICIPANT, MODERATOR, False),
        ((ADMIN, MODERATOR), NONE, PARTICIPANT, MODERATOR, True),
        ((ADMIN, MODERATOR), OWNER, MODERATOR, Role.NONE, False),
        ((OWNER, MODERATOR), ADMIN, MODERATOR, Role.NONE, True),
        ((OWNER, MODERATOR), OWNER, MODERATOR, Role.NONE, False),
    ],
)
def test_nobody_puts_out_whom_they_do_not_outrank(
    actor: tuple[Affiliation, Role], whose: Affiliation, was: Role, now: Role, may: bool
) -> None:
    assert may_give_role(actor, whose, was, now) is may


def test_a_room_keeps_an_owner() -> None:
    assert leaves_no_owner(room(), {"o@x": NONE})
    assert not leaves_no_owner(room(), {"o@x": NONE, "m@x": OWNER})


def test_a_room_knows_its_people_and_their_names() -> None:
    found = room().with_standing("m@x", STRANGER).with_standing("n@x", Standing(MEMBER))
    assert found.addresses(MEMBER) == ["n@x"]
    assert found.standing("m@x") == STRANGER
    assert found.holder(nick_key("ADA")) == "a@x"
    assert found.holder(nick_key("Eve")) == ""


def test_names_that_look_alike_are_the_same() -> None:
    assert nick_key("Anna") == nick_key("anna")
    assert nick_key("0tto") == nick_key("otto")
    with pytest.raises(PrecisRefused):
        nick_key("a\u202eb")


def test_a_number_is_a_uid_and_comes_back() -> None:
    for number in (1, 2**40, 2**59):
        uid = number_uid(MessageId(number))
        assert is_uid(uid)
        assert uid_number(uid) == number
    assert uid_number("x") is None
    assert uid_number(number_uid(MessageId(1)).replace("0001", "000g")) is None
    assert uid_number(number_uid(MessageId(1)).replace("-8000-", "-8-000")) is None
