"""What a system hands to the composition root."""

from collections.abc import Awaitable, Callable, Coroutine, Sequence
from dataclasses import dataclass
from typing import Any

from allmende.core.accounts import Caller, Scope
from allmende.core.events import Fact, Signal
from allmende.core.permissions import Permission


@dataclass(frozen=True, slots=True, kw_only=True)
class LiveView:
    """How one kind of fact or signal is shown on live pages of a room.

    ``event`` has a field ``room_id``. ``permission`` is asked for each receiver, on opening
    and again when rights change. ``show`` gives a value for JSON, or None: not for this one.
    ``scope``: a program sees it whose app password opens that; None: no program does.
    """

    event: type[Fact] | type[Signal]
    name: str
    permission: Permission
    show: Callable[[Caller, Any], Awaitable[object | None]]
    scope: Scope | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """Work that happens by itself, every ``every_s`` seconds and once soon after the start."""

    name: str
    every_s: float
    run: Callable[[], Awaitable[None]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """A system put together: ``build`` of its ``system.py`` returns one.

    ``routes`` are Starlette routes; ``facts`` is every Fact the system records; ``tasks`` run
    from start to stop and end by cancellation.
    """

    name: str
    facts: Sequence[type[Fact]] = ()
    routes: Sequence[Any] = ()
    live: Sequence[LiveView] = ()
    jobs: Sequence[Job] = ()
    tasks: Sequence[Callable[[], Coroutine[Any, Any, None]]] = ()
