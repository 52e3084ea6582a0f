"""Old history gets coarser and loses nothing of the text."""

import asyncio
from datetime import timedelta
from functools import partial
from itertools import count

import pycrdt
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from allmende.core.ids import PadId
from allmende.systems.pads.model.pad import AuthorId, History, Pad, Row
from allmende.systems.pads.service.thinning import ROWS_AT_ONCE, Thinning, merged_row
from allmende.systems.pads.store import keyframes, log
from allmende.systems.pads.store.keyframes import NewKeyframe
from tests.databases import AnyDatabase, Twice
from tests.identity.town import HandClock
from tests.systems.pads.rows import NOON, add_pad, appended, read, rows_of, typed

PLACES = count(1)


def keyframe(pad: Pad, seq: int, name: str | None = None) -> NewKeyframe:
    return NewKeyframe(
        pad_id=pad.id,
        generation=1,
        seq=seq,
        at=NOON,
        name=name,
        author_id=None,
        payload=b"copy",
    )


def rows(database: Twice | AnyDatabase, pad: Pad) -> list[Row]:
    return list(asyncio.run(database.read(lambda db: log.rows_after(db, pad.id, 0, most=10_000))))


def test_rows_of_a_minute_become_one_and_copies_part_them(database: Twice) -> None:
    pad = asyncio.run(database.write(add_pad))
    clock = HandClock(NOON + timedelta(days=8))
    written = rows_of(pad.id, typed(*"abcdef"))
    asyncio.run(database.write(lambda db: log.append(db, appended(written))))
    asyncio.run(database.write(lambda db: keyframes.add_keyframe(db, keyframe(pad, 4))))
    asyncio.run(Thinning(database, clock).thin_all())
    left = rows(database, pad)
    assert [(row.seq, row.edits) for row in left] == [(4, 4), (6, 2)]
    assert read([row.payload for row in left]) == "abcdef"
    assert read([left[0].payload]) == "abcd"
    stored = asyncio.run(database.read(lambda db: log.find_pad(db, pad.id)))
    assert stored is not None
    assert stored.log_bytes == sum(len(row.payload) for row in left)


def test_young_rows_stay_as_they_are(database: Twice) -> None:
    pad = asyncio.run(database.write(add_pad))
    written = rows_of(pad.id, typed("a", "b"))
    asyncio.run(database.write(lambda db: log.append(db, appended(written))))
    thinning = Thinning(database, HandClock(NOON + timedelta(days=7)))
    assert asyncio.run(thinning.thin(pad.id)) == 0
    assert rows(database, pad) == list(written)


@pytest.mark.parametrize("history", [History.NAMED, History.NONE])
def test_without_history_rows_of_the_state_and_unnamed_copies_go(
    database: Twice, history: History
) -> None:
    pad = asyncio.run(database.write(lambda db: add_pad(db, history=history)))
    payloads = typed("a", "b", "c")
    asyncio.run(database.write(lambda db: log.append(db, appended(rows_of(pad.id, payloads)))))
    state = log.State(
        pad_id=pad.id, generation=1, seq=2, payload=pycrdt.merge_updates(*payloads[:2])
    )
    asyncio.run(database.write(lambda db: log.put_state(db, state, keep_rows=True)))
    for name in (None, "named"):
        copy = keyframe(pad, 2, name)
        asyncio.run(database.write(partial(keyframes.add_keyframe, new=copy)))
    asyncio.run(Thinning(database, HandClock(NOON)).thin(pad.id))
    assert [row.seq for row in rows(database, pad)] == [3]
    kept = asyncio.run(database.read(lambda db: keyframes.keyframes_of(db, pad.id)))
    assert [one.name for one in kept] == ["named"]
    stored = asyncio.run(database.read(lambda db: log.find_stored(db, pad.id)))
    assert stored is not None
    assert stored.state is not None
    assert read([stored.state, *stored.rows]) == "abc"


def test_a_merged_row_has_an_author_only_if_all_had_the_same() -> None:
    pad_id = PadId(7)
    mine = rows_of(pad_id, typed("a", "b"))
    assert merged_row(mine).author_id == mine[0].author_id
    other = rows_of(pad_id, typed("c", client=5), after=2, author=AuthorId(2))
    assert merged_row([*mine, *other]).author_id is None
    assert merged_row([*mine, *other]).edits == 3


@pytest.mark.slow
def test_a_minute_with_more_rows_than_one_change_takes_becomes_one_row(database: Twice) -> None:
    pad = asyncio.run(database.write(add_pad))
    written = rows_of(pad.id, typed(*("x" * (ROWS_AT_ONCE * 2 + 7))))
    asyncio.run(database.write(lambda db: log.append(db, appended(written))))
    less = asyncio.run(Thinning(database, HandClock(NOON + timedelta(days=8))).thin(pad.id))
    left = rows(database, pad)
    assert (less, len(left), left[0].edits) == (len(written) - 1, 1, len(written))
    assert read([left[0].payload]) == "x" * len(written)


@pytest.mark.slow
@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    gaps=st.lists(st.integers(0, 3000), min_size=1, max_size=25),
    copies=st.sets(st.integers(1, 25)),
    age_d=st.integers(0, 50),
)
def test_thinning_never_crosses_a_copy_and_never_changes_the_text(
    sqlite: AnyDatabase, gaps: list[int], copies: set[int], age_d: int
) -> None:
    pads, place = sqlite, f"x:{next(PLACES)}"
    found = asyncio.run(pads.write(lambda db: add_pad(db, place=place)))
    offsets = [sum(gaps[: n + 1]) for n in range(len(gaps))]
    written = rows_of(
        found.id,
        typed(*("ab" * len(gaps))[: len(gaps)]),
        at=lambda seq: NOON + timedelta(seconds=offsets[seq - 1]),
    )
    asyncio.run(pads.write(lambda db: log.append(db, appended(written))))
    for seq in copies & set(range(1, len(gaps) + 1)):
        copy = keyframe(found, seq)
        asyncio.run(pads.write(partial(keyframes.add_keyframe, new=copy)))
    asyncio.run(Thinning(pads, HandClock(NOON + timedelta(days=age_d))).thin(found.id))
    left = rows(pads, found)
    whole = [row.payload for row in written]
    assert read([row.payload for row in left]) == read(whole)
    for seq in copies & set(range(1, len(gaps) + 1)):
        assert seq in {row.seq for row in left}
        upto = [row.payload for row in left if row.seq <= seq]
        assert read(upto) == read(whole[:seq])
