"""Frames that lie, messages that cannot be read, and too many of them (spec voice, 14)."""

import pytest

from allmende.protocols.mumble.framing import MAX_AFTER_LOGIN, MAX_BEFORE_LOGIN, frame, raw_frame
from allmende.protocols.mumble.messages import (
    KINDS,
    Authenticate,
    DenyType,
    PermissionQuery,
    Ping,
    Reject,
    RejectType,
    Version,
)
from tests.hostile.legs import Chance
from tests.hostile.voice.hall import Hall, Street
from tests.hostile.voice.peer import OLD, Peer

pytestmark = pytest.mark.slow

NO_FIELD = b"\x08"
NO_TEXT = b"\x12\x02\xff\xfe"
TOO_MANY = b"\x28\x01" * 1025
TOO_DEEP = b"\x12\x08\x12\x06\x12\x04\x12\x02\x12\x00"
LOUD = Version(version_v1=OLD.version_v1, release="x" * 60_000)
VOICE_TARGET = 19
FLOOD = 20_000
BURST = 60
MOST_CHARS = 60 + len(" (Gast)")


def announcing(kind: int, length: int) -> bytes:
    return kind.to_bytes(2, "big") + length.to_bytes(4, "big")


@pytest.mark.parametrize("length", [MAX_BEFORE_LOGIN + 1, MAX_AFTER_LOGIN, 2**32 - 1])
@pytest.mark.parametrize("kind", [0, 2, 9, 65535])
def test_a_stranger_who_announces_too_much_is_cut_off_at_once(
    street: Street, hall: Hall, kind: int, length: int
) -> None:
    with Peer(street.port) as peer:
        peer.send_bytes(announcing(kind, length))
        assert peer.ends()


def test_after_the_login_more_may_be_announced_and_not_everything(
    street: Street, hall: Hall
) -> None:
    with Peer(street.port).login("eins", street.token) as peer:
        peer.send_raw(99, bytes(MAX_AFTER_LOGIN))
        assert peer.barrier() == []
        peer.send_bytes(announcing(1, MAX_AFTER_LOGIN + 1))
        assert peer.ends()


@pytest.mark.parametrize(
    ("kind", "payload"),
    [(9, NO_FIELD), (2, b"\x0a\x02\xff\xfe"), (4, NO_TEXT), (11, b"\x08\x80"), (10, b"\x0b")],
    ids=["cut off", "no UTF-8", "no UTF-8 either", "half a number", "a group"],
)
def test_four_that_cannot_be_read_are_dropped_and_the_fifth_is_the_end(
    street: Street, hall: Hall, kind: int, payload: bytes
) -> None:
    with Peer(street.port).login("kaputt", street.token) as peer:
        for _ in range(4):
            peer.send_raw(kind, payload)
        assert peer.barrier() == []
        peer.send_raw(kind, payload)
        assert peer.ends()


def test_more_entries_and_deeper_nesting_than_allowed_cannot_be_read(
    street: Street, hall: Hall
) -> None:
    many = b"\x12\x82\x10" + TOO_MANY
    with Peer(street.port).login("viele", street.token) as peer:
        for payload in (many, TOO_MANY, TOO_DEEP):
            peer.send_raw(VOICE_TARGET, b"\x08\x01" + payload)
        assert [d for d in peer.barrier() if not hasattr(d, "reason")] == []


def test_whatever_frames_come_after_the_login_the_rest_goes_on(street: Street, hall: Hall) -> None:
    """Every kind with random bytes: each connection is answered to its end, or ended."""
    chance = Chance(11)
    alive = 0
    for number in range(12):
        with Peer(street.port).login(f"wild{number}", street.token) as peer:
            for _ in range(4):
                kind = chance.choice([*KINDS, 27, 99, 65535])
                peer.send_raw(kind, chance.randbytes(chance.randrange(200)))
            peer.send(Ping(timestamp=7))
            alive += not _is_over(peer)
    assert alive


def _is_over(peer: Peer) -> bool:
    try:
        return peer.until(Ping).timestamp != 7
    except AssertionError:
        return True


def test_before_the_login_nothing_but_the_login_is_listened_to(street: Street, hall: Hall) -> None:
    chance = Chance(12)
    quiet = [kind for kind in KINDS if KINDS[kind] not in (Authenticate, Ping, Version)]
    for kind in quiet:
        with Peer(street.port) as peer:
            peer.send_raw(kind, chance.randbytes(40))
            peer.send(Ping(timestamp=3))
            assert peer.until(Ping).timestamp == 3
            peer.login("danach", street.token)


@pytest.mark.parametrize(
    ("version", "asked", "kind"),
    [
        (Version(version_v1=0x010202), Authenticate(username="a", opus=True),
         RejectType.WRONG_VERSION),
        (Version(version_v1=0x010304), Authenticate(username="a"), RejectType.WRONG_VERSION),
        (OLD, Authenticate(username="a", password="x" * 60_000, opus=True),
         RejectType.WRONG_USER_PW),
        (LOUD, Authenticate(username="", opus=True),
         RejectType.WRONG_USER_PW),
    ],
    ids=["too old", "no Opus", "a long password", "nobody"],
)  # fmt: skip
def test_who_does_not_get_in_is_told_why(
    street: Street, hall: Hall, version: Version, asked: Authenticate, kind: RejectType
) -> None:
    with Peer(street.port) as peer:
        peer.send(version, asked)
        told = peer.until(Reject)
        assert (told.type, bool(told.reason)) == (kind, True)
        assert peer.ends()


@pytest.mark.parametrize("name", ["", "\u202e\u200f", "x" * 61, "\0\n\t", " "])
def test_a_name_that_nobody_can_have_is_cleaned_or_refused(
    street: Street, hall: Hall, name: str
) -> None:
    with Peer(street.port) as peer:
        peer.send(OLD, Authenticate(username=name, password=street.token, opus=True))
        refused = peer.refusal()
        if refused is not None:
            assert refused.type is RejectType.INVALID_USERNAME
            return
        [shown] = {state.name for state in peer.state_of(peer.session)}
        assert shown is not None
        assert shown.partition(" (")[0].isprintable()
        assert len(shown) <= MOST_CHARS


@pytest.mark.parametrize("single", [frame(Ping()), frame(PermissionQuery(channel_id=0))])
def test_who_floods_is_answered_a_burst_and_told_once(
    street: Street, hall: Hall, single: bytes
) -> None:
    with Peer(street.port).login("flut", street.token) as peer:
        before = len(peer.heard)
        peer.send_bytes(single * FLOOD)
        hall.hear(10)
        peer.calm()
        answered = peer.heard[before:]
        assert len(answered) <= 6 * BURST
        told = [denied.type for denied in peer.denials()]
        assert DenyType.TEXT in told
        assert len(told) <= 5


def test_a_flood_before_the_login_changes_nothing(street: Street, hall: Hall) -> None:
    with Peer(street.port) as peer:
        peer.send_bytes((frame(Ping()) + raw_frame(99, b"")) * FLOOD)
        hall.hear(10)
        with Peer(street.port, "127.0.0.3") as other:
            other.login("daneben", street.token)
