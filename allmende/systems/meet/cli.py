"""``allmende meet``: what the operator may know of calls, and how to end one."""

import json
from collections.abc import Awaitable, Callable
from typing import Protocol, TypeVar

import click

from allmende.core.clock import SystemClock
from allmende.identity.cli import AS_JSON, said
from allmende.storage.database import Database
from allmende.systems.meet.service import operating

T = TypeVar("T")


class House(Protocol):
    """What the command line hands to its groups as ``obj``."""

    def run(self, work: Callable[[Database], Awaitable[T]]) -> T:
        """Open the database, also beside a running server, and do ``work`` with it."""
        ...


@click.group("meet")
def meet() -> None:
    """See how many people are in calls, end a call."""


@meet.command("who")
@AS_JSON
@click.pass_obj
def who(house: House, as_json: bool) -> None:
    """Print the number of each room with a call and how many people are in it, no names."""
    found = house.run(operating.people_by_room)
    if as_json:
        click.echo(json.dumps([{"room": room_id, "people": people} for room_id, people in found]))
        return
    for room_id, people in found:
        click.echo(f"{room_id:>8}  {people:>5}")


@meet.command("end")
@click.argument("room")
@AS_JSON
@click.pass_obj
def end(house: House, room: str, as_json: bool) -> None:
    """End the call in ROOM (the last part of /r/ROOM) for everybody within 2 seconds."""
    house.run(lambda database: operating.ask_to_end(database, SystemClock(), room))
    said({"room": room}, f"The call in {room} ends.", as_json=as_json)
