"""Full copies of a document, and rows that become one."""

import asyncio
from datetime import timedelta

import pytest
from sqlalchemy import Connection

from allmende.core.errors import NotFound
from allmende.core.ids import PadId
from allmende.systems.pads.model.pad import Keyframe, Pad
from allmende.systems.pads.store import keyframes, log
from allmende.systems.pads.store.keyframes import NewKeyframe
from tests.databases import AnyDatabase, Twice
from tests.identity.store.plans import full_scans
from tests.systems.pads.rows import MARA, NOON, add_pad, appended, rows_of, typed


@pytest.fixture
def pad(database: Twice) -> Pad:
    return asyncio.run(database.write(add_pad))


def new(pad: Pad, seq: int, name: str | None, payload: bytes = b"x" * 500) -> NewKeyframe:
    return NewKeyframe(
        pad_id=pad.id, generation=1, seq=seq, at=NOON, name=name, author_id=MARA, payload=payload
    )


def keep(database: Twice, copy: NewKeyframe) -> Keyframe:
    return asyncio.run(database.write(lambda db: keyframes.add_keyframe(db, copy)))


def test_a_copy_comes_back_as_it_was(database: Twice, pad: Pad) -> None:
    kept = keep(database, new(pad, 4, "vor dem Plenum"))
    found = asyncio.run(database.read(lambda db: keyframes.keyframe_of(db, pad.id, kept.id)))
    assert found == (kept, b"x" * 500)
    assert (kept.seq, kept.name, kept.author_id) == (4, "vor dem Plenum", MARA)


def test_a_copy_of_another_pad_is_not_found(database: Twice, pad: Pad) -> None:
    kept = keep(database, new(pad, 4, None))
    with pytest.raises(NotFound):
        asyncio.run(database.read(lambda db: keyframes.keyframe_of(db, PadId(4711), kept.id)))


def test_copies_are_listed_newest_first_and_unnamed_ones_can_go(database: Twice, pad: Pad) -> None:
    made = [keep(database, new(pad, seq, name)) for seq, name in ((1, None), (2, "a"), (3, None))]
    listed = asyncio.run(database.read(lambda db: keyframes.keyframes_of(db, pad.id)))
    assert list(listed) == made[::-1]
    assert asyncio.run(database.read(lambda db: keyframes.keyframe_seqs(db, pad.id))) == [1, 2, 3]
    assert asyncio.run(database.write(lambda db: keyframes.forget_unnamed(db, pad.id))) == 2
    assert asyncio.run(database.read(lambda db: keyframes.keyframes_of(db, pad.id))) == [made[1]]


def test_marks_are_those_of_old_rows(database: Twice, pad: Pad) -> None:
    rows = rows_of(pad.id, typed("a", "b", "c"), at=lambda seq: NOON + timedelta(seconds=seq))
    asyncio.run(database.write(lambda db: log.append(db, appended(rows))))
    marks = asyncio.run(
        database.read(
            lambda db: keyframes.marks_before(db, pad.id, 1, NOON + timedelta(seconds=3), most=9)
        )
    )
    assert list(marks) == [(2, NOON + timedelta(seconds=2))]


def test_one_row_stands_for_several(database: Twice, pad: Pad) -> None:
    rows = rows_of(pad.id, typed("a", "b", "c"))

    def change(db: Connection) -> None:
        log.append(db, appended(rows))
        keyframes.replace_rows(db, 1, rows[1], less_bytes=len(rows[0].payload))

    asyncio.run(database.write(change))
    left = asyncio.run(database.read(lambda db: keyframes.rows_between(db, pad.id, 1, 9, most=9)))
    assert list(left) == list(rows[1:])
    found = asyncio.run(database.read(lambda db: log.find_pad(db, pad.id)))
    assert found is not None
    assert found.log_bytes == sum(len(row.payload) for row in left)


def test_no_question_reads_a_whole_table(sqlite: AnyDatabase) -> None:
    assert asyncio.run(sqlite.read(lambda db: full_scans(db, keyframes))) == []
