"""Contents named by what is in them."""

import asyncio
import hashlib
import os
from collections.abc import AsyncIterator
from contextlib import closing
from datetime import datetime, timedelta
from functools import partial
from io import BytesIO
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from allmende.core.clock import SystemClock
from allmende.core.errors import NotFound, Unavailable
from allmende.storage.blobs import (
    CHUNK_BYTES,
    KEPT,
    BlobHash,
    FolderBlobs,
    blob_bytes,
    blob_of,
    blob_path,
    blobs,
    keep_blob,
    open_blob,
    release,
    sweep_blobs,
    use,
)
from allmende.storage.retention import sweep_all
from allmende.storage.types import instant_of
from tests.databases import KEYS, Twice
from tests.storage.notes import NOON


class Noon(SystemClock):
    """A clock at which it is always noon."""

    def now(self) -> datetime:
        return NOON


LONG = bytes(range(256)) * 1024 * 3
DAY = timedelta(days=1)


async def pieces(content: bytes, size: int) -> AsyncIterator[bytes]:
    for start in range(0, len(content), size):
        yield content[start : start + size]


async def whole(store: FolderBlobs, name: BlobHash) -> bytes:
    return b"".join([piece async for piece in store.read(name)])


def age(folder: Path, name: BlobHash, days: float, key: bytes | None = None) -> None:
    """Let the file look as if it was put ``days`` before noon."""
    at_s = (NOON - timedelta(days=days)).timestamp()
    os.utime(blob_path(folder, name, key), (at_s, at_s))


@pytest.fixture(params=[None, KEYS.blobs], ids=["plain", "encrypted"])
def key(request: pytest.FixtureRequest) -> bytes | None:
    """What the contents are encrypted with."""
    given_key: bytes | None = request.param
    return given_key


@pytest.mark.parametrize("key", [None, KEYS.blobs], ids=["plain", "encrypted"])
@settings(max_examples=20, deadline=None)
@given(content=st.binary(max_size=2000), size=st.integers(1, 700))
def test_a_content_comes_back_however_it_was_cut(
    tmp_path_factory: pytest.TempPathFactory, key: bytes | None, content: bytes, size: int
) -> None:
    folder = tmp_path_factory.mktemp("blobs")
    store = FolderBlobs(folder, key)

    async def story() -> None:
        name = await store.put(pieces(content, size))
        assert name == hashlib.sha256(content).hexdigest()
        assert await store.put(content) == name
        assert await whole(store, name) == content
        assert await store.size_bytes(name) == len(content)

    asyncio.run(story())
    assert [path.name for path in folder.iterdir()].count("unfinished") == 1
    assert not list((folder / "unfinished").iterdir())


def test_files_lie_below_their_first_digits_and_are_ours_alone(tmp_path: Path) -> None:
    name = asyncio.run(FolderBlobs(tmp_path).put(LONG))
    path = tmp_path / name[:2] / name[2:4] / name
    assert path.read_bytes() == LONG
    assert path.stat().st_mode & 0o777 == 0o600
    assert path.stat().st_size > CHUNK_BYTES


def test_an_encrypted_content_is_neither_readable_nor_found_by_its_hash(tmp_path: Path) -> None:
    sentinel = b"sentinel-of-a-person "
    content = sentinel * 10_000
    name = asyncio.run(FolderBlobs(tmp_path, KEYS.blobs).put(pieces(content, 777)))
    assert name == hashlib.sha256(content).hexdigest()
    (path,) = (path for path in tmp_path.rglob("*") if path.is_file())
    assert path == blob_path(tmp_path, name, KEYS.blobs)
    assert sentinel not in path.read_bytes()
    assert name not in path.name
    assert path.stat().st_mode & 0o777 == 0o600
    assert blob_path(tmp_path, name, KEYS.blobs) != blob_path(tmp_path, name, KEYS.database)
    assert blob_of(path, KEYS.blobs) == name
    assert blob_of(path, KEYS.database) is None
    assert blob_of(path) is None


def test_an_upload_is_encrypted_while_it_comes(tmp_path: Path) -> None:
    sentinel = b"sentinel-of-a-person "
    seen: list[bytes] = []

    async def slow() -> AsyncIterator[bytes]:
        for _ in range(40):
            yield sentinel * 500
        seen.extend(path.read_bytes() for path in (tmp_path / "unfinished").iterdir())

    asyncio.run(FolderBlobs(tmp_path, KEYS.blobs).put(slow()))
    assert [len(content) > 100_000 for content in seen] == [True]
    assert sentinel not in seen[0]


def test_a_file_that_was_changed_cut_or_moved_is_noticed(tmp_path: Path) -> None:
    store = FolderBlobs(tmp_path, KEYS.blobs)
    name, other = (asyncio.run(store.put(content)) for content in (LONG, LONG + b"x"))
    path = blob_path(tmp_path, name, KEYS.blobs)
    kept = path.read_bytes()
    moved = blob_path(tmp_path, other, KEYS.blobs).read_bytes()
    flipped = kept[:5000] + bytes([kept[5000] ^ 1]) + kept[5001:]
    for content in (flipped, kept[:-1], kept[: len(kept) // 2], kept[:10], b"", moved, LONG):
        path.write_bytes(content)
        with pytest.raises(Unavailable) as damaged:
            asyncio.run(whole(store, name))
        assert damaged.value.message_id == "storage.damaged"
    path.write_bytes(kept)
    assert asyncio.run(whole(store, name)) == LONG


def test_commands_keep_and_read_the_same_files(tmp_path: Path, key: bytes | None) -> None:
    name = keep_blob(tmp_path, BytesIO(LONG), key)
    assert asyncio.run(whole(FolderBlobs(tmp_path, key), name)) == LONG
    assert blob_bytes(tmp_path, name, key) == len(LONG)
    with closing(open_blob(tmp_path, name, key)) as content:
        assert content.read(10) == LONG[:10]
        assert content.read() == LONG[10:]
        assert content.read(10) == b""
    with pytest.raises(NotFound):
        open_blob(tmp_path, BlobHash("0" * 64), key)


def test_an_upload_that_breaks_off_leaves_nothing(tmp_path: Path) -> None:
    async def broken() -> AsyncIterator[bytes]:
        yield b"some"
        raise ConnectionError

    with pytest.raises(ConnectionError):
        asyncio.run(FolderBlobs(tmp_path).put(broken()))
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []


def test_what_is_not_there_is_not_found_and_names_are_hashes(
    tmp_path: Path, key: bytes | None
) -> None:
    store = FolderBlobs(tmp_path, key)
    with pytest.raises(NotFound):
        asyncio.run(whole(store, BlobHash("0" * 64)))
    with pytest.raises(NotFound):
        asyncio.run(store.size_bytes(BlobHash("0" * 64)))
    with pytest.raises(ValueError, match="not the name"):
        asyncio.run(whole(store, BlobHash("../../etc/passwd")))


def test_what_nobody_uses_is_removed_a_day_later(database: Twice, tmp_path: Path) -> None:
    store = FolderBlobs(tmp_path / "blobs")

    async def story() -> None:
        used, released, orphan, fresh = [await store.put(b"%d" % n) for n in range(4)]
        for name in (used, released, released):
            await database.write(partial(use, name=name, size_bytes=1))
        for name in (used, released, orphan):
            age(tmp_path / "blobs", name, 10)
        await database.write(lambda db: release(db, released, NOON - 3 * DAY))
        await sweep_all(database, KEPT, Noon())
        assert await sweep_blobs(database, store, NOON) == 1
        assert not blob_path(tmp_path / "blobs", orphan).exists()
        await database.write(lambda db: release(db, released, NOON - 2 * DAY))
        await sweep_all(database, KEPT, Noon())
        assert await sweep_blobs(database, store, NOON) == 1
        left = {path.name for path in (tmp_path / "blobs").glob("??/??/*")}
        assert left == {used, fresh}
        rows = await database.read(lambda db: [tuple(row) for row in db.execute(select(blobs))])
        assert rows == [(used, 1, 1, None)]

    asyncio.run(story())


def test_a_content_used_again_in_time_stays(database: Twice, tmp_path: Path) -> None:
    store = FolderBlobs(tmp_path)

    async def story() -> None:
        name = await store.put(b"again")
        await database.write(lambda db: use(db, name, 5))
        await database.write(lambda db: release(db, name, NOON - 2 * DAY))
        await database.write(lambda db: use(db, name, 5))
        age(tmp_path, name, 5)
        await sweep_all(database, KEPT, Noon())
        assert await sweep_blobs(database, store, NOON) == 0
        assert await whole(store, name) == b"again"

    asyncio.run(story())


def test_putting_a_content_again_makes_it_young(tmp_path: Path, key: bytes | None) -> None:
    store = FolderBlobs(tmp_path, key)

    async def story() -> None:
        name = await store.put(b"old")
        age(tmp_path, name, 400, key)
        stamp = instant_of(0)
        assert await store.older_than(NOON - 300 * DAY) == [name]
        await store.put(b"old")
        assert await store.remove([name], stamp) == 0
        age(tmp_path, name, 400, key)
        assert await store.remove([name], NOON) == 1

    asyncio.run(story())
