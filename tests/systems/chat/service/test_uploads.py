"""A place, a file in it, once; and everything ends."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from allmende.core.accounts import STRANGER
from allmende.core.errors import (
    Conflict,
    InvalidInput,
    NotAllowed,
    NotFound,
    NotSignedIn,
    QuotaExceeded,
    TooManyRequests,
    Unavailable,
)
from allmende.core.parts import Job
from allmende.storage import blobs
from allmende.storage.retention import sweep_all
from allmende.systems.chat.jobs import upload_jobs
from allmende.systems.chat.model.uploads import Naming
from allmende.systems.chat.service import uploads as service
from allmende.systems.chat.service.uploads import AT_ONCE, TooMuchToday, UploadSettings, is_picture
from allmende.systems.chat.store import uploads as store
from tests.systems.chat.conftest import Square
from tests.systems.chat.service.depot import URL, Depot, parts, photo


@pytest.fixture
def depot(square: Square, tmp_path: Path) -> Depot:
    return Depot(square, tmp_path)


def test_a_file_comes_and_is_fetched(depot: Depot) -> None:
    slot = depot.slot(6, "Füße.txt", "text/plain; charset=utf-8")
    assert slot.get.startswith(f"{URL}/files/")
    assert slot.get.endswith("/F%C3%BC%C3%9Fe.txt")
    assert slot.put.startswith(f"{slot.get}?v=")
    slot = depot.slot(6, "a.txt", "text/plain; charset=utf-8")
    depot.put(slot, b"toto", b"", b"to", size=6, kind="text/plain")
    assert depot.fetch(slot) == ("text/plain", b"tototo")


def test_only_accounts_get_places(depot: Depot) -> None:
    with pytest.raises(NotSignedIn):
        depot.slot(1, who=STRANGER)


@pytest.mark.parametrize("size", [0, -1, 100_001])
def test_a_file_has_a_size(depot: Depot, size: int) -> None:
    with pytest.raises(QuotaExceeded, match=r"chat\.file-too-large"):
        depot.slot(size)


def test_it_is_as_large_as_was_said(depot: Depot) -> None:
    slot = depot.slot(4)
    for pieces in ((b"abc",), (b"abc", b"de"), (b"abcde",), ()):
        with pytest.raises(QuotaExceeded, match=r"chat\.file-size"):
            depot.put(slot, *pieces)
    with pytest.raises(QuotaExceeded, match=r"chat\.file-size"):
        depot.put(slot, b"abcd", size=5)
    depot.put(slot, b"abcd", size=4)


def test_it_is_of_the_type_that_was_said(depot: Depot) -> None:
    with pytest.raises(InvalidInput, match=r"chat\.file-kind"):
        depot.put(depot.slot(4, kind="text/plain"), b"abcd", kind="text/html")
    depot.put(depot.slot(4, kind="text/plain"), b"abcd")
    depot.put(depot.slot(4), b"abcd", kind="text/html")


def test_a_place_takes_one_file(depot: Depot) -> None:
    slot = depot.bring(b"abcd")
    with pytest.raises(Conflict, match=r"chat\.file-there"):
        depot.put(slot, b"efgh")
    assert depot.fetch(slot)[1] == b"abcd"


def test_two_files_for_one_place_at_the_same_time_are_one(depot: Depot) -> None:
    slot = depot.slot(4)
    token, name, text = parts(slot)
    ticket, both = depot.uploads.admit(token, name, text, 4, ""), asyncio.Barrier(2)

    async def body(content: bytes) -> AsyncIterator[bytes]:
        await both.wait()
        yield content

    async def story() -> list[BaseException | None]:
        takes = (depot.uploads.take(ticket, token, name, body(one)) for one in (b"abcd", b"efgh"))
        return await asyncio.gather(*takes, return_exceptions=True)

    done = depot.square.run(story())
    assert sorted(type(one).__name__ for one in done) == ["Conflict", "NoneType"]


def test_a_place_is_for_five_minutes_and_one_name(depot: Depot) -> None:
    slot = depot.slot(4)
    token, _, text = parts(slot)
    with pytest.raises(NotAllowed, match=r"chat\.upload-too-late"):
        depot.uploads.admit(token, "b.bin", text, 4, "")
    depot.square.clock.turn(minutes=5)
    depot.put(slot, b"abcd")
    depot.square.clock.turn(seconds=1)
    with pytest.raises(NotAllowed, match=r"chat\.upload-too-late"):
        depot.put(slot, b"abcd")


def test_what_does_not_come_is_given_up(square: Square, tmp_path: Path) -> None:
    hasty = UploadSettings(url=URL, patience_s=0.01)
    depot = Depot(square, tmp_path / "blobs", hasty)
    token, name, text = parts(depot.slot(4))
    ticket = depot.uploads.admit(token, name, text, 4, "")

    async def body() -> AsyncIterator[bytes]:
        await asyncio.Event().wait()
        yield b""

    with pytest.raises(NotAllowed, match=r"chat\.upload-too-late"):
        square.run(depot.uploads.take(ticket, token, name, body()))
    assert [path for path in (tmp_path / "blobs").rglob("*") if path.is_file()] == []


def test_a_day_has_a_limit(depot: Depot) -> None:
    depot.bring(b"x" * 100_000)
    depot.square.clock.turn(hours=1)
    waiting = depot.slot(50_000)
    depot.bring(b"x" * 50_000)
    with pytest.raises(TooMuchToday) as refused:
        depot.slot(1)
    assert (refused.value.free_at - depot.square.clock.now()).total_seconds() == 23 * 3600
    with pytest.raises(TooMuchToday):
        depot.put(waiting, b"x" * 50_000)
    depot.slot(1, who=depot.square.person("juno"))
    depot.square.clock.turn(hours=23)
    depot.slot(100_000)


def test_one_account_sends_few_at_the_same_time(depot: Depot) -> None:
    slots = [depot.slot(4, f"{number}.bin") for number in range(AT_ONCE + 1)]

    async def story() -> list[BaseException | None]:
        sending, arrived = asyncio.Barrier(AT_ONCE + 1), asyncio.Event()

        async def body() -> AsyncIterator[bytes]:
            await sending.wait()
            await arrived.wait()
            yield b"abcd"

        async def take(place: int) -> None:
            token, name, text = parts(slots[place])
            ticket = depot.uploads.admit(token, name, text, 4, "")
            if place == AT_ONCE:
                await sending.wait()
            try:
                await depot.uploads.take(ticket, token, name, body())
            finally:
                arrived.set()

        return await asyncio.gather(*map(take, range(AT_ONCE + 1)), return_exceptions=True)

    done = depot.square.run(story())
    assert [type(one) for one in done if one is not None] == [TooManyRequests]
    depot.put(slots[-1], b"abcd")


def test_a_photograph_says_no_longer_where_it_was_taken(depot: Depot) -> None:
    taken = photo()
    assert b"at home" in taken
    for kind in ("image/jpeg", "application/octet-stream", ""):
        slot = depot.slot(len(taken), "a.jpg", kind)
        depot.put(slot, *(taken[at : at + 10] for at in range(0, len(taken), 10)))
        found, content = depot.fetch(slot)
        assert found == "image/jpeg"
        assert b"at home" not in content
        file = depot.square.run(depot.uploads.file(*parts(slot)[:2]))
        assert is_picture(file)


def test_what_is_encrypted_stays_as_it_is_whatever_it_is_called(depot: Depot) -> None:
    slot = depot.bring(b"\x17 no picture that anybody could see", "a.jpg", "image/jpeg")
    kind, content = depot.fetch(slot)
    assert kind == "application/octet-stream"
    assert content.startswith(b"\x17 no picture")


def test_pictures_that_cannot_be_cleaned_are_refused(depot: Depot) -> None:
    with pytest.raises(InvalidInput) as refused:
        depot.bring(photo()[:-50])
    assert refused.value.message_id == "web.picture-broken"
    with pytest.raises(InvalidInput, match=r"chat\.picture-unclean"):
        depot.bring(b"\0\0\0\x18ftypheic" + bytes(100))


def test_pictures_on_their_way_in_fill_no_memory(
    depot: Depot, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(service, "HELD_BYTES", 100)
    with pytest.raises(Unavailable, match=r"pictures"):
        depot.bring(photo())
    monkeypatch.undo()
    depot.bring(photo())


def test_a_file_that_nothing_names_goes_after_a_day_and_its_content_within_another(
    depot: Depot,
) -> None:
    square, (job,) = depot.square, upload_jobs(depot.uploads)
    assert job.name == store.ENDED_BY
    slot = depot.bring(b"abcd")
    name = square.run(depot.uploads.file(*parts(slot)[:2])).blob
    square.clock.turn(hours=23)
    square.run(ended(job))
    assert depot.fetch(slot)[1] == b"abcd"
    square.clock.turn(hours=1)
    with pytest.raises(NotFound, match=r"chat\.no-file"):
        depot.fetch(slot)
    square.run(ended(job))
    square.run(_sweep(depot))
    assert depot.on_disk(name)
    square.clock.turn(hours=24)
    square.run(_sweep(depot))
    with pytest.raises(NotFound):
        depot.on_disk(name)


async def ended(job: Job) -> None:
    await job.run()


async def _sweep(depot: Depot) -> None:
    square = depot.square
    await sweep_all(square.database, blobs.KEPT, square.clock)
    # The files carry the time of the disk's clock: whatever has no row is old enough.
    later = datetime.now(UTC) + timedelta(days=2)
    await blobs.sweep_blobs(square.database, depot.blobs, later)


def test_a_message_taken_back_takes_its_file_along(depot: Depot) -> None:
    slot = depot.bring(b"abcd")
    content = f"<body>{slot.get}</body>".encode()
    depot.square.run(depot.uploads.take_back(depot.account, content))
    with pytest.raises(NotFound):
        depot.fetch(slot)


def test_files_go_with_their_account(depot: Depot) -> None:
    slot, now = depot.bring(b"abcd"), depot.square.clock.now()
    named = Naming(None, slot.get.encode(), False, now, now.replace(year=2027))
    depot.square.run(depot.square.database.write(lambda db: store.name_files(db, [named])))
    depot.square.run(depot.uploads.account_gone(depot.account))
    with pytest.raises(NotFound):
        depot.fetch(slot)
