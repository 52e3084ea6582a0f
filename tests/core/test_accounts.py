import pytest

from allmende.core.accounts import NAME_PATTERN, STRANGER, Caller, Guest, Scope
from allmende.core.ids import AccountId, AppPasswordId, CertificateId, GuestId, RoomId, SessionId


def test_a_stranger_is_nobody() -> None:
    assert Caller() == STRANGER
    assert STRANGER.guest_of(RoomId(1)) is None


def test_a_guest_is_a_guest_of_their_room_only() -> None:
    guest = Guest(GuestId("g" * 26), RoomId(1), "Ada")
    caller = Caller(account_id=AccountId(3), guest=guest)
    assert caller.guest_of(RoomId(1)) == guest
    assert caller.guest_of(RoomId(2)) is None


@pytest.mark.parametrize("name", ["ada", "a1b", "a_b", "a" * 30])
def test_a_name_is_small_letters_digits_and_lines(name: str) -> None:
    assert NAME_PATTERN.fullmatch(name)


@pytest.mark.parametrize("name", ["", "ad", "Ada", "1ab", "_ab", "ab_", "a b", "ä" * 5, "a" * 31])
def test_other_names_are_none(name: str) -> None:
    assert not NAME_PATTERN.fullmatch(name)


def test_who_comes_with_an_app_password_or_a_certificate_is_a_program() -> None:
    assert Caller(AccountId(3), app_password_id=AppPasswordId(1)).is_program
    assert Caller(AccountId(3), certificate_id=CertificateId(1)).is_program
    assert not Caller(AccountId(3), SessionId(1)).is_program
    assert not STRANGER.is_program


def test_a_program_that_may_write_may_read() -> None:
    writes = Caller(scopes=frozenset({Scope.CHAT}))
    reads = Caller(scopes=frozenset({Scope.CHAT_READ}))
    assert writes.opens(Scope.CHAT)
    assert writes.opens(Scope.CHAT_READ)
    assert reads.opens(Scope.CHAT_READ)
    assert not reads.opens(Scope.CHAT)
    assert not any(who.opens(Scope.PADS_READ) for who in (writes, reads, STRANGER))
