"""A light page without a browser: what it was told, and how it comes in."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from allmende.core.accounts import Caller
from allmende.core.ids import RoomId
from allmende.core.ports.room_chat import ChatLine
from allmende.systems.voice.service.lightpages import LightKnock, LightSeat, LightWish
from tests.systems.voice.harbour import Harbour


@dataclass
class FakePage:
    """Remembers what it is told, by kind."""

    told: list[tuple[str, Mapping[str, object]]] = field(default_factory=list)
    lines: list[tuple[str, bool]] = field(default_factory=list)
    ended: bool = False

    def put(self, kind: str, facts: Mapping[str, object]) -> None:
        self.told.append((kind, dict(facts)))

    def line(self, line: ChatLine, *, mine: bool) -> None:
        self.lines.append((line.text, mine))

    def end(self) -> None:
        self.ended = True

    def of(self, kind: str) -> list[Mapping[str, object]]:
        return [facts for name, facts in self.told if name == kind]


async def enter(harbour: Harbour, who: Caller, room: RoomId, name: str = "Mel") -> LightSeat:
    """Come in by an offer, without a live connection yet."""
    seat = await harbour.voice.light.enter(who, room, LightWish(offer="offer", name=name))
    assert isinstance(seat, LightSeat)
    return seat


async def come(
    harbour: Harbour, who: Caller, room: RoomId, name: str = "Mel"
) -> tuple[LightSeat, FakePage]:
    """Come in, and connect."""
    seat, page = await enter(harbour, who, room, name), FakePage()
    await harbour.voice.light.connect(seat.leg.who, room, seat.leg.seat.identity, page)
    return seat, page


async def knock(harbour: Harbour, who: Caller, room: RoomId, name: str = "Mel") -> LightKnock:
    """Come before a door."""
    found = await harbour.voice.light.enter(who, room, LightWish(offer="offer", name=name))
    assert isinstance(found, LightKnock)
    return found
