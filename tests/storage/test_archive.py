"""The file of a backup is whole and ours, or refused before anything else happens."""

import hashlib
import io
import tarfile
from pathlib import Path

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from allmende.core.errors import Conflict, InvalidInput
from allmende.storage.archive import (
    FORMAT,
    FileEntry,
    Manifest,
    TableEntry,
    _trailer,
    new_archive,
    open_archive,
)

NOTES = TableEntry(name="note", columns=[("id", "number")], rows=1, last_id=1)


def write(target: Path) -> None:
    with new_archive(target) as archive:
        archive.add("tables/note.jsonl", io.BytesIO(b"[1]\n"), 4)
        archive.add("files/tls/key.pem", io.BytesIO(b"secret"), 6)
        archive.finish(Manifest(format=FORMAT, migration=1, tables=[NOTES], files=archive.files))


@pytest.fixture
def whole(tmp_path: Path) -> Path:
    target = tmp_path / "whole.tar"
    write(target)
    return target


def refused(source: Path) -> str:
    with pytest.raises((InvalidInput, Conflict)) as failure, open_archive(source):
        pass
    assert isinstance(failure.value, (InvalidInput, Conflict))
    return failure.value.message_id


def test_what_was_added_comes_back_and_tar_can_read_it(whole: Path) -> None:
    with open_archive(whole) as archive:
        assert archive.names("tables") == ["tables/note.jsonl"]
        assert archive.member("files/tls/key.pem").read() == b"secret"
        assert archive.manifest.tables == [NOTES]
    with tarfile.open(whole) as tar:
        assert tar.getnames()[-2:] == ["manifest.json", "sha256"]
        tail = tar.extractfile("sha256")
        assert tail is not None
        body = whole.read_bytes()[: -len(_trailer("0" * 64))]
        assert tail.read().decode().strip() == hashlib.sha256(body).hexdigest()
    assert whole.stat().st_mode & 0o777 == 0o600


@settings(max_examples=60, deadline=None)
@given(data=st.data())
def test_one_changed_bit_anywhere_is_noticed(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    folder = tmp_path_factory.mktemp("flip")
    write(folder / "a.tar")
    body = bytearray((folder / "a.tar").read_bytes())
    place = data.draw(st.integers(0, len(body) - 1))
    body[place] ^= 1 << data.draw(st.integers(0, 7))
    (folder / "b.tar").write_bytes(body)
    assert refused(folder / "b.tar") == "storage.backup-damaged"


@settings(max_examples=40, deadline=None)
@given(data=st.data())
def test_a_file_that_was_cut_or_grew_is_noticed(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    folder = tmp_path_factory.mktemp("cut")
    write(folder / "a.tar")
    body = (folder / "a.tar").read_bytes()
    cut = data.draw(st.integers(0, len(body) - 1))
    (folder / "b.tar").write_bytes(body[:cut])
    assert refused(folder / "b.tar") == "storage.backup-damaged"
    (folder / "b.tar").write_bytes(body + body[:cut] + b"\0")
    assert refused(folder / "b.tar") == "storage.backup-damaged"


def forged(target: Path, members: list[tarfile.TarInfo], manifest: bytes) -> Path:
    """Somebody who knows the format makes a file with a right sum."""
    inner = io.BytesIO()
    with tarfile.open(fileobj=inner, mode="w") as tar:
        for member in members:
            tar.addfile(member, io.BytesIO(b"x" * member.size))
        last = tarfile.TarInfo("manifest.json")
        last.size = len(manifest)
        tar.addfile(last, io.BytesIO(manifest))
        body = inner.getvalue()[: tar.offset]
    target.write_bytes(body + _trailer(hashlib.sha256(body).hexdigest()))
    return target


def member(name: str, kind: bytes = tarfile.REGTYPE, size: int = 1) -> tarfile.TarInfo:
    made = tarfile.TarInfo(name)
    made.type, made.size = kind, size if kind == tarfile.REGTYPE else 0
    made.linkname = "/etc/passwd"
    return made


def manifest_of(*names: str, number: int = FORMAT) -> bytes:
    entry = FileEntry(size_bytes=1, sha256=hashlib.sha256(b"x").hexdigest())
    files = dict.fromkeys(names, entry)
    return msgspec.json.encode(Manifest(format=number, migration=1, tables=[], files=files))


@pytest.mark.parametrize(
    "name",
    [
        "../evil",
        "files/../../evil",
        "/etc/passwd",
        "files/a/../b",
        "blobs/" + "A" * 64,
        "files/..",
        "tables/../x.jsonl",
        "files/a\\b\0c",
        "files//x",
        "tables/sqlite_master",
        "files/.ssh",
    ],
)
def test_names_that_lead_elsewhere_are_refused(tmp_path: Path, name: str) -> None:
    forgery = forged(tmp_path / "x.tar", [member(name)], manifest_of(name))
    assert refused(forgery) == "storage.backup-damaged"


@pytest.mark.parametrize(
    "kind", [tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.DIRTYPE, tarfile.CHRTYPE]
)
def test_links_and_devices_are_refused(tmp_path: Path, kind: bytes) -> None:
    forgery = forged(tmp_path / "x.tar", [member("files/a", kind)], manifest_of("files/a"))
    assert refused(forgery) == "storage.backup-damaged"


def test_a_manifest_that_does_not_fit_its_members_is_refused(tmp_path: Path) -> None:
    one = member("files/a")
    for manifest in (
        manifest_of(),
        manifest_of("files/a", "files/b"),
        b"{",
        b"[" * 100_000,
        b"\xff",
    ):
        assert refused(forged(tmp_path / "x.tar", [one], manifest)) == "storage.backup-damaged"
    twice = [one, member("files/a")]
    assert refused(forged(tmp_path / "x.tar", twice, manifest_of("files/a"))) == (
        "storage.backup-damaged"
    )
    wrong = member("blobs/" + "0" * 64)
    forgery = forged(tmp_path / "x.tar", [wrong], manifest_of("blobs/" + "0" * 64))
    assert refused(forgery) == "storage.backup-damaged"
    fine = forged(tmp_path / "x.tar", [one], manifest_of("files/a"))
    with open_archive(fine) as archive:
        assert archive.names("files") == ["files/a"]


def test_a_format_of_a_newer_release_is_refused(tmp_path: Path) -> None:
    newer = msgspec.json.encode({"format": FORMAT + 1, "migration": 7, "parts": []})
    assert refused(forged(tmp_path / "x.tar", [], newer)) == "storage.newer-backup"


def test_an_existing_file_is_never_overwritten(whole: Path) -> None:
    before = whole.read_bytes()
    with pytest.raises(Conflict), new_archive(whole):
        pass
    assert whole.read_bytes() == before


def test_a_backup_that_fails_leaves_no_file(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="shorter"), new_archive(tmp_path / "x.tar") as archive:
        archive.add("files/a", io.BytesIO(b"x"), 2)
    assert list(tmp_path.iterdir()) == []
