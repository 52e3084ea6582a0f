"""Servers in memory that know where the others are."""

import asyncio
from collections.abc import AsyncGenerator, Callable, Coroutine, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from cryptography import x509

from allmende.protocols.xmpp.names import CLIENT
from allmende.protocols.xmpp.stanza import Stanza
from allmende.systems.chat.wire.servers import budget
from allmende.systems.chat.wire.servers.around import Around, Incoming, ServerLine, Times
from allmende.systems.chat.wire.servers.policy import Federation, Policy
from allmende.systems.chat.wire.servers.problems import Reason, Unreachable
from allmende.systems.chat.wire.servers.servers import Servers
from allmende.systems.chat.wire.servers.state import States
from allmende.transports.tasks import crew
from allmende.transports.trust import Doubt
from allmende.transports.ways import self_signed

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)
QUICK = Times(first_pause_s=0.001, longest_pause_s=0.002, give_up_s=0.05, negotiation_s=10)


def certificate(*names: str) -> bytes:
    hosts = [x509.DNSName(name) for name in names]
    return self_signed(names[0], x509.SubjectAlternativeName(hosts)).der


class End:
    """One end of a connection in memory; ``shown``: what the other end shows."""

    def __init__(self, shown: bytes) -> None:
        self.secure = False
        self.source_key = "key"
        self.closed = self.known = False
        self.said: list[bytes] = []
        self.other: End | None = None
        self._shown = shown
        self._heard: asyncio.Queue[bytes] = asyncio.Queue()

    @property
    def chain(self) -> Sequence[bytes]:
        return [self._shown] if self.secure and self._shown else []

    @property
    def has_unread(self) -> bool:
        return not self._heard.empty()

    def bindings(self) -> Mapping[str, bytes]:
        return {}

    async def read(self) -> bytes:
        if self.closed and self._heard.empty():
            return b""
        return await self._heard.get()

    def write(self, data: bytes) -> None:
        if not self.closed:
            self.said.append(data)
            if self.other is not None:
                self.other.hear(data)

    def hear(self, data: bytes) -> None:
        self._heard.put_nowait(data)

    def start_tls(self) -> None:
        self.secure = True

    def signed_in(self) -> None:
        self.known = True

    def close(self) -> None:
        """Both ends are over; what was said before is still heard there."""
        if not self.closed:
            self.closed = True
            self.hear(b"")
            if self.other is not None:
                self.other.lose()

    def lose(self) -> None:
        self.closed = True
        self.hear(b"")


@dataclass
class House:
    """One server. ``shows``: its certificate; ``doubted``: what it thinks of others'."""

    town: "Town"
    policy: Policy
    shows: bytes
    doubted: dict[bytes, Doubt] = field(default_factory=dict)
    got: list[Incoming] = field(default_factory=list)
    times: Times = QUICK
    late: bool = False
    broken: int = 0

    def __post_init__(self) -> None:
        self.states = States()
        self.around = Around(
            policy=self.policy,
            reach=self,
            trust=self,
            states=self.states,
            calls=budget.calls(asyncio.get_running_loop().time),
            take=self.take,
            secret=self.shows,
            language="de",
            now=lambda: NOON,
            times=self.times,
        )
        self.servers = Servers(self.around, self.town.start)

    def doubt(self, chain: Sequence[bytes], now: datetime) -> Doubt:
        return self.doubted.get(chain[0], Doubt.NONE) if chain else Doubt.MISSING

    async def lines(self, own: str, other: str) -> AsyncGenerator[ServerLine, None]:
        self.town.called.append(f"{own} {other}")
        if self.broken:
            self.broken -= 1
            raise RuntimeError("broken on purpose")
        house = self.town.houses.get(other)
        if house is None:
            raise Unreachable(self.town.missing)
        near, far = End(house.shows), End(self.shows)
        near.other, far.other = far, near
        self.town.ends += [near, far]
        self.town.start(house.servers.serve(far))
        yield near

    async def take(self, incoming: Incoming) -> None:
        self.got.append(incoming)
        if not self.late:
            incoming.done()

    def send(self, to: str, sender: str, id_: str = "1", kind: str = "message") -> None:
        attributes = {"from": sender, "to": to, "id": id_}
        self.servers.take(Stanza(kind, CLIENT, attributes))

    def heard(self) -> list[str]:
        """Return what came: from, id and type of each."""
        return [f"{one.sender} {one.stanza.id} {one.stanza.type}".strip() for one in self.got]


@dataclass
class Town:
    """Who is where. ``missing``: what is said of a domain that is nowhere."""

    start: Callable[[Coroutine[Any, Any, None]], object]
    houses: dict[str, House] = field(default_factory=dict)
    ends: list[End] = field(default_factory=list)
    called: list[str] = field(default_factory=list)
    missing: Reason = Reason.NO_NAME

    def house(self, *domains: str, dialback: bool = False, **more: Any) -> House:
        policy = Policy(domains=frozenset(domains), federation=Federation.OPEN, dialback=dialback)
        built = House(self, more.pop("policy", policy), certificate(*domains), **more)
        self.houses.update(dict.fromkeys(domains, built))
        return built


def told(story: Callable[[Town], Coroutine[Any, Any, None]]) -> None:
    async def run() -> None:
        async with asyncio.timeout(20), crew() as tasks:
            await story(Town(tasks.start))

    asyncio.run(run())


async def until(holds: Callable[[], bool]) -> None:
    async with asyncio.timeout(10):
        for _ in iter(holds, True):
            await asyncio.sleep(0.0005)
