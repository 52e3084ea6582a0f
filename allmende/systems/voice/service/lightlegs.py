"""Legs of the light page: who is in a room by a browser without video. Memory only."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final, Protocol

from allmende.core.accounts import Caller
from allmende.core.ids import MessageId, RoomId
from allmende.core.ports.audio import LegFlags, Session
from allmende.core.ports.calls import Seat
from allmende.core.ports.room_chat import ChatLine

NO_SESSION: Final = Session(0)


class PageOutlet(Protocol):
    """The live connection of a page. Nothing here waits."""

    def put(self, kind: str, facts: Mapping[str, object]) -> None:
        """Tell the page something that happened."""
        ...

    def line(self, line: ChatLine, *, mine: bool) -> None:
        """Show a message of the room's chat."""
        ...

    def end(self) -> None:
        """Close once what was told is out."""
        ...


@dataclass(slots=True)
class LightLeg:
    """One page inside a call. ``gone_since_s``: without a live connection since then."""

    room_id: RoomId
    seat: Seat
    who: Caller
    gone_since_s: float | None
    session: Session = NO_SESSION
    flags: LegFlags = field(default_factory=LegFlags)
    outlet: PageOutlet | None = None
    told: object = None
    """The roster as the page knows it."""

    written: set[MessageId] = field(default_factory=set)

    def tell(self, kind: str, **facts: object) -> None:
        """Tell its page, if it is connected."""
        if self.outlet is not None:
            self.outlet.put(kind, facts)


class LightLegs:
    """By room and identity."""

    def __init__(self) -> None:
        self._legs: dict[tuple[RoomId, str], LightLeg] = {}

    def __iter__(self) -> Iterator[LightLeg]:
        return iter(tuple(self._legs.values()))

    def __len__(self) -> int:
        return len(self._legs)

    def __contains__(self, key: tuple[RoomId, str]) -> bool:
        return key in self._legs

    def add(self, leg: LightLeg) -> None:
        """Remember a leg."""
        self._legs[leg.room_id, leg.seat.identity] = leg

    def drop(self, leg: LightLeg) -> None:
        """Forget a leg."""
        if self._legs.get((leg.room_id, leg.seat.identity)) is leg:
            del self._legs[leg.room_id, leg.seat.identity]

    def find(self, room_id: RoomId, identity: str) -> LightLeg | None:
        """Return who takes part under ``identity``."""
        return self._legs.get((room_id, identity))

    def of_session(self, session: Session) -> LightLeg | None:
        """Return the leg with this number."""
        return next((leg for leg in self._legs.values() if leg.session == session), None)

    def in_room(self, room_id: RoomId) -> list[LightLeg]:
        """Return the legs inside a room."""
        return [leg for leg in self._legs.values() if leg.room_id == room_id]

    def rooms(self) -> set[RoomId]:
        """Return the rooms that have such legs."""
        return {room_id for room_id, _ in self._legs}
