"""What leaves the house: one way to write a value, one digest, own numbers, safe paths."""

import asyncio
from datetime import UTC, datetime, timedelta, timezone

import pytest

from allmende.core.exports import (
    MAX_PATH_CHARS,
    Numbers,
    canonical_digest,
    canonical_json,
    file_digest,
    instant_from,
    instant_text,
    is_safe,
    json_lines,
    no_files,
    readable_json,
)


def test_numbers_count_each_kind_for_itself_and_know_the_way_back() -> None:
    numbers = Numbers()
    assert [numbers.give("room", thing) for thing in (70, 30, 70)] == [1, 2, 1]
    assert numbers.give("pad", 70) == 1
    assert (numbers.find("room", 30), numbers.find("room", 31)) == (2, None)
    assert (numbers.thing("room", 2), numbers.thing("room", 3)) == (30, None)


def test_numbers_of_an_archive_are_taken_over() -> None:
    numbers = Numbers()
    numbers.remember("room", 5, 99)
    assert numbers.thing("room", 5) == 99
    assert numbers.give("room", 98) == 6


def test_a_value_is_written_in_one_way_only() -> None:
    assert canonical_json({"b": 1, "a": "ü"}) == '{"a":"ü","b":1}\n'.encode()
    assert readable_json({"b": 1, "a": [2]}) == b'{\n  "a": [\n    2\n  ],\n  "b": 1\n}\n'
    assert json_lines([{"a": 1}, 2]) == b'{"a":1}\n2\n'


def test_an_instant_comes_back_as_it_was() -> None:
    berlin = timezone(timedelta(hours=1))
    instant = datetime(2026, 11, 23, 21, 0, 0, 5, tzinfo=berlin)
    assert instant_text(instant) == "2026-11-23T20:00:00.000005Z"
    assert instant_from(instant_text(instant)) == instant.astimezone(UTC)
    assert instant_text(None) is None
    assert instant_from(None) is None
    with pytest.raises(ValueError, match="does not match"):
        instant_from("yesterday")


def test_the_digest_knows_paths_and_contents_and_no_order() -> None:
    one, two = {"a": file_digest(b"1"), "b": file_digest(b"2")}, {"b": file_digest(b"2")}
    assert canonical_digest(one) == canonical_digest(two | {"a": file_digest(b"1")})
    assert canonical_digest(one) != canonical_digest({"a": file_digest(b"2")} | two)
    assert canonical_digest({}) == file_digest(b"")


@pytest.mark.parametrize(
    "path", ["group.json", "pads/1/document.bin", "chat/room-1/0001.jsonl", "a", "a_b/c-d.x.y"]
)
def test_plain_paths_are_safe(path: str) -> None:
    assert is_safe(path)


@pytest.mark.parametrize(
    "path",
    [
        "", "/etc/passwd", "../x", "a/../b", "a//b", "a/", "./a", "C:/x", "a\\b", "A", "a\0b",
        "a/.b", "a b", "ä", "a/" * 200 + "b", "x" * (MAX_PATH_CHARS + 1), "a.", "-a", "a/-b",
    ],
)  # fmt: skip
def test_paths_that_lead_elsewhere_are_not(path: str) -> None:
    assert not is_safe(path)


def test_a_system_may_know_nothing() -> None:
    async def look() -> list[object]:
        return [file async for file in no_files()]

    assert asyncio.run(look()) == []
