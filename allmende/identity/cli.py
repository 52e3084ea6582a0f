"""What the operator types about accounts: who comes, who goes, with which role."""

import json
from collections.abc import Awaitable, Callable, Mapping
from typing import Final, Protocol, TypeVar

import click

from allmende.core.accounts import ServerRole
from allmende.core.bus import Bus
from allmende.core.clock import SystemClock
from allmende.core.ids import RequestId
from allmende.identity.model.moderation import AccountShown, Waiting
from allmende.identity.model.registration import Mark, Mode
from allmende.identity.service import IdentityService
from allmende.storage.database import Database
from allmende.transports.threads import open_threads

T = TypeVar("T")
Work = Callable[[IdentityService], Awaitable[T]]

_ROLES: Final = click.Choice([role.value for role in ServerRole])
_MARKS: Final = click.Choice([mark.value for mark in Mark])
_MODES: Final = click.Choice([mode.value for mode in Mode])
AS_JSON: Final = click.option("--json", "as_json", is_flag=True, help="Print JSON.")


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


async def accounts_shown(identity: IdentityService) -> list[AccountShown]:
    """Return all accounts in the order of the alphabet."""
    found: list[AccountShown] = []
    while some := await identity.account_page(None, found[-1].name if found else ""):
        found += some
    return found


def said(values: Mapping[str, object], sentence: str, *, as_json: bool) -> None:
    """Print what was done, in words or for a program."""
    click.echo(json.dumps(values) if as_json else sentence)


def did(house: House, work: Work[T]) -> T:
    """Do ``work`` with the service on the server of the command line."""
    return house.run(lambda database: with_identity(database, work))


@click.command("invite")
@click.option("--role", type=_ROLES, default="operator", help="What they are on the server.")
@click.option("--language", type=click.Choice(["de", "en"]), default="en", help="Of the words.")
@AS_JSON
@click.pass_obj
def invite(house: House, role: str, language: str, as_json: bool) -> None:
    """Print an invite for one person, as link and as six words; it is good for 7 days."""
    new = did(house, lambda identity: identity.make_server_invite(ServerRole(role)))
    link, words = house.address(new.path), new.words.text(language)
    said({"link": link, "words": words}, f"{link}\n{words}", as_json=as_json)


@click.command("registration")
@click.argument("mode", type=_MODES, required=False)
@click.option("--vouching/--no-vouching", default=None, help="Whether two members let people in.")
@AS_JSON
@click.pass_obj
def registration(house: House, mode: str | None, vouching: bool | None, as_json: bool) -> None:
    """Print who may come, or choose it: invite, request or open."""

    async def work(identity: IdentityService) -> dict[str, object]:
        shown = await identity.registration()
        if mode is not None or vouching is not None:
            wanted = shown.mode if mode is None else Mode(mode)
            lets_in = shown.vouching if vouching is None else vouching
            await identity.set_registration(None, wanted, vouching=lets_in)
            shown = await identity.registration()
        since = None if shown.since is None else shown.since.isoformat()
        return {"mode": shown.mode, "why": shown.why, "since": since, "vouching": shown.vouching}

    values = did(house, work)
    said(values, f"{values['mode']} ({values['why']})", as_json=as_json)


@click.group("account")
def account() -> None:
    """Accounts: add, freeze, release, revoke, recover, remove, list, and their roles."""


@account.command("list")
@AS_JSON
@click.pass_obj
def list_accounts(house: House, as_json: bool) -> None:
    """Print the names of all accounts; as JSON with state, role and marks."""
    found = did(house, accounts_shown)
    if as_json:
        rows = [
            {"name": a.name, "state": a.state, "role": a.role, "marks": sorted(a.marks)}
            for a in found
        ]
        click.echo(json.dumps(rows))
        return
    for one in found:
        click.echo(one.name)


@account.command("add")
@click.argument("name")
@AS_JSON
@click.pass_obj
def add(house: House, name: str, as_json: bool) -> None:
    """Make the account NAME and print a link by which its person chooses a password."""

    async def work(identity: IdentityService) -> str:
        made = await identity.add_account(name)
        return await identity.reset(made.name)

    link = house.address(f"/signin/{did(house, work)}")
    said({"link": link}, link, as_json=as_json)


@account.command("freeze")
@click.argument("name")
@AS_JSON
@click.pass_obj
def freeze(house: House, name: str, as_json: bool) -> None:
    """Freeze the account NAME; whatever is open with it ends within seconds."""
    did(house, lambda identity: identity.freeze(None, name))
    said({"name": name, "state": "frozen"}, f"{name} is frozen.", as_json=as_json)


@account.command("release")
@click.argument("name")
@AS_JSON
@click.pass_obj
def release(house: House, name: str, as_json: bool) -> None:
    """Release the account NAME, or let it in if it waits."""
    did(house, lambda identity: identity.release(None, name))
    said({"name": name, "state": "active"}, f"{name} is released.", as_json=as_json)


@account.command("revoke")
@click.argument("name")
@AS_JSON
@click.pass_obj
def revoke(house: House, name: str, as_json: bool) -> None:
    """End every session, app password and sign-in link of the account NAME."""
    did(house, lambda identity: identity.revoke_all(name))
    said({"name": name}, f"{name} is signed out everywhere.", as_json=as_json)


@account.command("recover")
@click.argument("name")
@AS_JSON
@click.pass_obj
def recover(house: House, name: str, as_json: bool) -> None:
    """Print a link by which NAME chooses a new password within 24 hours."""
    link = house.address(house.run(lambda database: sign_in_link(database, name)))
    said({"link": link}, link, as_json=as_json)


@account.command("role")
@click.argument("name")
@click.argument("role", type=_ROLES)
@AS_JSON
@click.pass_obj
def set_role(house: House, name: str, role: str, as_json: bool) -> None:
    """Give the account NAME a role on the server."""
    did(house, lambda identity: identity.set_server_role(None, name, ServerRole(role)))
    said({"name": name, "role": role}, f"{name}: {role}", as_json=as_json)


@account.command("mark")
@click.argument("name")
@click.argument("mark", type=_MARKS)
@click.option("--off", is_flag=True, help="Take the mark away.")
@AS_JSON
@click.pass_obj
def set_mark(house: House, name: str, mark: str, off: bool, as_json: bool) -> None:
    """Mark the account NAME as permanent or suspicious."""
    did(house, lambda identity: identity.set_mark(None, name, Mark(mark), on=not off))
    state = "is not" if off else "is"
    said({"name": name, "mark": mark, "on": not off}, f"{name} {state} {mark}.", as_json=as_json)


@account.command("remove")
@click.argument("name")
@click.confirmation_option(prompt="This cannot be undone. Remove the account?")
@AS_JSON
@click.pass_obj
def remove(house: House, name: str, as_json: bool) -> None:
    """Remove the account NAME for good; nobody can take the name again."""
    did(house, lambda identity: identity.remove_account(name))
    said({"name": name, "state": "gone"}, f"{name} is removed.", as_json=as_json)


@click.group("request")
def request() -> None:
    """People who ask for an account: list them, let them in, decline."""


@request.command("list")
@AS_JSON
@click.pass_obj
def list_requests(house: House, as_json: bool) -> None:
    """Print who waits, with number, name and what they say."""
    found = did(house, lambda identity: identity.requests_waiting())
    if as_json:
        rows = [{"id": one.id, "name": one.name, "text": one.body} for one in found]
        click.echo(json.dumps(rows))
        return
    for one in found:
        click.echo(_line(one))


@request.command("grant")
@click.argument("number", type=click.IntRange(1))
@click.option("--answer", default="", help="What the person reads.")
@AS_JSON
@click.pass_obj
def grant(house: House, number: int, answer: str, as_json: bool) -> None:
    """Let somebody in."""
    number_id = RequestId(number)
    did(house, lambda identity: identity.decide(None, number_id, grant=True, answer=answer))
    said({"id": number, "state": "granted"}, f"{number} is let in.", as_json=as_json)


@request.command("decline")
@click.argument("number", type=click.IntRange(1))
@click.option("--answer", default="", help="What the person reads.")
@AS_JSON
@click.pass_obj
def decline(house: House, number: int, answer: str, as_json: bool) -> None:
    """Decline somebody; their name is free again."""
    number_id = RequestId(number)
    did(house, lambda identity: identity.decide(None, number_id, grant=False, answer=answer))
    said({"id": number, "state": "declined"}, f"{number} is declined.", as_json=as_json)


def _line(one: Waiting) -> str:
    return f"{one.id:>6}  {one.name}  {' '.join(one.body.split())}"
