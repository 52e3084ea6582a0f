"""Values come back from both databases as they went in."""

import asyncio
from datetime import UTC, datetime, timedelta, timezone
from enum import StrEnum

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import BigInteger, Boolean, Column, LargeBinary, MetaData, Table, insert, select

from allmende.core.errors import InvalidInput
from allmende.core.ids import MAX_ID
from allmende.storage.types import (
    Choice,
    RowId,
    Text,
    TextRefused,
    UtcTime,
    instant_of,
    micros,
)
from tests.databases import AnyDatabase

# Without a time zone on purpose; a few days from the ends, where zones would lead outside.
NAIVE = datetime(2, 1, 1, tzinfo=UTC).replace(tzinfo=None)
YEARS = (NAIVE, datetime(9998, 1, 1, tzinfo=UTC).replace(tzinfo=None))


class Colour(StrEnum):
    RED = "red"
    GREEN = "green"


values = Table(
    "value",
    MetaData(),
    Column("id", RowId, primary_key=True),
    Column("number", BigInteger),
    Column("body", Text),
    Column("at", UtcTime),
    Column("colour", Choice(Colour)),
    Column("flag", Boolean),
    Column("raw", LargeBinary),
)


@settings(deadline=None)
@given(st.datetimes(*YEARS, timezones=st.timezones()))
def test_an_instant_survives_to_the_microsecond(instant: datetime) -> None:
    assert instant_of(micros(instant)) == instant.astimezone(UTC)


def test_a_naive_time_is_refused() -> None:
    with pytest.raises(ValueError, match="time zone"):
        micros(NAIVE)


@pytest.mark.parametrize(
    "row",
    [
        (0, "", datetime(1970, 1, 1, tzinfo=UTC), Colour.RED, True, b""),
        (
            MAX_ID,
            "ü☺🦔",
            datetime(9999, 12, 31, 23, 59, 59, 999999, UTC),
            Colour.GREEN,
            False,
            b"\0\xff",
        ),
        (-MAX_ID - 1, "a'b\"%s:x\\", datetime(1, 1, 1, tzinfo=UTC), None, None, None),
        (
            1,
            None,
            datetime(2026, 3, 29, 2, 30, tzinfo=timezone(timedelta(hours=2))),
            None,
            True,
            b"%",
        ),
    ],
)
def test_rows_are_equal_on_both_databases(bare: AnyDatabase, row: tuple[object, ...]) -> None:
    names = ["number", "body", "at", "colour", "flag", "raw"]

    async def story() -> tuple[object, ...]:
        await bare.write(lambda db: values.create(db))
        await bare.write(
            lambda db: db.execute(insert(values), [dict(zip(names, row, strict=True))]).rowcount
        )
        return await bare.read(lambda db: tuple(db.execute(select(values)).one()))

    assert asyncio.run(story()) == (1, *row)


@pytest.mark.parametrize("text", ["a\0b", "\ud83d", "x\udc00y"])
def test_text_that_one_database_could_not_hold_is_refused_by_both(
    bare: AnyDatabase, text: str
) -> None:
    from_note = Table("note", MetaData(), Column("body", Text))
    with pytest.raises(TextRefused) as refused:
        asyncio.run(bare.write(lambda db: db.execute(insert(from_note).values(body=text)).rowcount))
    assert isinstance(refused.value, InvalidInput)
    assert refused.value.message_id == "storage.text-refused"


def test_a_choice_outside_its_members_is_refused() -> None:
    kind = Choice(Colour)
    with pytest.raises(ValueError, match="blue"):
        kind.members("blue")
