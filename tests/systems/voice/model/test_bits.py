import pytest

from allmende.core.accounts import ServerRole
from allmende.core.groups import Role
from allmende.core.permissions import BY_LINK, BY_ROLE, BY_SERVER_ROLE, Permission
from allmende.core.rooms import LinkRight
from allmende.systems.voice.model.bits import NEVER, Bit, group_bits, home_bits, room_bits

NO_RIGHTS: frozenset[Permission] = frozenset()
LISTENS = Bit.TRAVERSE | Bit.ENTER
GUEST = LISTENS | Bit.SPEAK | Bit.TEXT_MESSAGE
MEMBER = GUEST | Bit.WHISPER | Bit.MAKE_TEMP_CHANNEL
FACILITATOR = MEMBER | Bit.MUTE_DEAFEN | Bit.MOVE
ADMIN = FACILITATOR | Bit.MAKE_CHANNEL


@pytest.mark.parametrize(
    ("role", "bits"),
    [
        (Role.GUEST, GUEST),
        (Role.MEMBER, MEMBER),
        (Role.FACILITATOR, FACILITATOR),
        (Role.ADMIN, ADMIN),
    ],
)
def test_each_role_of_a_group_has_its_bits_in_its_rooms(role: Role, bits: Bit) -> None:
    assert room_bits(BY_ROLE[role]) == bits


@pytest.mark.parametrize(
    ("right", "bits"),
    [
        (LinkRight.LISTEN, LISTENS),
        (LinkRight.SPEAK, GUEST),
        (LinkRight.FACILITATE, GUEST | Bit.WHISPER | Bit.MUTE_DEAFEN | Bit.MOVE),
    ],
)
def test_each_invite_has_its_bits(right: LinkRight, bits: Bit) -> None:
    assert room_bits(BY_LINK[right]) == bits


def test_who_may_not_see_a_room_may_do_nothing_there() -> None:
    assert room_bits(BY_ROLE[Role.ADMIN] - {Permission.ROOM_SEE}) == Bit.NONE
    assert room_bits(NO_RIGHTS, facilitates=True) == Bit.NONE


def test_a_moderated_room_takes_the_voice_of_those_without_the_floor() -> None:
    assert room_bits(BY_ROLE[Role.MEMBER], silenced=True) == MEMBER & ~Bit.SPEAK


def test_where_people_speak_in_turn_only_facilitators_whisper() -> None:
    assert room_bits(BY_ROLE[Role.MEMBER], in_turn=True) == MEMBER & ~Bit.WHISPER
    assert room_bits(BY_ROLE[Role.FACILITATOR], in_turn=True) == FACILITATOR


def test_who_facilitates_for_the_time_being_has_the_bits_of_it() -> None:
    bits = room_bits(BY_ROLE[Role.MEMBER], facilitates=True, in_turn=True)
    assert bits == MEMBER | Bit.MUTE_DEAFEN | Bit.MOVE


def test_the_channel_of_a_group_is_for_making_rooms_below_it() -> None:
    assert group_bits(BY_ROLE[Role.GUEST]) == Bit.TRAVERSE
    assert group_bits(BY_ROLE[Role.MEMBER]) == Bit.TRAVERSE | Bit.MAKE_TEMP_CHANNEL
    assert group_bits(BY_ROLE[Role.ADMIN]) == (
        Bit.TRAVERSE | Bit.MAKE_TEMP_CHANNEL | Bit.MAKE_CHANNEL
    )


def test_at_home_one_may_what_one_may_anywhere() -> None:
    bits = home_bits([GUEST, MEMBER, Bit.NONE], NO_RIGHTS, may_register=False)
    assert bits == MEMBER
    assert home_bits([], NO_RIGHTS, may_register=False) == Bit.TRAVERSE | Bit.ENTER


def test_who_facilitates_anywhere_has_kick_at_home() -> None:
    bits = home_bits([GUEST, FACILITATOR], NO_RIGHTS, may_register=False)
    assert bits == FACILITATOR | Bit.KICK


def test_moderation_of_the_server_has_kick_ban_and_reset_at_home() -> None:
    bits = home_bits([], BY_SERVER_ROLE[ServerRole.MODERATOR], may_register=False)
    assert bits == LISTENS | Bit.KICK | Bit.BAN | Bit.RESET_USER_CONTENT


def test_an_account_may_bind_a_certificate_that_is_not_bound() -> None:
    assert Bit.SELF_REGISTER in home_bits([], NO_RIGHTS, may_register=True)
    assert Bit.SELF_REGISTER not in home_bits([ADMIN], NO_RIGHTS, may_register=False)


def test_some_bits_are_sent_to_nobody() -> None:
    everything = frozenset(Permission)
    assert not room_bits(everything) & NEVER
    assert not home_bits([NEVER, room_bits(everything)], everything, may_register=True) & NEVER
