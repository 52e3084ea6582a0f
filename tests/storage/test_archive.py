"""What is inside of a backup is whole and ours, or refused before anything else happens."""

import hashlib
import io
import tarfile

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from allmende.core.errors import Conflict, InvalidInput
from allmende.storage.archive import (
    FORMAT,
    ArchiveReader,
    ArchiveWriter,
    FileEntry,
    Manifest,
    TableEntry,
    require_whole,
)

LINES = b"[1]\n"
NOTES = TableEntry(
    name="note",
    columns=[("id", "number")],
    rows=1,
    last_id=1,
    parts=1,
    sha256=hashlib.sha256(LINES).hexdigest(),
)
END = b"\0" * 1024


def written() -> bytes:
    target = io.BytesIO()
    archive = ArchiveWriter(target)
    archive.add("tables/note.0001.jsonl", io.BytesIO(LINES), 4)
    archive.add("files/tls/key.pem", io.BytesIO(b"secret"), 6)
    archive.finish(Manifest(format=FORMAT, migration=1, tables=[NOTES], files=archive.files))
    return target.getvalue()


def member(name: str, body: bytes = b"x", kind: bytes = tarfile.REGTYPE) -> bytes:
    """One member, as a tar program would write it."""
    made = tarfile.TarInfo(name)
    made.type, made.mode, made.size = kind, 0o600, len(body) if kind == tarfile.REGTYPE else 0
    if kind != tarfile.REGTYPE:
        made.linkname, body = "/etc/passwd", b""
    return made.tobuf(tarfile.GNU_FORMAT) + body + b"\0" * (-len(body) % 512)


def forged(members: bytes, manifest: bytes) -> bytes:
    """Somebody who knows the format makes a file with right sums."""
    whole = member("format", b"2\n") + members + member("manifest.json", manifest)
    return whole + member("sha256", hashlib.sha256(manifest).hexdigest().encode() + b"\n") + END


def first_format(members: bytes, manifest: bytes) -> bytes:
    """A file of the first releases: the sum is that of everything before."""
    body = members + member("manifest.json", manifest)
    return body + member("sha256", hashlib.sha256(body).hexdigest().encode() + b"\n") + END


def manifest_of(*names: str, number: int = FORMAT) -> bytes:
    entry = FileEntry(size_bytes=1, sha256=hashlib.sha256(b"x").hexdigest())
    files = dict.fromkeys(names, entry)
    return msgspec.json.encode(Manifest(format=number, migration=1, tables=[], files=files))


def refused(source: bytes) -> str:
    with pytest.raises((InvalidInput, Conflict)) as failure:
        require_whole(io.BytesIO(source))
    assert isinstance(failure.value, (InvalidInput, Conflict))
    return failure.value.message_id


def test_what_was_added_comes_back_and_tar_can_read_it() -> None:
    whole = written()
    reader = ArchiveReader(io.BytesIO(whole))
    found = {name: content.read() for name, content in reader.members()}
    assert found == {"tables/note.0001.jsonl": LINES, "files/tls/key.pem": b"secret"}
    assert reader.manifest.tables == [NOTES]
    assert reader.manifest.size_bytes == 10
    with tarfile.open(fileobj=io.BytesIO(whole)) as tar:
        assert tar.getnames() == ["format", *found, "manifest.json", "sha256"]
        manifest, tail = tar.extractfile("manifest.json"), tar.extractfile("sha256")
        assert manifest is not None
        assert tail is not None
        assert tail.read().decode().strip() == hashlib.sha256(manifest.read()).hexdigest()


def test_a_file_of_the_first_releases_can_still_be_read() -> None:
    table = TableEntry(name="note", columns=[("id", "number")], rows=1, last_id=1)
    files = {"tables/note.jsonl": FileEntry(size_bytes=4, sha256=hashlib.sha256(LINES).hexdigest())}
    old = msgspec.json.decode(
        msgspec.json.encode(Manifest(format=1, migration=6, tables=[table], files=files))
    )
    for entry in old["tables"]:
        del entry["parts"], entry["sha256"]
    whole = first_format(member("tables/note.jsonl", LINES), msgspec.json.encode(old))
    manifest = require_whole(io.BytesIO(whole))
    assert manifest.tables[0].members() == ["tables/note.jsonl"]
    for place in range(0, len(whole), 37):
        changed = bytearray(whole)
        changed[place] ^= 1
        refused(bytes(changed))


def test_lines_are_whole_however_long_they_are() -> None:
    target = io.BytesIO()
    lines = [b"a", b"", b"b" * 700_000, b"c" * 300_000]
    body = b"".join(line + b"\n" for line in lines)
    ArchiveWriter(target).add("files/x", io.BytesIO(body), len(body))
    target.seek(0)
    _, content = next(ArchiveReader(target).members())
    assert list(content.lines()) == lines


@settings(max_examples=150)
@given(place=st.integers(0, len(written()) - 1), bit=st.integers(0, 7))
def test_one_changed_bit_anywhere_is_noticed(place: int, bit: int) -> None:
    body = bytearray(written())
    body[place] ^= 1 << bit
    # A changed number of the format is one that we do not know.
    assert refused(bytes(body)) in ("storage.backup-damaged", "storage.newer-backup")


@settings(max_examples=80)
@given(cut=st.integers(0, len(written()) - 1))
def test_a_file_that_was_cut_or_grew_is_noticed(cut: int) -> None:
    body = written()
    assert refused(body[:cut]) == "storage.backup-damaged"
    assert refused(body + body[:cut] + b"\0") == "storage.backup-damaged"


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
        "files/a\\b",
        "files//x",
        "tables/sqlite_master",
        "files/.ssh",
        "files/" + "a" * 120,
    ],
)
def test_names_that_lead_elsewhere_are_refused(name: str) -> None:
    assert refused(forged(member(name), manifest_of(name))) == "storage.backup-damaged"


@pytest.mark.parametrize(
    "kind", [tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.DIRTYPE, tarfile.CHRTYPE]
)
def test_links_and_devices_are_refused(kind: bytes) -> None:
    forgery = forged(member("files/a", kind=kind), manifest_of("files/a"))
    assert refused(forgery) == "storage.backup-damaged"


def test_a_manifest_that_does_not_fit_its_members_is_refused() -> None:
    one = member("files/a")
    wrong = [manifest_of(), manifest_of("files/a", "files/b"), b"{", b"[" * 100_000, b"\xff"]
    for manifest in wrong:
        assert refused(forged(one, manifest)) == "storage.backup-damaged"
    assert refused(forged(one + one, manifest_of("files/a"))) == "storage.backup-damaged"
    blob = "blobs/" + "0" * 64
    assert refused(forged(member(blob), manifest_of(blob))) == "storage.backup-damaged"
    table = "tables/note.0001.jsonl"
    assert refused(forged(member(table), manifest_of(table))) == "storage.backup-damaged"
    assert list(require_whole(io.BytesIO(forged(one, manifest_of("files/a")))).files) == ["files/a"]


def test_a_manifest_of_two_gigabytes_is_not_read() -> None:
    made = tarfile.TarInfo("manifest.json")
    made.size, made.mode = 2 * 1024**3, 0o600
    assert refused(member("format", b"2\n") + made.tobuf(tarfile.GNU_FORMAT)) == (
        "storage.backup-damaged"
    )


def test_a_format_of_a_newer_release_is_refused() -> None:
    newer = msgspec.json.encode({"format": FORMAT + 1, "migration": 7, "parts": []})
    assert refused(member("format", b"3\n") + member("anything", b"y")) == "storage.newer-backup"
    assert refused(first_format(b"", newer)) == "storage.newer-backup"


def test_a_content_that_is_shorter_than_announced_fails_the_writing() -> None:
    with pytest.raises(ValueError, match="shorter"):
        ArchiveWriter(io.BytesIO()).add("files/a", io.BytesIO(b"x"), 2)


def test_a_strange_name_is_never_written() -> None:
    with pytest.raises(ValueError, match="cannot be"):
        ArchiveWriter(io.BytesIO()).add("files/../a", io.BytesIO(b"x"), 1)
