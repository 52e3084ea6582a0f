"""Ids of messages: in the order of time, and none twice."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

from allmende.systems.chat.model.uids import Uids, floor, is_uid
from tests.identity.town import BEGINNING, HandClock


def ones(count: int) -> bytes:
    return b"\xff" * count


def test_an_id_is_a_uuid_of_version_seven_that_says_when() -> None:
    uid = UUID(Uids(HandClock(), ones).next())
    assert (uid.version, uid.variant) == (7, "specified in RFC 4122")
    assert uid.int >> 80 == int(BEGINNING.timestamp() * 1000)


def test_each_is_greater_than_the_one_before_whatever_the_clock_does() -> None:
    clock = HandClock()
    uids = Uids(clock, lambda count: bytes(count))
    given = [uids.next() for _ in range(5000)]
    clock.turn(hours=-1)
    given.append(uids.next())
    clock.turn(hours=2)
    given.append(uids.next())
    assert given == sorted(set(given))
    assert all(is_uid(uid) for uid in given)


def test_the_floor_of_an_instant_lies_below_all_ids_from_then_on() -> None:
    clock = HandClock()
    uids = Uids(clock, ones)
    before = uids.next()
    clock.turn(seconds=0.001)
    after = uids.next()
    assert before < floor(clock.now()) <= after
    assert floor(datetime(1, 1, 1, tzinfo=UTC)) < before
    assert floor(datetime.max.replace(tzinfo=UTC) - timedelta(days=1)) > after


def test_what_is_no_id_is_known() -> None:
    for text in ("", "x" * 36, "ü" * 36, "1-2-3-4-5"):
        assert not is_uid(text)
