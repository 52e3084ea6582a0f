"""What the operator types, against an opened database."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from typing import TypeVar

import click
import pytest
from click.testing import CliRunner

from allmende.core.accounts import ServerRole
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


def test_invite_prints_a_link_and_six_words_that_make_an_operator(town: Town) -> None:
    address, words = typed(town, cli.invite, "--language", "de").splitlines()
    code = address.removeprefix("https://example.org/i/")
    assert town.run(town.identity.invite(words)).server_role is ServerRole.OPERATOR
    asyncio.run(town.identity.accept_invite(code, "mara", GOOD))
    assert typed(town, cli.account, "list") == "mara\n"


def test_invite_gives_another_role_too(town: Town) -> None:
    said = json.loads(typed(town, cli.invite, "--role", "moderator", "--json"))
    code = said["link"].removeprefix("https://example.org/i/")
    assert town.run(town.identity.invite(code)).server_role is ServerRole.MODERATOR


def test_the_first_invite_is_given_once(town: Town) -> None:
    assert asyncio.run(cli.first_invite(town.database))
    assert asyncio.run(cli.first_invite(town.database)) is None


def test_recover_prints_a_link_to_choose_a_password(town: Town) -> None:
    town.person("mara")
    address = typed(town, cli.account, "recover", "mara").strip()
    token = address.removeprefix("https://example.org/signin/")
    assert town.run(town.identity.reset_of(token)).name == "mara"
    with pytest.raises(NotFound):
        typed(town, cli.account, "recover", "nobody")


def test_add_makes_an_account_and_prints_a_link_to_choose_a_password(town: Town) -> None:
    said = json.loads(typed(town, cli.account, "add", "mara", "--json"))
    token = said["link"].removeprefix("https://example.org/signin/")
    assert town.run(town.identity.reset_of(token)).name == "mara"


def test_an_account_is_frozen_released_revoked_marked_and_given_a_role(town: Town) -> None:
    town.person("mara")
    for words, state in (
        (("freeze", "mara"), "frozen"),
        (("release", "mara"), "active"),
        (("revoke", "mara"), "active"),
        (("mark", "mara", "permanent"), "active"),
        (("mark", "mara", "suspicious"), "active"),
        (("mark", "mara", "permanent", "--off"), "active"),
    ):
        assert "mara" in typed(town, cli.account, *words)
        assert json.loads(typed(town, cli.account, "list", "--json"))[0]["state"] == state
    (shown,) = json.loads(typed(town, cli.account, "list", "--json"))
    assert (shown["role"], shown["marks"]) == ("operator", ["suspicious"])
    town.person("juno")
    typed(town, cli.account, "role", "mara", "moderator")
    assert json.loads(typed(town, cli.account, "list", "--json"))[1]["role"] == "moderator"


def test_registration_is_shown_and_chosen(town: Town) -> None:
    assert typed(town, cli.registration) == "invite (default)\n"
    assert typed(town, cli.registration, "request") == "request (chosen)\n"
    said = json.loads(typed(town, cli.registration, "--no-vouching", "--json"))
    assert (said["mode"], said["vouching"]) == ("request", False)


def test_requests_are_listed_granted_and_declined(town: Town) -> None:
    typed(town, cli.registration, "request")
    for name in ("kim", "juno"):
        town.run(town.identity.ask_for_account(name, GOOD, "Ich koche\nmit."))
    first, second = (line.split() for line in typed(town, cli.request, "list").splitlines())
    assert first[1:] == ["kim", "Ich", "koche", "mit."]
    typed(town, cli.request, "grant", first[0], "--answer", "Ja")
    typed(town, cli.request, "decline", second[0])
    assert json.loads(typed(town, cli.request, "list", "--json")) == []
    assert town.run(town.identity.account_names()) == ["kim"]


def test_remove_takes_an_account_away(town: Town) -> None:
    town.person("mara")
    assert "mara is removed" in typed(town, cli.account, "remove", "mara", "--yes")
    assert typed(town, cli.account, "list") == ""
