"""The key of a guest."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from allmende.core.accounts import Guest
from allmende.core.ids import GuestId, LinkId, RoomId
from allmende.identity.model.guests import guest_from_token, guest_token

KEY = bytes(range(32))
NOW = datetime(2026, 11, 23, tzinfo=UTC)
END = NOW + timedelta(hours=24)
NAMES = st.text(st.characters(blacklist_categories=["Cs", "Cc"]), min_size=1, max_size=60)


@given(NAMES, st.none() | st.integers(1, 2**63 - 1))
def test_a_guest_comes_back_as_they_went(name: str, link: int | None) -> None:
    guest = Guest(
        GuestId("a" * 26), RoomId(2**63 - 1), name, None if link is None else LinkId(link)
    )
    token = guest_token(KEY, guest, END)
    assert len(token) <= 512, "the cookie of a session is read up to 512 characters"
    assert guest_from_token(KEY, token, NOW) == guest


def test_a_key_ends_and_cannot_be_forged() -> None:
    token = guest_token(KEY, Guest(GuestId("a" * 26), RoomId(1), "Rabe"), END)
    assert guest_from_token(KEY, token, END) is None
    assert guest_from_token(bytes(32), token, NOW) is None
    assert guest_from_token(KEY, token[:-4], NOW) is None
    assert guest_from_token(KEY, "", NOW) is None
