import hashlib
from dataclasses import replace

import pytest

from allmende.protocols.mumble.messages import (
    ChannelRemove,
    ChannelState,
    UserRemove,
    UserState,
)
from allmende.systems.voice.model.view import (
    NO_ACCOUNT,
    NOTHING,
    ChannelShown,
    UserShown,
    View,
    difference,
    from_above,
)
from tests.systems.voice.model.client import Client, Confused

HOME = ChannelShown(parent=None, name="allmende")
KITCHEN = ChannelShown(parent=0, name="küche", position=10)
PLENUM = ChannelShown(parent=3, name="plenum", position=10, max_users=100, description="hallo")
MARA = UserShown(channel=7, name="mara", user_id=5, hash="ab", self_mute=True)
ANNA = UserShown(channel=0, name="anna (guest)")
VIEW = View({0: HOME, 3: KITCHEN, 7: PLENUM}, {12: MARA, 4711: ANNA})


def test_a_login_is_told_everything_parents_first_and_oneself_before_others() -> None:
    assert difference(NOTHING, VIEW, first=4711) == (
        ChannelState(channel_id=0, name="allmende"),
        ChannelState(channel_id=3, parent=0, name="küche", position=10),
        ChannelState(
            channel_id=7, parent=3, name="plenum", position=10, max_users=100, description="hallo"
        ),
        UserState(session=4711, channel_id=0, name="anna (guest)"),
        UserState(session=12, channel_id=7, name="mara", user_id=5, hash="ab", self_mute=True),
    )


def test_nothing_changed_is_nothing_told() -> None:
    assert difference(VIEW, View(dict(VIEW.channels), dict(VIEW.users))) == ()


def test_only_what_is_different_is_told() -> None:
    new = View(
        {**VIEW.channels, 7: replace(PLENUM, name="▶ Mara", position=0, max_users=0)},
        {**VIEW.users, 12: replace(MARA, self_mute=False, suppress=True, channel=3)},
    )
    assert difference(VIEW, new) == (
        ChannelState(channel_id=7, name="▶ Mara", position=0, max_users=0),
        UserState(session=12, channel_id=3, suppress=True, self_mute=False),
    )


def test_people_move_and_go_before_their_channel_goes_from_below_to_above() -> None:
    new = View({0: HOME}, {4711: replace(ANNA, channel=0, mute=True)})
    old = View(VIEW.channels, {**VIEW.users, 4711: replace(ANNA, channel=7)})
    assert difference(old, new) == (
        UserState(session=4711, channel_id=0, mute=True),
        UserRemove(session=12),
        ChannelRemove(channel_id=7),
        ChannelRemove(channel_id=3),
    )


def test_whether_one_may_enter_is_said_both_ways() -> None:
    closed = replace(KITCHEN, is_enter_restricted=True, can_enter=False)
    shut, opened = View({0: HOME, 3: closed}), View({0: HOME, 3: KITCHEN})
    assert difference(opened, shut) == (
        ChannelState(channel_id=3, is_enter_restricted=True, can_enter=False),
    )
    assert difference(shut, opened) == (
        ChannelState(channel_id=3, is_enter_restricted=False, can_enter=True),
    )
    assert difference(NOTHING, shut)[1:] == (
        ChannelState(
            channel_id=3,
            parent=0,
            name="küche",
            position=10,
            is_enter_restricted=True,
            can_enter=False,
        ),
    )


@pytest.mark.parametrize(("length", "is_hashed"), [(127, False), (128, True)])
def test_long_texts_are_told_by_their_hash(length: int, is_hashed: bool) -> None:
    text = "x" * length
    view = View({0: replace(HOME, description=text)}, {1: replace(ANNA, comment=text)})
    channel, user = difference(NOTHING, view)
    assert isinstance(channel, ChannelState)
    assert isinstance(user, UserState)
    hashed = hashlib.sha1(text.encode(), usedforsecurity=False).digest()
    wanted = (None, hashed) if is_hashed else (text, None)
    assert (channel.description, channel.description_hash) == wanted
    assert (user.comment, user.comment_hash) == wanted


def test_a_text_that_is_taken_back_is_told_empty() -> None:
    old = View({0: replace(HOME, description="hallo")}, {1: replace(ANNA, comment="hallo")})
    new = View({0: HOME}, {1: ANNA})
    assert difference(old, new) == (
        ChannelState(channel_id=0, description=""),
        UserState(session=1, comment=""),
    )


def test_who_has_no_account_any_more_is_told_so() -> None:
    old = View({0: HOME}, {1: replace(ANNA, user_id=5, hash="ab")})
    assert difference(old, View({0: HOME}, {1: ANNA})) == (
        UserState(session=1, user_id=NO_ACCOUNT, hash=""),
    )


def test_channels_that_change_places_are_never_below_themselves() -> None:
    old = View({0: HOME, 1: replace(KITCHEN, parent=0), 2: replace(KITCHEN, parent=1)})
    new = View({0: HOME, 1: replace(KITCHEN, parent=2), 2: replace(KITCHEN, parent=0)})
    client = Client()
    client.take(difference(NOTHING, old))
    client.take(difference(old, new))
    assert client.view == new


def test_channels_are_listed_behind_their_parents() -> None:
    channels = {9: HOME, 1: replace(KITCHEN, parent=5), 5: replace(KITCHEN, parent=9)}
    assert from_above(channels) == [9, 5, 1]
    assert from_above({}) == []


@pytest.mark.parametrize(
    "changes",
    [
        [ChannelState(channel_id=3, parent=0, name="x")],
        [UserState(session=1, name="x", channel_id=0)],
        [UserRemove(session=1)],
        [ChannelRemove(channel_id=3)],
        [ChannelState(channel_id=0, name="x"), UserState(session=1, name="x")],
        [ChannelState(channel_id=0, name="x"), ChannelRemove(channel_id=0)],
    ],
)
def test_the_client_of_these_tests_notices_what_cannot_be(changes: list[ChannelState]) -> None:
    with pytest.raises(Confused):
        Client().take(changes)


def test_listening_and_pictures_are_told_as_changes() -> None:
    home = {0: ChannelShown(parent=None, name="home")}
    calm = UserShown(channel=0, name="mara")
    seen = UserShown(channel=0, name="mara", texture=b"h" * 20, listening=frozenset({4, 7}))
    less = UserShown(channel=0, name="mara", listening=frozenset({7}))
    (state,) = difference(View(home, {5: calm}), View(home, {5: seen}))
    assert state == UserState(session=5, texture_hash=b"h" * 20, listening_channel_add=(4, 7))
    (state,) = difference(View(home, {5: seen}), View(home, {5: less}))
    assert state == UserState(session=5, texture=b"", listening_channel_remove=(4,))
