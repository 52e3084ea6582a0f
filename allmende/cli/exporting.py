"""What people and groups take along: archives out, and a group's archive in."""

import os
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Final

import click

from allmende.app.exports import account_archive, exporters_of, group_archive, import_group
from allmende.app.work import PROMISES
from allmende.cli.operator import Operator
from allmende.core.clock import SystemClock
from allmende.identity.cli import AS_JSON, said, with_identity
from allmende.storage.database import Database
from allmende.storage.retention import Kept

_WHERE: Final = click.Path(dir_okay=False, path_type=Path)
_OURS: Final = 0o600


@click.group("export")
def export() -> None:
    """Write everything about an account or a group into one archive in open formats."""


@export.command("account")
@click.argument("name")
@click.argument("file", type=_WHERE)
@AS_JSON
@click.pass_obj
def export_account(operator: Operator, name: str, file: Path, as_json: bool) -> None:
    """Write what the server knows about the account NAME into FILE, for that person.

    Where there are two operators, two agree first on the page Operating, Handing out; then it
    is typed once more.
    """

    async def work(database: Database) -> None:
        exporters = exporters_of(database, operator.config())
        archive = await account_archive(database, exporters, name)
        await with_identity(database, lambda identity: identity.hand_out_account(name))
        await _write(file, archive)

    _require_new(file)

    operator.run(work)
    sentence = f"{file} holds everything about {name}. Hand it to that person only."
    said({"account": name, "file": str(file)}, sentence, as_json=as_json)


@export.command("group")
@click.argument("slug")
@click.argument("file", type=_WHERE)
@AS_JSON
@click.pass_obj
def export_group(operator: Operator, slug: str, file: Path, as_json: bool) -> None:
    """Write the group at /g/SLUG into FILE, so that another server can take it in.

    Where there are two operators, two agree first on the page Operating, Handing out; then it
    is typed once more.
    """

    async def work(database: Database) -> None:
        exporters = exporters_of(database, operator.config())
        archive = await group_archive(database, exporters, slug)
        await with_identity(database, lambda identity: identity.hand_out_group(slug))
        await _write(file, archive)

    _require_new(file)

    operator.run(work)
    sentence = f"{file} holds the whole group. Whoever has it can read it."
    said({"group": slug, "file": str(file)}, sentence, as_json=as_json)


@click.command("import")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--admin", required=True, help="The account that looks after the group here.")
@click.option("--match-names", is_flag=True, help="Who has the same name here is the same person.")
@AS_JSON
@click.pass_obj
def import_(operator: Operator, file: Path, admin: str, match_names: bool, as_json: bool) -> None:
    """Take in the group of FILE, all of it or nothing."""
    config = operator.config()
    taken = operator.run(
        lambda database: import_group(
            database, config, SystemClock(), file, admin=admin, match_names=match_names
        )
    )
    sentence = f"The group is here. Digest: {taken.digest}"
    if not taken.same:
        sentence += "\nSomething is not as in the archive: messages past their time here were left."
    said({"digest": taken.digest, "same": taken.same}, sentence, as_json=as_json)


def privacy_lines() -> list[str]:
    """Return what is kept, for how long and why, a line for each table and its end."""
    rows = [("table", "kept", "about people", "why"), *privacy_rows()]
    return [
        f"{name:<24} {kept:<28} {personal or '-':<40} {why}" for name, kept, personal, why in rows
    ]


def privacy_rows() -> list[tuple[str, str, str, str]]:
    """Return table, period, columns about people and why, in the order of the alphabet."""
    promises = sorted(PROMISES, key=lambda kept: kept.table.name)
    return [(kept.table.name, _period(kept), kept.personal, kept.why) for kept in promises]


def _period(kept: Kept) -> str:
    if kept.days and kept.days < 1:
        return f"{timedelta(days=kept.days) / timedelta(hours=1):g} hours"
    if kept.days:
        return f"{kept.days:g} days"
    if kept.at_most is not None:
        return f"at most {kept.at_most:g} days"
    if kept.ended_by:
        return f"until it ends ({kept.ended_by})"
    return "until it ends" if kept.days == 0 else "until deleted"


def _require_new(file: Path) -> None:
    """Refuse before anybody's consent is used up."""
    if file.exists():
        raise click.ClickException(f"{file} is there already.")


async def _write(file: Path, pieces: AsyncIterator[bytes]) -> None:
    """Write a file that nobody else can read; one that is there already is not touched."""
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL
    try:
        number = os.open(file, flags, _OURS)
    except FileExistsError:
        raise click.ClickException(f"{file} is there already.") from None
    with os.fdopen(number, "wb") as target:
        async for piece in pieces:
            target.write(piece)
