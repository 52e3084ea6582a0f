"""The agenda: items in an order, at most one of which runs, and how long each has taken.

``step(agenda, event, when)`` is the whole rule: the same events give the same agenda. Nothing
in here knows a clock; whoever asks brings the moment. Time is measured in ``Moment.ms``; where
that goes back (a restart with another clock), it counts as standing still.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Any, Final

from allmende.core.errors import Conflict, InvalidInput, NotFound, QuotaExceeded
from allmende.core.ids import ItemId
from allmende.systems.plenum.model.moment import Moment
from allmende.systems.plenum.model.texts import (
    MAX_PRESENTER_CHARS,
    clean_line,
    clean_note,
    clean_title,
)

MAX_ITEMS: Final = 100
MAX_MINUTES: Final = 240


class ItemKind(StrEnum):
    """What an item is for."""

    INFO = "info"
    DISCUSSION = "discussion"
    DECISION = "decision"
    BREAK = "break"


class ItemState(StrEnum):
    """Where an item is. ``parked``: set aside for another assembly."""

    WAITING = "waiting"
    RUNNING = "running"
    DONE = "done"
    PARKED = "parked"


@dataclass(frozen=True, slots=True, kw_only=True)
class NewItem:
    """An item as somebody wrote it. Make it with ``new_item``."""

    title: str
    kind: ItemKind = ItemKind.DISCUSSION
    minutes: int = 10
    presenter: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True)
class Item:
    """One row of ``plenum_item`` but for its place. ``id`` counts up in its assembly.

    ``elapsed_ms`` is what has passed until ``since_ms``, the moment since which it counts on
    (None: it does not count now). ``starts``: how often it was begun.
    """

    id: ItemId
    title: str
    kind: ItemKind
    minutes: int
    presenter: str = ""
    note: str = ""
    state: ItemState = ItemState.WAITING
    elapsed_ms: int = 0
    since_ms: int | None = None
    started_at: datetime | None = None
    ended_at: datetime | None = None
    starts: int = 0

    def elapsed(self, ms: int) -> int:
        """Return how long it has run at a moment, pauses left out."""
        return self.elapsed_ms + (0 if self.since_ms is None else max(0, ms - self.since_ms))

    def left(self, ms: int) -> int:
        """Return the milliseconds that are planned and not used."""
        return max(0, self.minutes * 60_000 - self.elapsed(ms))


@dataclass(frozen=True, slots=True)
class Agenda:
    """The items in their order. ``next_no`` is the number of the next one."""

    items: tuple[Item, ...] = ()
    next_no: int = 1

    def running(self) -> Item | None:
        """Return the item that runs, if one does."""
        return next((item for item in self.items if item.state is ItemState.RUNNING), None)

    def item(self, item_id: ItemId) -> Item:
        """Return one item. Raises NotFound ``plenum.no-such-item``."""
        return self.items[self.place(item_id)]

    def place(self, item_id: ItemId) -> int:
        """Return where an item stands, from 0. Raises NotFound ``plenum.no-such-item``."""
        for place, item in enumerate(self.items):
            if item.id == item_id:
                return place
        raise NotFound("plenum.no-such-item")

    def parked(self) -> tuple[Item, ...]:
        """Return what was set aside."""
        return tuple(item for item in self.items if item.state is ItemState.PARKED)

    def left_ms(self, ms: int) -> int:
        """Return how long everything that is not over will take as planned."""
        open_states = (ItemState.RUNNING, ItemState.WAITING)
        return sum(item.left(ms) for item in self.items if item.state in open_states)


@dataclass(frozen=True, slots=True)
class Add:
    """Put items at the end."""

    items: Sequence[NewItem]


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """Change what is not None."""

    item: ItemId
    title: str | None = None
    kind: ItemKind | None = None
    minutes: int | None = None
    presenter: str | None = None
    note: str | None = None


@dataclass(frozen=True, slots=True)
class Move:
    """One place earlier (-1) or later (1)."""

    item: ItemId
    by: int


@dataclass(frozen=True, slots=True)
class Remove:
    """Take an item off that was never begun."""

    item: ItemId


@dataclass(frozen=True, slots=True)
class Begin:
    """Let an item run; the one that runs ends. Also one that was parked or done."""

    item: ItemId


@dataclass(frozen=True, slots=True)
class Next:
    """End what runs and begin what comes.

    ``seen``: ``after`` is what the asker saw running (None: nothing). If it is not so any more
    somebody else was faster, and nothing happens.
    """

    after: ItemId | None = None
    seen: bool = False


@dataclass(frozen=True, slots=True)
class End:
    """End what runs, or ``item`` if that is it."""

    item: ItemId | None = None


@dataclass(frozen=True, slots=True)
class Extend:
    """Give an item more minutes."""

    item: ItemId
    minutes: int


@dataclass(frozen=True, slots=True)
class Park:
    """Set an item aside."""

    item: ItemId


_CHANGEABLE: Final = ("title", "kind", "minutes", "presenter", "note")
AgendaEvent = Add | Change | Move | Remove | Begin | Next | End | Extend | Park


@dataclass(frozen=True, slots=True)
class Began:
    """An item runs now. ``place`` counts from 1."""

    item: Item
    place: int


@dataclass(frozen=True, slots=True)
class Over:
    """An item does not run any more."""

    item: Item


@dataclass(frozen=True, slots=True)
class Edited:
    """The agenda is another one."""


AgendaHappening = Began | Over | Edited
Stepped = tuple[Agenda, tuple[AgendaHappening, ...]]


def new_item(
    title: str,
    kind: str = ItemKind.DISCUSSION,
    minutes: int = 10,
    presenter: str = "",
    note: str = "",
) -> NewItem:
    """Return an item that may be added. Raises InvalidInput with the ``field``."""
    return NewItem(
        title=clean_title(title),
        kind=item_kind(kind),
        minutes=planned_minutes(minutes),
        presenter=clean_line(presenter, "presenter", MAX_PRESENTER_CHARS),
        note=clean_note(note),
    )


def item_kind(word: str) -> ItemKind:
    """Return the kind of that name. Raises InvalidInput ``plenum.no-such-kind``."""
    if word not in set(ItemKind):
        raise InvalidInput("plenum.no-such-kind", field="kind")
    return ItemKind(word)


def planned_minutes(minutes: int) -> int:
    """Return it if it can be planned. Raises InvalidInput ``plenum.minutes-refused``."""
    if not 1 <= minutes <= MAX_MINUTES:
        raise InvalidInput("plenum.minutes-refused", field="minutes", limit=MAX_MINUTES)
    return minutes


def step(agenda: Agenda, event: AgendaEvent, when: Moment) -> Stepped:
    """Return the agenda after ``event`` and what happened; nothing if it was so already.

    Raises NotFound ``plenum.no-such-item``, Conflict, InvalidInput, and QuotaExceeded
    ``plenum.too-many-items``.
    """
    return _STEPS[type(event)](agenda, event, when)


def paused(agenda: Agenda, when: Moment) -> Agenda:
    """Stop the time of what runs."""
    item = agenda.running()
    return agenda if item is None else _with(agenda, _stopped(item, when))


def resumed(agenda: Agenda, when: Moment) -> Agenda:
    """Let the time of what runs go on."""
    item = agenda.running()
    return agenda if item is None else _with(agenda, replace(item, since_ms=when.ms))


def _add(agenda: Agenda, event: Add, _: Moment) -> Stepped:
    if len(agenda.items) + len(event.items) > MAX_ITEMS:
        raise QuotaExceeded("plenum.too-many-items", field="agenda", limit=MAX_ITEMS)
    added = tuple(
        Item(ItemId(number), new.title, new.kind, new.minutes, new.presenter, new.note)
        for number, new in enumerate(event.items, start=agenda.next_no)
    )
    if not added:
        return agenda, ()
    return Agenda((*agenda.items, *added), agenda.next_no + len(added)), (Edited(),)


def _change(agenda: Agenda, event: Change, _: Moment) -> Stepped:
    item = agenda.item(event.item)
    wanted = {name: getattr(event, name) for name in _CHANGEABLE}
    changed = replace(item, **{name: new for name, new in wanted.items() if new is not None})
    return _edited(agenda, changed)


def _move(agenda: Agenda, event: Move, _: Moment) -> Stepped:
    if event.by not in (-1, 1):
        raise InvalidInput("plenum.move-refused", field="by")
    place = agenda.place(event.item)
    other = place + event.by
    if not 0 <= other < len(agenda.items):
        return agenda, ()
    items = list(agenda.items)
    items[place], items[other] = items[other], items[place]
    return replace(agenda, items=tuple(items)), (Edited(),)


def _remove(agenda: Agenda, event: Remove, _: Moment) -> Stepped:
    item = agenda.item(event.item)
    if item.starts:
        raise Conflict("plenum.item-was-begun")
    items = tuple(one for one in agenda.items if one.id != item.id)
    return replace(agenda, items=items), (Edited(),)


def _begin(agenda: Agenda, event: Begin, when: Moment) -> Stepped:
    if agenda.item(event.item).state is ItemState.RUNNING:
        return agenda, ()
    agenda, over = _end(agenda, End(), when)
    item = agenda.item(event.item)
    begun = replace(
        item,
        state=ItemState.RUNNING,
        since_ms=when.ms,
        started_at=when.at,
        ended_at=None,
        starts=item.starts + 1,
    )
    return _with(agenda, begun), (*over, Began(begun, agenda.place(item.id) + 1))


def _next(agenda: Agenda, event: Next, when: Moment) -> Stepped:
    current = agenda.running()
    if event.seen and event.after != (None if current is None else current.id):
        return agenda, ()
    coming = _coming(agenda, current)
    if coming is not None:
        return _begin(agenda, Begin(coming.id), when)
    if current is None:
        raise Conflict("plenum.nothing-left")
    return _end(agenda, End(), when)


def _coming(agenda: Agenda, current: Item | None) -> Item | None:
    """Return the first that waits below the current one, else the first that waits."""
    place = -1 if current is None else agenda.place(current.id)
    in_turn = (*agenda.items[place + 1 :], *agenda.items[: place + 1])
    return next((item for item in in_turn if item.state is ItemState.WAITING), None)


def _end(agenda: Agenda, event: End, when: Moment) -> Stepped:
    item = agenda.running()
    if item is None or (event.item is not None and event.item != item.id):
        return agenda, ()
    over = replace(_stopped(item, when), state=ItemState.DONE, ended_at=when.at)
    return _with(agenda, over), (Over(over),)


def _extend(agenda: Agenda, event: Extend, _: Moment) -> Stepped:
    item = agenda.item(event.item)
    if item.state is ItemState.DONE:
        raise Conflict("plenum.item-is-over")
    more = planned_minutes(event.minutes)
    return _edited(agenda, replace(item, minutes=planned_minutes(item.minutes + more)))


def _park(agenda: Agenda, event: Park, when: Moment) -> Stepped:
    item = agenda.item(event.item)
    if item.state is ItemState.PARKED:
        return agenda, ()
    if item.state is ItemState.DONE:
        raise Conflict("plenum.item-is-over")
    set_aside = replace(_stopped(item, when), state=ItemState.PARKED, ended_at=when.at)
    happened: tuple[AgendaHappening, ...] = (Edited(),)
    if item.state is ItemState.RUNNING:
        happened = (Over(set_aside),)
    return _with(agenda, set_aside), happened


def _stopped(item: Item, when: Moment) -> Item:
    return replace(item, elapsed_ms=item.elapsed(when.ms), since_ms=None)


def _edited(agenda: Agenda, changed: Item) -> Stepped:
    if agenda.item(changed.id) == changed:
        return agenda, ()
    return _with(agenda, changed), (Edited(),)


def _with(agenda: Agenda, changed: Item) -> Agenda:
    items = tuple(changed if item.id == changed.id else item for item in agenda.items)
    return replace(agenda, items=items)


_STEPS: Final[Mapping[type[Any], Callable[[Agenda, Any, Moment], Stepped]]] = {
    Add: _add,
    Change: _change,
    Move: _move,
    Remove: _remove,
    Begin: _begin,
    Next: _next,
    End: _end,
    Extend: _extend,
    Park: _park,
}
