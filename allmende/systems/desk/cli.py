"""What the operator types about groups: how many people, never who; and help without an admin."""

from collections.abc import Awaitable, Callable
from typing import Protocol, TypeVar

import click
import msgspec

from allmende.identity.cli import AS_JSON, said, with_identity
from allmende.identity.model.answers import GroupCounts
from allmende.storage.database import Database

T = TypeVar("T")


class House(Protocol):
    """What the command line hands to its groups as ``obj``."""

    def run(self, work: Callable[[Database], Awaitable[T]]) -> T:
        """Open the database, also beside a running server, and do ``work`` with it."""
        ...


async def counts(database: Database) -> list[GroupCounts]:
    """Return every group with how many are in it."""
    return list(await with_identity(database, lambda identity: identity.group_counts()))


@click.group("group")
def group() -> None:
    """Count the members of groups, help one that has lost its admins."""


@group.command("list")
@AS_JSON
@click.pass_obj
def list_groups(house: House, as_json: bool) -> None:
    """Print each group with its number of members and admins. Who they are stays in the group."""
    found = house.run(counts)
    if as_json:
        click.echo(msgspec.json.encode(found).decode())
        return
    for one in found:
        click.echo(f"{one.slug}  {one.members} members, {one.admins} admins")


@group.command("admin")
@click.argument("slug")
@click.argument("name")
@AS_JSON
@click.pass_obj
def make_admin(house: House, slug: str, name: str, as_json: bool) -> None:
    """Make the member NAME of the group SLUG an admin. The group is told that you did it."""

    async def work(database: Database) -> None:
        await with_identity(database, lambda identity: identity.appoint_admin(slug, name))

    house.run(work)
    sentence = f"{name} is an admin of {slug} now. The group was told."
    said({"group": slug, "account": name}, sentence, as_json=as_json)
