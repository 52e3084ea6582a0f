"""Opening every pad finds out what does not fit."""

import asyncio
from collections.abc import Sequence
from typing import Any

import pycrdt
import pytest
from sqlalchemy import text

from allmende.core.errors import NotFound
from allmende.core.ids import PadId
from allmende.systems.pads.model.pad import History, Pad
from allmende.systems.pads.service import operating
from allmende.systems.pads.store import keyframes, log
from tests.databases import Twice
from tests.systems.pads.rows import NOON, add_pad, appended, rows_of, typed


@pytest.fixture
def pad(database: Twice) -> Pad:
    made = asyncio.run(database.write(add_pad))
    rows = rows_of(made.id, typed("# Beschluss\n", "ja"))
    asyncio.run(database.write(lambda db: log.append(db, appended(rows))))
    return made


def faults(database: Twice, pad: Pad) -> Sequence[str]:
    return asyncio.run(operating.faults(database, pad.id))


def keep(database: Twice, pad: Pad, payload: bytes, generation: int = 1) -> None:
    copy = keyframes.NewKeyframe(
        pad_id=pad.id,
        generation=generation,
        seq=2,
        at=NOON,
        name="named",
        author_id=None,
        payload=payload,
    )
    asyncio.run(database.write(lambda db: keyframes.add_keyframe(db, copy)))


def test_a_whole_pad_has_no_faults_before_and_after_compacting(database: Twice, pad: Pad) -> None:
    keep(database, pad, typed("# Beschluss\n")[0])
    assert faults(database, pad) == []
    assert asyncio.run(operating.compact(database, pad.id))
    assert faults(database, pad) == []


@pytest.mark.parametrize(
    ("statement", "said"),
    [
        ("UPDATE pads_update SET payload = :junk WHERE seq = 2", "cannot be opened"),
        ("UPDATE pads_pad SET log_bytes = 3", "and not 3"),
        ("UPDATE pads_pad SET state_seq = 9", "do not fit"),
        ("UPDATE pads_pad SET head_seq = 1", "do not fit"),
        ("DELETE FROM pads_state", "do not fit"),
    ],
)
def test_what_does_not_fit_is_named(database: Twice, pad: Pad, statement: str, said: str) -> None:
    if "state" in statement or "head" in statement:
        asyncio.run(operating.compact(database, pad.id))
    values = {"junk": b"\x01 no update"} if ":junk" in statement else {}
    asyncio.run(database.write(lambda db: bool(db.execute(text(statement), values).rowcount)))
    assert said in " ".join(faults(database, pad))


def test_a_copy_that_holds_more_than_the_document_is_named(database: Twice, pad: Pad) -> None:
    keep(database, pad, typed("aus einem anderen Text", client=99)[0])
    assert "holds what the document does not" in " ".join(faults(database, pad))


def test_a_copy_of_an_older_generation_is_another_document(database: Twice, pad: Pad) -> None:
    keep(database, pad, typed("aus einem anderen Text", client=99)[0], generation=0)
    assert faults(database, pad) == []


def test_a_row_that_the_state_forgot_is_named(database: Twice, pad: Pad) -> None:
    doc: pycrdt.Doc[Any] = pycrdt.Doc()
    state = log.State(pad_id=pad.id, generation=1, seq=2, payload=doc.get_update())
    asyncio.run(database.write(lambda db: log.put_state(db, state, keep_rows=True)))
    assert "row 1 is not in the document" in " ".join(faults(database, pad))


def test_compacting_without_history_leaves_no_rows(database: Twice) -> None:
    pad = asyncio.run(database.write(lambda db: add_pad(db, history=History.NONE)))
    rows = rows_of(pad.id, typed("jetzt"))
    asyncio.run(database.write(lambda db: log.append(db, appended(rows))))
    asyncio.run(operating.compact(database, pad.id))
    figures = asyncio.run(operating.figures(database, pad.id))
    assert (figures.rows, figures.pad.log_bytes, figures.copies) == (0, 0, 0)
    assert figures.state_bytes > 0


def test_the_figures_of_a_pad_that_is_not_there_are_not_found(database: Twice) -> None:
    with pytest.raises(NotFound):
        asyncio.run(operating.figures(database, PadId(4711)))
