"""Every command, run in a folder with people who write in closed groups (S11, S12)."""

import asyncio
import json
import re
import shutil
from collections.abc import Awaitable, Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final, TypeVar

import click
import pytest
from click.testing import CliRunner, Result
from sqlalchemy import Connection, select

from allmende.cli import main
from allmende.core.ids import HandoutId
from allmende.identity.store.handouts import add_consent
from allmende.identity.store.people import operators
from allmende.identity.store.tables.groups import announcements, memberships
from allmende.identity.store.tables.handouts import handouts
from allmende.storage.database import Database
from allmende.storage.opening import open_database
from allmende.storage.outbox import events
from allmende.storage.vault import key_path, load_keys
from tests.access.commands.table import ROWS, Row
from tests.access.services.house import Ground
from tests.access.services.people import NAMES, SAID, WRITTEN, settle
from tests.databases import Templates

pytestmark = pytest.mark.slow

T = TypeVar("T")

OF_PEOPLE: Final = re.compile(r"\b({})\b".format("|".join((*NAMES.values(), "sam", "eve"))))
WITHOUT_ANSWER: Final = {"serve", "demo", "config example"}
"""What runs until it is ended, and what prints a file."""

Roster = dict[tuple[int, int], str]


@dataclass(frozen=True)
class Known:
    """Who is in which group as what, and what was told of it."""

    roster: Roster
    told: list[tuple[int, int, str, str]]
    announced: int


@dataclass(frozen=True)
class Folder:
    """A folder of a server that does not run."""

    data: Path
    places: Mapping[str, str]

    def run(self, *words: str) -> Result:
        return CliRunner().invoke(main, [*words, "--data", str(self.data)])

    def copy(self, where: Path) -> "Folder":
        shutil.copytree(self.data, where / "data")
        return Folder(where / "data", {**self.places, "file": str(where / "new")})

    def known(self) -> Known:
        return self.asked(lambda database: database.read(_known))

    def agree(self) -> None:
        """Let all operators agree to the one thing that waits."""

        def change(db: Connection) -> None:
            waits = HandoutId(db.execute(select(handouts.c.id)).scalar_one())
            for account_id in operators(db):
                add_consent(db, waits, account_id)

        self.asked(lambda database: database.write(change))

    def asked(self, ask: Callable[[Database], Awaitable[T]]) -> T:
        async def answered() -> T:
            keys = load_keys(key_path(self.data, ""), mode="key-file", data=self.data)
            async with open_database("", self.data, keys=keys) as database:
                return await ask(database)

        return asyncio.run(answered())


def _known(db: Connection) -> Known:
    columns = memberships.c
    rows = db.execute(select(columns.group_id, columns.account_id, columns.role))
    bodies = db.execute(
        select(events.c.body)
        .where(events.c.name == "identity.MembershipChanged")
        .order_by(events.c.id)
    ).scalars()
    told = [json.loads(body) for body in bodies]
    return Known(
        {(group, account): role.value for group, account, role in rows},
        [(one["group_id"], one["account_id"], one["was"], one["now"]) for one in told],
        len(db.execute(select(announcements.c.id)).all()),
    )


def commands(command: click.Command = main, path: str = "") -> Iterator[tuple[str, click.Command]]:
    """All that can be typed, by its words."""
    if not isinstance(command, click.Group):
        yield path, command
        return
    context = click.Context(command)
    for name in command.list_commands(context):
        below = command.get_command(context, name)
        assert below is not None
        yield from commands(below, f"{path} {name}".strip())


@pytest.fixture(scope="module")
def folder(database_templates: Templates, tmp_path_factory: pytest.TempPathFactory) -> Folder:
    where = tmp_path_factory.mktemp("folder")
    ground = Ground(database_templates.sqlite(where))
    try:
        _, it = ground.run(settle(ground))
    finally:
        ground.close()
    bundle = where.with_name("bundle.tar")
    made = Folder(where, {"one": it.one.slug, "room": it.room.slug, "bundle": str(bundle)})
    assert made.run("backup", "key").exit_code == 0
    export = ("export", "group", it.one.slug, str(bundle))
    assert made.run(*export).exit_code == 1, "two operators have to agree first"
    made.agree()
    exported = made.run(*export)
    assert exported.exit_code == 0, exported.output
    return made


@pytest.fixture(scope="module")
def before(folder: Folder) -> Known:
    return folder.known()


def test_every_command_has_its_row_and_every_row_its_command() -> None:
    assert {path for path, _ in commands()} == set(ROWS)


@pytest.mark.parametrize(("path", "command"), list(commands()))
def test_a_program_is_answered_where_the_table_says_so(path: str, command: click.Command) -> None:
    options = {name for one in command.params for name in one.opts}
    assert ("--json" in options) == ROWS[path].json
    assert ROWS[path].json or path in WITHOUT_ANSWER, "programs use every command"
    assert "--data" in options or path == "demo", "who may is whoever has the folder"


@pytest.mark.parametrize("path", [path for path, row in ROWS.items() if row.typed is not None])
def test_a_command_says_nothing_of_closed_groups_and_tells_what_it_changes(
    folder: Folder, before: Known, path: str, tmp_path: Path
) -> None:
    row = ROWS[path]
    for how in ("", "--json") if row.json else ("",):
        (tmp_path / f"said{how}").mkdir()
        mine = folder.copy(tmp_path / f"said{how}")
        typed = (row.typed or "").format(**mine.places).split()
        said = mine.run(*path.split(), *typed, *how.split())
        assert said.exit_code == row.code, said.output
        require_discreet(said.output, row, typed)
        require_told(before, mine.known(), row)
        assert not how or row.code or json.loads(said.stdout) is not None


def require_discreet(output: str, row: Row, typed: list[str]) -> None:
    for secret in (SAID, WRITTEN):
        assert secret not in output
    people = set(OF_PEOPLE.findall(output)) - set(typed)
    assert row.names or not people, people
    places = {"Küche", "Garten"} & set(output.split())
    assert not (people and places), "who is in which group stays there"


def require_told(before: Known, after: Known, row: Row) -> None:
    """What was told since adds up to what is different; closed groups show it."""
    roster, told = dict(before.roster), after.told[len(before.told) :]
    for group, account, was, now in told:
        assert roster.pop((group, account), "") == was
        if now:
            roster[group, account] = now
    assert roster == after.roster
    assert bool(told) == row.told
    assert after.announced >= before.announced + len(told)
