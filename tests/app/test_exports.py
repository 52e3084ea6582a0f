"""A group leaves one house and comes into another: nothing is lost, and nobody is invented."""

import asyncio
import json
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec
import pytest
from sqlalchemy import Connection, Select, select

from allmende.app.exports import (
    Imported,
    account_archive,
    account_files,
    exporters_of,
    group_archive,
    group_digest,
    import_group,
)
from allmende.config import Config
from allmende.core.errors import InvalidInput, NotFound
from allmende.core.exports import MANIFEST, ExportedFile, readable_json
from allmende.core.groups import Role
from allmende.core.ids import AccountId, GroupId
from allmende.identity.store import groups, rooms
from allmende.storage.bundle import Manifest, listed_as, manifest_of
from allmende.storage.types import metadata
from tests.app.commune import Commune
from tests.databases import AnyDatabase, Templates
from tests.identity.town import Town

CONFIG = Config()
WORDS = ("hallo", "wer bringt Töpfe", "<b>drei</b> & mehr")


@dataclass
class Houses:
    """A commune in one house; another with mara, whom it is to have as admin."""

    here: Commune
    there: Town
    file: Path

    def export(self) -> str:
        """Write the archive of the commune; return its digest."""
        group_id = self.here.commune.id
        exporters = exporters_of(self.here.database, CONFIG)

        async def whole() -> tuple[bytes, str]:
            archive = await group_archive(self.here.database, exporters, self.here.commune.slug)
            pieces = [piece async for piece in archive]
            return b"".join(pieces), await group_digest(exporters, group_id)

        body, digest = asyncio.run(whole())
        self.file.write_bytes(body)
        return digest

    def take(self, *, match_names: bool = False) -> Imported:
        return asyncio.run(
            import_group(
                self.there.database,
                CONFIG,
                self.there.clock,
                self.file,
                admin="mara",
                match_names=match_names,
            )
        )

    def members(self, group_id: GroupId) -> dict[str, Role]:
        found = asyncio.run(self.there.database.read(lambda db: groups.members(db, group_id)))
        return {member.name: member.role for member in found}

    def count(self, table: str) -> int:
        question = select(metadata.tables[table])
        rows = self.there.database.read(lambda db: len(db.execute(question).all()))
        return asyncio.run(rows)


@pytest.fixture
def houses(database_templates: Templates, tmp_path: Path, sqlite: AnyDatabase) -> Iterator[Houses]:
    other = tmp_path / "other"
    other.mkdir()
    opened = database_templates.sqlite(other).open()
    there = Town(opened)
    there.person("mara")
    here = Commune(sqlite)
    here.wrote(*WORDS)
    here.met()
    yield Houses(here, there, tmp_path / "group.zip")
    opened.close()


def files_of(path: Path) -> dict[str, bytes]:
    with zipfile.ZipFile(path) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


@pytest.mark.slow
@pytest.mark.parametrize("match_names", [False, True])
def test_a_group_has_the_same_digest_in_another_house(houses: Houses, match_names: bool) -> None:
    if match_names:
        houses.there.person("juno")
    digest = houses.export()
    taken = houses.take(match_names=match_names)
    assert taken.same
    assert taken.digest == digest
    expected = {"mara": Role.ADMIN, **({"juno": Role.MEMBER} if match_names else {})}
    assert houses.members(taken.group_id) == expected
    assert houses.count("chat_message") == 2 * len(WORDS)
    assert houses.count("pads_pad") == 2


@pytest.mark.slow
def test_names_that_are_not_matched_belong_to_nobody(houses: Houses) -> None:
    houses.there.person("juno")
    houses.export()
    houses.take()
    for table in ("chat_message", "pads_author"):
        column = metadata.tables[table].c.account_id
        question = select(column)

        def owners(db: Connection, question: Select[Any] = question) -> set[AccountId | None]:
            return set(db.execute(question).scalars())

        found = asyncio.run(houses.there.database.read(owners))
        assert found == {None}


@pytest.mark.slow
def test_an_archive_can_be_read_by_people(houses: Houses) -> None:
    houses.export()
    files = files_of(houses.file)
    texts = b"\n".join(body for path, body in files.items() if path.endswith(".md")).decode()
    assert all(word in texts for word in ("hallo", "wer bringt Töpfe", "juno", "mara"))
    group = json.loads(files["group.json"])
    assert (group["name"], len(group["rooms"])) == ("Küche für alle", 1)
    assert json.loads(files["assemblies/1.json"])["minutes"]["pad"] == 2
    secrets = asyncio.run(houses.here.database.read(hashes))
    whole = b"\n".join(files.values()).decode("utf-8", "replace")
    assert not [secret for secret in secrets if secret in whole]


def hashes(db: Connection) -> list[str]:
    """Everything in the database that proves something."""
    found = []
    for table in metadata.tables.values():
        for name in ("hash", "password", "scram", "secret", "credential", "token_hash"):
            if name in table.c:
                found += [value for value in db.execute(select(table.c[name])).scalars() if value]
    return found


OWNED = {"account_id", "made_by", "by_account_id", "group_id", "room_id", "pad_id", "assembly_id"}


def test_every_table_of_people_or_groups_is_in_an_exporter_or_left_out_with_a_reason(
    sqlite: AnyDatabase,
) -> None:
    covered: list[str] = []
    left_out: dict[str, str] = {}
    for exporter in exporters_of(sqlite, CONFIG):
        covered += exporter.covers
        left_out |= exporter.left_out
    assert len(covered) == len(set(covered))
    assert all(left_out.values())
    assert set(covered) & set(left_out) == set()
    owned = {name for name, table in metadata.tables.items() if OWNED & set(table.c.keys())}
    owned |= {"identity_account", "identity_group"}
    assert owned - set(covered) - set(left_out) == set()
    assert set(covered) | set(left_out) <= set(metadata.tables)


def rewritten(path: Path, changes: dict[str, bytes | None]) -> None:
    """Put other files into an archive, with a manifest that is right about them."""
    files = files_of(path)
    old = msgspec.json.decode(files.pop(MANIFEST), type=Manifest)
    canonical = {file.path: file.canonical for file in old.files}
    files |= {name: body for name, body in changes.items() if body is not None}
    files = {name: body for name, body in files.items() if changes.get(name, b"") is not None}
    listed = [
        listed_as(ExportedFile(name, body, canonical.get(name, True)))
        for name, body in files.items()
    ]
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, body in files.items():
            archive.writestr(name, body)
        manifest = msgspec.to_builtins(manifest_of(listed))
        archive.writestr(MANIFEST, readable_json(manifest))


BROKEN: tuple[dict[str, bytes | None], ...] = (
    {"group.json": None},
    {"group.json": b"{}"},
    {"group.json": b"[" * 100_000},
    {"members.json": b"[]"},
    {"pads/1/document.bin": b"\x01\x02\x03"},
    {"pads/1/document.bin": None},
    {"pads/1/pad.json": b"{}"},
    {"pads/x/pad.json": b"{}"},
    {"chat/room-1/0001.jsonl": b"{}\n"},
    {"chat/room-9/0001.jsonl": b""},
    {"chat/room-x/0001.jsonl": b""},
    {"calls.json": b'{"max_cameras":{"9":1}}'},
    {"calls.json": b'{"max_cameras":{"1":-1}}'},
    {"assemblies/1.json": b"{}"},
    {"assemblies/1.json": b"\xff"},
)


@pytest.mark.slow
def test_a_broken_archive_leaves_nothing_behind(houses: Houses) -> None:
    houses.export()
    whole = houses.file.read_bytes()
    for changes in BROKEN:
        houses.file.write_bytes(whole)
        rewritten(houses.file, changes)
        with pytest.raises(InvalidInput):
            houses.take()
        assert houses.count("identity_group") == 0, changes
        assert houses.count("identity_room") == 0, changes
    houses.file.write_bytes(whole)
    assert houses.take().same


@pytest.mark.slow
def test_only_an_account_that_is_here_looks_after_a_group(houses: Houses) -> None:
    houses.export()
    config, there = CONFIG, houses.there
    for admin in ("juno", "", "-"):
        with pytest.raises(InvalidInput, match="no-such-account"):
            asyncio.run(
                import_group(
                    there.database, config, there.clock, houses.file,
                    admin=admin, match_names=False,
                )
            )  # fmt: skip


@pytest.mark.slow
def test_it_keeps_its_addresses_only_where_nobody_else_is(houses: Houses) -> None:
    houses.export()
    first, second = houses.take(), houses.take()
    assert first.same
    assert second.same

    def slugs(db: Connection) -> list[set[str]]:
        return [
            {getattr(groups.find_group(db, one.group_id), "slug", "")}
            | {room.slug for room in rooms.rooms_of(db, one.group_id)}
            for one in (first, second)
        ]

    one, other = asyncio.run(houses.there.database.read(slugs))
    assert one == {houses.here.commune.slug, houses.here.room.slug}
    assert one & other == set()


@pytest.mark.slow
def test_everything_about_an_account_is_in_one_archive(houses: Houses, tmp_path: Path) -> None:
    exporters = exporters_of(houses.here.database, CONFIG)

    async def whole() -> bytes:
        found = await account_archive(houses.here.database, exporters, "juno")
        return b"".join([piece async for piece in found])

    houses.file.write_bytes(asyncio.run(whole()))
    files = files_of(houses.file)
    said = [json.loads(line) for line in files["chat/messages-0001.jsonl"].splitlines()]
    assert [one["text"] for one in said] == list(WORDS)
    assert {one["author"] for one in said} == {"juno"}
    texts = {path: body.decode() for path, body in files.items() if path.endswith("text.md")}
    assert len(texts) == 2
    assert all("Töpfe" in text for text in texts.values())
    assert json.loads(files["account/account.json"])[0]["name"] == "juno"


@pytest.mark.slow
def test_who_is_out_of_a_group_takes_no_text_of_it_along(houses: Houses) -> None:
    here = houses.here
    here.run(here.identity.leave(here.juno, here.commune.id))
    exporters = exporters_of(here.database, CONFIG)

    async def paths() -> set[str]:
        return {file.path async for file in account_files(exporters, here.juno)}

    found = asyncio.run(paths())
    assert "chat/messages-0001.jsonl" in found
    assert not [path for path in found if path.endswith(("text.md", "document.bin"))]


def test_of_nobody_there_is_no_archive(sqlite: AnyDatabase) -> None:
    exporters = exporters_of(sqlite, CONFIG)
    for work in (group_archive, account_archive):
        with pytest.raises(NotFound):
            asyncio.run(work(sqlite, exporters, "nobody"))
