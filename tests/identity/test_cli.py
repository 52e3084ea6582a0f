"""What the operator types, against an opened database."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar

import click
import pytest
from click.testing import CliRunner

from allmende.core.errors import NotFound
from allmende.identity import cli
from allmende.storage.database import Database
from tests.identity.town import GOOD, Town

T = TypeVar("T")


class FakeHouse:
    """The part of the command line that groups are handed."""

    def __init__(self, database: Database) -> None:
        self.database = database

    def run(self, work: Callable[[Database], Awaitable[T]]) -> T:
        async def worked() -> T:
            return await work(self.database)

        return asyncio.run(worked())

    def address(self, path: str) -> str:
        return f"https://example.org{path}"


def typed(town: Town, command: click.Command, *words: str) -> str:
    done = CliRunner().invoke(command, list(words), obj=FakeHouse(town.database))
    if done.exception is not None:
        raise done.exception
    return done.output


def test_invite_prints_a_link_that_makes_an_operator(town: Town) -> None:
    address = typed(town, cli.invite).strip()
    code = address.removeprefix("https://example.org/i/")
    asyncio.run(town.identity.accept_invite(code, "mara", GOOD))
    assert typed(town, cli.account, "list") == "mara\n"


def test_the_first_invite_is_given_once(town: Town) -> None:
    assert asyncio.run(cli.first_invite(town.database))
    assert asyncio.run(cli.first_invite(town.database)) is None


def test_reset_prints_a_link_to_choose_a_password(town: Town) -> None:
    town.person("mara")
    address = typed(town, cli.account, "reset", "mara").strip()
    token = address.removeprefix("https://example.org/signin/")
    assert town.run(town.identity.reset_of(token)).name == "mara"
    with pytest.raises(NotFound):
        typed(town, cli.account, "reset", "nobody")


def test_remove_takes_an_account_away(town: Town) -> None:
    town.person("mara")
    assert "mara is removed" in typed(town, cli.account, "remove", "mara", "--yes")
    assert typed(town, cli.account, "list") == ""
