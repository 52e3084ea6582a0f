"""``allmende voice``: what the operator may know of Mumble clients. `check` is the house's own."""

import json
from collections.abc import Awaitable, Callable
from typing import Protocol, TypeVar

import click

from allmende.storage.database import Database
from allmende.systems.voice.service import counting

T = TypeVar("T")


class House(Protocol):
    """What the command line hands to its groups as ``obj``."""

    def run(self, work: Callable[[Database], Awaitable[T]]) -> T:
        """Open the database, also beside a running server, and do ``work`` with it."""
        ...


@click.group("voice")
def voice() -> None:
    """See how many people are in rooms by Mumble, and whether Mumble clients get in."""


@voice.command("who")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.pass_obj
def who(house: House, as_json: bool) -> None:
    """Print the number of each room and how many Mumble clients are in it, no names."""
    found = house.run(counting.people_by_room)
    if as_json:
        click.echo(json.dumps([{"room": room_id, "people": people} for room_id, people in found]))
        return
    for room_id, people in found:
        click.echo(f"{room_id:>8}  {people:>5}")
