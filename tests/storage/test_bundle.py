"""Archives of strangers: whole and true, or refused before anything of them is used."""

import asyncio
import gc
import io
import stat
import zipfile
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import aclosing
from pathlib import Path

import msgspec
import pytest

from allmende.core.errors import InvalidInput
from allmende.core.exports import MANIFEST, ExportedFile, readable_json
from allmende.storage import bundle
from allmende.storage.bundle import (
    ListedFile,
    bundled,
    decoded,
    decoded_lines,
    listed_as,
    manifest_of,
    opened_bundle,
)

FILES = (
    ExportedFile("group.json", b'{"name":"x"}\n'),
    ExportedFile("pads/1/document.bin", bytes(range(256)) * 40),
    ExportedFile("pads/1/text.md", b"hallo\n", canonical=False),
)


def archive(files: Iterable[ExportedFile] = FILES) -> bytes:
    async def each() -> AsyncIterator[ExportedFile]:
        for file in files:
            yield file

    async def whole() -> bytes:
        return b"".join([piece async for piece in bundled(each())])

    return asyncio.run(whole())


def put(path: Path, body: bytes) -> Path:
    path.write_bytes(body)
    return path


def test_what_was_written_is_read_back(tmp_path: Path) -> None:
    with opened_bundle(put(tmp_path / "a.zip", archive())) as found:
        assert [found.read(file.path) for file in FILES] == [file.body for file in FILES]
        assert found.paths("pads/") == ["pads/1/document.bin", "pads/1/text.md"]
        assert found.manifest.digest == manifest_of([listed_as(file) for file in FILES]).digest


def test_it_is_the_same_archive_each_time_and_other_programs_open_it() -> None:
    assert archive() == archive()
    with zipfile.ZipFile(io.BytesIO(archive())) as opened:
        assert opened.testzip() is None


def test_whoever_stops_reading_leaves_nothing_open() -> None:
    async def each() -> AsyncIterator[ExportedFile]:
        for file in FILES:
            yield file

    async def first() -> bytes:
        async with aclosing(bundled(each())) as pieces:
            async for piece in pieces:
                return piece
        return b""

    assert asyncio.run(first())[:2] == b"PK"
    gc.collect()


def test_what_is_not_canonical_is_not_in_the_digest() -> None:
    listed = [listed_as(file) for file in FILES]
    assert manifest_of(listed).digest == manifest_of(listed[:2]).digest
    assert manifest_of(listed).digest != manifest_of(listed[1:]).digest


def made(change: Callable[[zipfile.ZipFile], None], files: Iterable[ExportedFile] = FILES) -> bytes:
    """An archive with a right manifest, and whatever ``change`` adds."""
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as opened:
        for file in files:
            opened.writestr(file.path, file.body)
        manifest = manifest_of([listed_as(file) for file in files])
        opened.writestr(MANIFEST, readable_json(msgspec.to_builtins(manifest)))
        change(opened)
    return target.getvalue()


def a_link(opened: zipfile.ZipFile) -> None:
    info = zipfile.ZipInfo("link")
    info.external_attr = (stat.S_IFLNK | 0o777) << 16
    opened.writestr(info, "/etc/passwd")


def a_bomb(opened: zipfile.ZipFile) -> None:
    opened.writestr("zeros.bin", b"\0" * (bundle.MAX_FILE_BYTES + 1))


def adding(name: str) -> Callable[[zipfile.ZipFile], None]:
    return lambda opened: opened.writestr(name, b"x")


def packed_otherwise(opened: zipfile.ZipFile) -> None:
    opened.writestr("more.txt", b"x" * 100, zipfile.ZIP_BZIP2)


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (a_link, "something that is no file"),
        (a_bomb, "a file that is too large"),
        (packed_otherwise, "packed in a way"),
        (adding("folder/"), "leads elsewhere"),
        (adding("../evil"), "leads elsewhere"),
        (adding("/etc/passwd"), "leads elsewhere"),
        (adding("a/../../b"), "leads elsewhere"),
        (adding("C:\\evil"), "leads elsewhere"),
        (adding("more.txt"), "does not list"),
    ],
)
def test_what_else_is_in_it_is_refused(
    tmp_path: Path, change: Callable[[zipfile.ZipFile], None], reason: str
) -> None:
    with (
        pytest.raises(InvalidInput) as refused,
        opened_bundle(put(tmp_path / "a.zip", made(change))),
    ):
        pass
    assert reason in str(refused.value)


def test_two_files_of_one_name_are_refused(tmp_path: Path) -> None:
    with pytest.warns(UserWarning, match="Duplicate name"):
        body = made(adding("group.json"))
    with (
        pytest.raises(InvalidInput, match="two files of one name"),
        opened_bundle(put(tmp_path / "a.zip", body)),
    ):
        pass


def lying(**changed: object) -> bytes:
    """An archive whose manifest says something else of its first file."""
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as opened:
        opened.writestr(FILES[0].path, FILES[0].body)
        listed = msgspec.structs.replace(listed_as(FILES[0]), **changed)
        manifest = readable_json(msgspec.to_builtins(manifest_of([listed])))
        opened.writestr(MANIFEST, manifest)
    return target.getvalue()


@pytest.mark.parametrize("changed", [{"sha256": "0" * 64}, {"size": 3}, {"path": "other.json"}])
def test_a_manifest_that_lies_is_refused(tmp_path: Path, changed: dict[str, object]) -> None:
    with pytest.raises(InvalidInput), opened_bundle(put(tmp_path / "a.zip", lying(**changed))):
        pass


def other_manifest(body: bytes) -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as opened:
        opened.writestr(MANIFEST, body)
    return target.getvalue()


@pytest.mark.parametrize(
    "body",
    [
        b"", b"{", b"\xff", b"[" * 100_000, b'{"format":"allmende-group","version":1}',
        b'{"format":"allmende-group","version":1,"digest":"","files":[],"more":1}',
        b'{"format":"allmende-group","version":1,"digest":"wrong","files":[]}',
    ],
)  # fmt: skip
def test_a_manifest_that_is_none_is_refused(tmp_path: Path, body: bytes) -> None:
    with (
        pytest.raises(InvalidInput, match=r"manifest|digest"),
        opened_bundle(put(tmp_path / "a.zip", other_manifest(body))),
    ):
        pass


def test_another_kind_or_a_newer_one_is_said_to_be_that(tmp_path: Path) -> None:
    for body in (
        b'{"format":"other","version":1,"digest":"","files":[]}',
        b'{"format":"allmende-group","version":2,"digest":"","files":[]}',
    ):
        with (
            pytest.raises(InvalidInput, match="another-kind"),
            opened_bundle(put(tmp_path / "a.zip", other_manifest(body))),
        ):
            pass


def test_every_cut_and_every_flipped_bit_is_noticed(tmp_path: Path) -> None:
    body = archive(FILES[:1])
    for at in range(0, len(body), 7):
        with pytest.raises(InvalidInput), opened_bundle(put(tmp_path / "a.zip", body[:at])):
            pass
        flipped = bytes([*body[:at], body[at] ^ 0x10, *body[at + 1 :]])
        try:
            with opened_bundle(put(tmp_path / "a.zip", flipped)) as found:
                # Some bits of a zip mean nothing; what is read is true all the same.
                assert found.read("group.json") == FILES[0].body
        except InvalidInput:
            pass


def test_no_archive_at_all_is_refused(tmp_path: Path) -> None:
    for body in (b"", b"PK", b"hello" * 1000):
        with pytest.raises(InvalidInput), opened_bundle(put(tmp_path / "a.zip", body)):
            pass


def test_values_of_another_shape_are_refused() -> None:
    good = b'{"path":"a","size":1,"sha256":"x","canonical":true}'
    assert decoded(good, ListedFile) == ListedFile("a", 1, "x", True)
    assert decoded_lines(good + b"\n" + good + b"\n", ListedFile) == [decoded(good, ListedFile)] * 2
    for bad in (b"", b"[]", b"{}", good[:-1] + b',"x":1}', b"[" * 100_000, b"\xff"):
        with pytest.raises(InvalidInput, match="another shape"):
            decoded(bad, ListedFile)
