"""What may be asked for by name, in JSON and by the forms of the page alike."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

import msgspec

from allmende.core.accounts import Caller
from allmende.core.ids import ItemId, RoomId
from allmende.systems.plenum.model.agenda import (
    MAX_MINUTES,
    Add,
    Begin,
    Change,
    End,
    Extend,
    Move,
    Next,
    Park,
    Remove,
    new_item,
)
from allmende.systems.plenum.model.assembly import (
    Close,
    Event,
    Language,
    Pause,
    Reopen,
    Resume,
    Start,
)
from allmende.systems.plenum.model.listing import read_listing
from allmende.systems.plenum.service import PlenumService, Snapshot


class Nothing(msgspec.Struct, forbid_unknown_fields=True):
    """Commands that need nothing besides."""


class Hold(msgspec.Struct, forbid_unknown_fields=True):
    """An assembly: an empty title is that of the room; the agenda is a list."""

    title: str = ""
    agenda: str = ""


class ItemBody(msgspec.Struct, forbid_unknown_fields=True):
    """A new item."""

    title: str
    minutes: int = 10
    kind: str = "discussion"
    presenter: str = ""
    note: str = ""


class ChangeBody(msgspec.Struct, forbid_unknown_fields=True):
    """An item, changed; what is not given stays."""

    item: int
    title: str | msgspec.UnsetType = msgspec.UNSET
    minutes: int | msgspec.UnsetType = msgspec.UNSET
    kind: str | msgspec.UnsetType = msgspec.UNSET
    presenter: str | msgspec.UnsetType = msgspec.UNSET
    note: str | msgspec.UnsetType = msgspec.UNSET


class One(msgspec.Struct, forbid_unknown_fields=True):
    """One item."""

    item: int


class Moved(msgspec.Struct, forbid_unknown_fields=True):
    """One item, one place earlier (-1) or later (1)."""

    item: int
    by: int


class Listing(msgspec.Struct, forbid_unknown_fields=True):
    """Items as a list."""

    agenda: str


class After(msgspec.Struct, forbid_unknown_fields=True):
    """What was seen running, null for nothing; left out: whatever runs."""

    after: int | msgspec.UnsetType | None = msgspec.UNSET


class Ended(msgspec.Struct, forbid_unknown_fields=True):
    """What was seen running; left out: whatever runs."""

    item: int | None = None


class Extended(msgspec.Struct, forbid_unknown_fields=True):
    """One item and how many minutes more."""

    item: int
    minutes: int


@dataclass(frozen=True, slots=True)
class Asked:
    """Who asks for a command, where, and in which language minutes would be begun."""

    who: Caller
    room_id: RoomId
    language: Language


Step = Callable[[PlenumService, Asked, Any], Awaitable[Snapshot]]


@dataclass(frozen=True, slots=True)
class Command:
    """What the body of a command is, and which method of the service it means."""

    body: type[msgspec.Struct]
    step: Step


def _open(plenum: PlenumService, asked: Asked, body: Hold) -> Awaitable[Snapshot]:
    return plenum.open(asked.who, asked.room_id, body.title, body.agenda, asked.language)


def _plan(plenum: PlenumService, asked: Asked, body: Hold) -> Awaitable[Snapshot]:
    return plenum.plan(asked.who, asked.room_id, body.title, body.agenda, asked.language)


def _act(make: Callable[[Any], Event]) -> Step:
    """Make the event of the body, which refuses what is not well formed, and let it happen."""

    async def step(plenum: PlenumService, asked: Asked, body: Any) -> Snapshot:
        return await plenum.act(asked.who, asked.room_id, make(body))

    return step


def _add(body: ItemBody) -> Event:
    return Add([new_item(body.title, body.kind, body.minutes, body.presenter, body.note)])


def _change(body: ChangeBody) -> Event:
    """Clean what is given as that of a new item would be."""
    given = {
        name: value
        for name, value in msgspec.structs.asdict(body).items()
        if name != "item" and value is not msgspec.UNSET
    }
    clean = new_item(**{"title": "-", **given})
    return Change(item=ItemId(body.item), **{name: getattr(clean, name) for name in given})


def _next(body: After) -> Event:
    if isinstance(body.after, msgspec.UnsetType):
        return Next()
    return Next(None if body.after is None else ItemId(body.after), seen=True)


COMMANDS: Final[Mapping[str, Command]] = {
    "open": Command(Hold, _open),
    "plan": Command(Hold, _plan),
    "start": Command(Nothing, _act(lambda _: Start())),
    "pause": Command(Nothing, _act(lambda _: Pause())),
    "resume": Command(Nothing, _act(lambda _: Resume())),
    "close": Command(Nothing, _act(lambda _: Close())),
    "reopen": Command(Nothing, _act(lambda _: Reopen())),
    "add": Command(ItemBody, _act(_add)),
    "change": Command(ChangeBody, _act(_change)),
    "move": Command(Moved, _act(lambda body: Move(ItemId(body.item), body.by))),
    "remove": Command(One, _act(lambda body: Remove(ItemId(body.item)))),
    "import": Command(Listing, _act(lambda body: Add(read_listing(body.agenda)))),
    "begin": Command(One, _act(lambda body: Begin(ItemId(body.item)))),
    "next": Command(After, _act(_next)),
    "end": Command(Ended, _act(lambda body: End(None if body.item is None else ItemId(body.item)))),
    "extend": Command(
        Extended, _act(lambda body: Extend(ItemId(body.item), min(body.minutes, MAX_MINUTES + 1)))
    ),
    "park": Command(One, _act(lambda body: Park(ItemId(body.item)))),
}
