"""Rows as lines of JSON."""

import asyncio
import tempfile
from pathlib import Path

import msgspec
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection, text
from sqlalchemy.types import DateTime

from allmende.storage.rows import (
    LARGE_BYTES,
    Shape,
    add_rows,
    kind_of,
    last_id,
    lines_of,
    set_last_id,
    shapes,
)
from allmende.storage.sqlite import driver, sqlite_engine
from tests.databases import AnyDatabase
from tests.storage.notes import adding, read

COLUMNS = [("a", "number"), ("b", "text"), ("c", "truth"), ("d", "bytes"), ("e", "float")]
ANY = Shape("any", COLUMNS, ["a"])


@settings(deadline=None)
@given(
    st.tuples(
        st.integers(-(2**63), 2**63 - 1) | st.none(),
        st.text() | st.none(),
        st.booleans() | st.none(),
        st.binary() | st.none(),
        st.floats(allow_nan=False, allow_infinity=False) | st.none(),
    )
)
def test_a_row_survives_its_line(row: tuple[object, ...]) -> None:
    line = msgspec.json.Encoder().encode_lines([row])
    assert line.count(b"\n") == 1
    assert ANY.decoder().decode(line) == row
    assert ANY.fits(row)


WRITTEN_BY_SQLITE = Shape("written", COLUMNS[:3], ["a"])
TEXTS = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]))
CONTROLS = "".join(map(chr, range(1, 0x100))) + "\u2028\u2029\ufeff\uffff\U0010ffff/<>&'"


@settings(deadline=None)
@given(
    st.lists(
        st.tuples(
            st.integers(-(2**63), 2**63 - 1),
            TEXTS | st.none(),
            st.booleans() | st.none(),
        ),
        max_size=5,
        unique_by=lambda row: row[0],
    )
)
@example([(1, CONTROLS, True), (2, None, None), (3, "", False), (4, '{"a": [1]}', False)])
def test_sqlite_writes_the_lines_that_we_would(rows: list[tuple[int, str | None, bool]]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        engine = sqlite_engine(Path(folder) / "x.db", None)
        with engine.connect() as db:
            driver(db).execute("CREATE TABLE written (a INTEGER PRIMARY KEY, b TEXT, c BOOLEAN)")
            driver(db).executemany("INSERT INTO written VALUES (?, ?, ?)", rows)
            found = list(lines_of(db, WRITTEN_BY_SQLITE))
        engine.dispose()
    assert b"".join(lines for lines, _ in found) == msgspec.json.Encoder().encode_lines(
        sorted(rows)
    )
    assert sum(count for _, count in found) == len(rows)


def test_tables_others_refer_to_come_first_and_rows_in_the_order_of_text(
    bare: AnyDatabase,
) -> None:
    def make(db: Connection) -> None:
        db.execute(text("CREATE TABLE zz (name TEXT NOT NULL PRIMARY KEY)"))
        db.execute(text("CREATE TABLE aa (name TEXT PRIMARY KEY REFERENCES zz (name))"))
        for name in ("b", "A", "ä", "a", "B", "_", "🦔", "�"):
            db.execute(text("INSERT INTO zz VALUES (:name)"), {"name": name})

    asyncio.run(bare.write(make))
    found = {shape.name: shape for shape in read(bare, shapes)}
    order = list(found)
    assert order.index("zz") < order.index("aa")
    assert "schema_migration" not in found
    lines = b"".join(read(bare, lambda db: [some for some, _ in lines_of(db, found["zz"])]))
    names = [msgspec.json.decode(line)[0] for line in lines.splitlines()]
    assert names == sorted(names, key=lambda name: name.encode())


def test_a_number_is_never_given_twice(bare: AnyDatabase) -> None:
    shape = next(shape for shape in read(bare, shapes) if shape.name == "note")
    asyncio.run(bare.write(adding("one")))
    asyncio.run(bare.write(lambda db: set_last_id(db, shape, 41)))
    assert asyncio.run(bare.write(adding("two"))) == 42
    assert read(bare, lambda db: last_id(db, shape)) == 42


def test_a_type_that_the_house_does_not_use_is_refused() -> None:
    with pytest.raises(ValueError, match="does not use"):
        kind_of(DateTime(), "x.y")


def test_large_rows_leave_and_enter_few_at_a_time(bare: AnyDatabase) -> None:
    """Memory holds some rows, however large they are."""

    def make(db: Connection) -> None:
        db.execute(
            text("CREATE TABLE zz (id BIGINT NOT NULL PRIMARY KEY, body TEXT, is_x BOOLEAN)")
        )
        lines = (b'[%d,"%s",%s]' % (n, b"x" * 200_000, b"true") for n in range(1, 41))
        assert add_rows(db, next(s for s in shapes(db) if s.name == "zz"), lines) == 40

    asyncio.run(bare.write(make))
    shape = next(shape for shape in read(bare, shapes) if shape.name == "zz")
    pieces = read(bare, lambda db: list(lines_of(db, shape)))
    assert sum(count for _, count in pieces) == 40
    assert all(len(lines) <= 2 * LARGE_BYTES for lines, _ in pieces[2:])
    last = msgspec.json.decode(b"".join(lines for lines, _ in pieces).splitlines()[-1])
    assert last == [40, "x" * 200_000, True]


def test_values_of_another_kind_do_not_fit() -> None:
    assert ANY.fits((None, None, None, None, None))
    for wrong in (("1", "b", True, b"", 0.5), (1, b"b", True, b"", 0.5), (1, "b", 1, b"", 0.5)):
        assert not ANY.fits(wrong)
