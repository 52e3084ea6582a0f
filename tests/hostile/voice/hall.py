"""People who talk in the room that is attacked. Whatever happens, they hear each other."""

import asyncio
import threading
from collections import Counter
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Final, TypeVar

from allmende.protocols.mumble.framing import Frame
from allmende.protocols.mumble.messages import (
    UDP_TUNNEL,
    Message,
    TextMessage,
    UserRemove,
    UserState,
)
from allmende.protocols.mumble.voice import VoicePacket, parse_legacy, parse_protobuf
from bench.visitor import Place
from bench.voice.client import Native, Way

T = TypeVar("T")

EVERY_S: Final = 0.02
PAYLOAD_BYTES: Final = 60
PATIENCE_S: Final = 15.0
MOST_LOST: Final = 0.005
ON_THE_WAY: Final = 10
_POLL_S: Final = 0.02


@dataclass(frozen=True)
class Street:
    """Where the room is. ``token``: who has it may enter and talk. ``secret``: ada's password."""

    port: int
    room: Place
    title: str
    token: str
    name: str
    secret: str


class Ear(Native):
    """``of``: how many packets it heard of each session; ``last_of``: those that ended a spurt."""

    def __init__(self, name: str, way: Way) -> None:
        super().__init__(name, way)
        self.of: Counter[int] = Counter()
        self.last_of: Counter[int] = Counter()
        self.sound_of: dict[int, list[bytes]] = {}
        self.is_gone = False

    def connection_lost(self, problem: Exception | None) -> None:
        self.is_gone = True
        super().connection_lost(problem)

    def _count(self, packet: object) -> None:
        if isinstance(packet, VoicePacket):
            self.of[packet.session] += 1
            self.last_of[packet.session] += packet.last
            if packet.session in self.sound_of:
                self.sound_of[packet.session].append(packet.opus)

    def _hear(self, plain: bytes, arrived: int) -> None:
        parse = parse_protobuf if self.way.protobuf else parse_legacy
        self._count(parse(plain, from_client=False))
        super()._hear(plain, arrived)

    def _take(self, each: Frame) -> None:
        if each.kind == UDP_TUNNEL:
            self._count(parse_legacy(each.payload, from_client=False))
        super()._take(each)


class Hall:
    """``anna`` (legacy) and ``ben`` (1.5) talk by UDP, ``ada`` facilitates and has only the tunnel.

    Where ada is, guests may enter.
    """

    def __init__(self, street: Street) -> None:
        self._street = street
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever)
        self._thread.start()
        self._sent: Counter[int] = Counter()
        self.people: tuple[Ear, Ear, Ear] = self.run(self._come())
        self.anna, self.ben, self.ada = self.people
        self.said: list[TextMessage] = []
        """Texts that ben got."""
        self.gone: set[int] = set()
        """Sessions that ben was told have left."""
        self.described: set[int] = set()
        """Sessions of whom ben was told that they say something of themselves."""
        self.ben.on_message = self._read
        self._talking = asyncio.run_coroutine_threadsafe(self._talk(), self._loop)
        self._before: dict[Ear, tuple[Counter[int], int]] = {}
        self._sent_before: Counter[int] = Counter()

    async def _come(self) -> tuple[Ear, Ear, Ear]:
        street = self._street
        here = ("127.0.0.1", street.port, street.token)
        ada = await Ear(street.name, Way(*here[:2], street.secret, tunnel=True)).enter()
        channel = next(c for c, shown in ada.channels.items() if shown.name == street.title)
        ada.send(UserState(session=ada.session, channel_id=channel))
        async with asyncio.timeout(PATIENCE_S):
            await _so(lambda: ada.users[ada.session].channel_id == channel)
        anna = await Ear("anna", Way(*here)).enter()
        return anna, await Ear("ben", Way(*here, protobuf=True)).enter(), ada

    def _read(self, message: Message) -> None:
        if isinstance(message, TextMessage) and message.actor is not None:
            self.said.append(message)
        elif isinstance(message, UserRemove):
            self.gone.add(message.session)
        elif isinstance(message, UserState) and message.comment_hash and message.session:
            self.described.add(message.session)

    async def _talk(self) -> None:
        due = self._loop.time()
        while True:
            for talker in self.people[:2]:
                talker.talk(PAYLOAD_BYTES)
                self._sent[talker.session] += 1
            due = max(due + EVERY_S, self._loop.time() - 1)
            await asyncio.sleep(due - self._loop.time())

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        """Do something on the thread of the hall."""
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(PATIENCE_S)

    def ask(self, question: Callable[[], T]) -> T:
        """Look at something on the thread of the hall."""

        async def asked() -> T:
            return question()

        return self.run(asked())

    # --- what is heard --------------------------------------------------------------------------

    def begin(self) -> None:
        """Count from now on."""

        def begin() -> None:
            self._before = {ear: (ear.of.copy(), ear.heard.bad) for ear in self.people}
            self._sent_before = self._sent.copy()

        self.ask(begin)

    def _lost(self) -> dict[str, tuple[int, int]]:
        """Of each pair: how many were said, and how many heard."""
        found = {}
        for ear in self.people:
            for talker in self.people[:2]:
                if talker is not ear:
                    said = self._sent[talker.session] - self._sent_before[talker.session]
                    heard = ear.of[talker.session] - self._before[ear][0][talker.session]
                    found[f"{ear.name} of {talker.name}"] = (said, heard)
        return found

    def until(self, true: Callable[[], bool]) -> None:
        """Wait until something is so."""

        async def wait() -> None:
            async with asyncio.timeout(PATIENCE_S):
                await _so(true)

        self.run(wait())

    def hear(self, packets: int) -> None:
        """Return when everybody has heard so many more: what was sent before was looked at."""
        wanted = self.ask(lambda: {k: heard + packets for k, (_, heard) in self._lost().items()})
        self.until(lambda: all(heard >= wanted[k] for k, (_, heard) in self._lost().items()))

    def check(self) -> None:
        """Nobody was thrown out, nothing was lost, and nothing came in a talker's name."""
        self.hear(10)
        found = self.ask(self._lost)
        bad = self.ask(lambda: [ear.heard.bad - self._before[ear][1] for ear in self.people])
        assert not any(ear.is_gone for ear in self.people)
        wrong = {
            pair: (said, heard)
            for pair, (said, heard) in found.items()
            if not -ON_THE_WAY <= said - heard <= said * MOST_LOST + ON_THE_WAY
        }
        assert wrong == {}, found
        assert bad == [0, 0, 0]

    def heard_of(self, session: int) -> list[int]:
        """How many packets of a session each has heard."""
        return self.ask(lambda: [ear.of[session] for ear in self.people])

    def keep(self, session: int) -> None:
        """Remember the sounds of a session from now on."""

        def keep() -> None:
            for ear in self.people:
                ear.sound_of[session] = []

        self.ask(keep)

    def sounds_of(self, session: int) -> list[list[bytes]]:
        """What each has heard of a session since ``keep``."""
        return self.ask(lambda: [list(ear.sound_of.get(session, ())) for ear in self.people])

    def shown(self, session: int) -> UserState | None:
        """What anna was told of somebody last."""
        return self.ask(lambda: self.anna.users.get(session))

    # --- the end --------------------------------------------------------------------------------

    def close(self) -> None:
        """Let them go."""

        async def leave() -> None:
            self._talking.cancel()
            for ear in self.people:
                await ear.leave()

        self.run(leave())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()


async def _so(true: Callable[[], bool]) -> None:
    for _ in iter(true, True):
        await asyncio.sleep(_POLL_S)


@contextmanager
def hall_of(street: Street) -> Iterator[Hall]:
    """Let three people talk until the end of the body."""
    hall = Hall(street)
    try:
        yield hall
    finally:
        hall.close()
