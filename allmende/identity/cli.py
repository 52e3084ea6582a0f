"""What the operator types about accounts: invites, sign-in links, removal."""

from collections.abc import Awaitable, Callable
from typing import Protocol, TypeVar

import click

from allmende.core.bus import Bus
from allmende.core.clock import SystemClock
from allmende.identity.service import IdentityService
from allmende.storage.database import Database
from allmende.transports.threads import open_threads

T = TypeVar("T")
Work = Callable[[IdentityService], Awaitable[T]]


class House(Protocol):
    """What the command line hands to its groups as ``obj``."""

    def run(self, work: Callable[[Database], Awaitable[T]]) -> T:
        """Open the database, also beside a running server, and do ``work`` with it."""
        ...

    def address(self, path: str) -> str:
        """Return the whole address of a page of this server, like ``https://.../i/CODE``."""
        ...


async def with_identity(database: Database, work: Work[T]) -> T:
    """Do ``work`` with the service on an opened database; a running server learns by the log."""

    def report(failure: BaseException) -> None:
        raise failure

    with open_threads(size=1, waiting=1) as threads:
        return await work(IdentityService(database, SystemClock(), threads, Bus(report)))


async def operator_invite(database: Database) -> str:
    """Return the path of an invite that makes an operator, ``/i/CODE``."""
    return f"/i/{await with_identity(database, lambda identity: identity.make_operator_invite())}"


async def first_invite(database: Database) -> str | None:
    """Return the path of the first invite, once, while there is no account."""
    code = await with_identity(database, lambda identity: identity.first_start())
    return None if code is None else f"/i/{code}"


async def sign_in_link(database: Database, name: str) -> str:
    """Return the path where the account may choose a new password, ``/signin/TOKEN``."""
    return f"/signin/{await with_identity(database, lambda identity: identity.reset(name))}"


async def account_names(database: Database) -> list[str]:
    """Return the names of all accounts in the order of the alphabet."""
    names = await with_identity(database, lambda identity: identity.account_names())
    return sorted(names)


async def remove_account(database: Database, name: str) -> None:
    """Remove an account; what it opened in a running server ends within seconds."""
    await with_identity(database, lambda identity: identity.remove_account(name))


@click.command("invite")
@click.pass_obj
def invite(house: House) -> None:
    """Print a link that makes one operator account; it is good for 7 days."""
    click.echo(house.address(house.run(operator_invite)))


@click.group("account")
def account() -> None:
    """List accounts, help somebody sign in, remove an account."""


@account.command("list")
@click.pass_obj
def list_accounts(house: House) -> None:
    """Print the names of all accounts, nothing else."""
    for name in house.run(account_names):
        click.echo(name)


@account.command("reset")
@click.argument("name")
@click.pass_obj
def reset(house: House, name: str) -> None:
    """Print a link by which NAME chooses a new password within 24 hours."""
    click.echo(house.address(house.run(lambda database: sign_in_link(database, name))))


@account.command("remove")
@click.argument("name")
@click.confirmation_option(prompt="This cannot be undone. Remove the account?")
@click.pass_obj
def remove(house: House, name: str) -> None:
    """Remove the account NAME for good; nobody can take the name again."""
    house.run(lambda database: remove_account(database, name))
    click.echo(f"{name} is removed.")
