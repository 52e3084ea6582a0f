"""AudioLegs without media: it remembers, and tests say what happens."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field

from allmende.core.errors import AllmendeError, Unavailable
from allmende.core.ports.audio import (
    Aim,
    AudioEvent,
    CryptKeys,
    LegCounts,
    LegFlags,
    LegPlan,
    Session,
    WebAnswer,
)
from allmende.core.ports.conference import CallId, Invitee

KEYS = CryptKeys(b"k" * 16, b"c" * 16, b"s" * 16)


@dataclass
class FakeLeg:
    """What media knows of one leg."""

    plan: LegPlan
    call: CallId | None = None
    who: Invitee | None = None
    flags: LegFlags = field(default_factory=LegFlags)
    protobuf: bool = False
    aims: dict[int, tuple[Session, ...]] = field(default_factory=dict)
    shouts: set[int] = field(default_factory=set)
    packets: list[bytes] = field(default_factory=list)
    resyncs: list[bytes | None] = field(default_factory=list)
    bandwidth_bps: int = 0
    may_whisper: bool = False
    listens: tuple[CallId, ...] = ()


class FakeAudio:
    """Answers at once. ``down``: worker 0 is not there."""

    def __init__(self) -> None:
        self.legs: dict[Session, FakeLeg] = {}
        self.numbers: dict[tuple[CallId, str], Session] = {}
        self.counted: dict[Session, LegCounts] = {}
        self.web: list[tuple[CallId, Invitee, str]] = []
        self.web_refused: AllmendeError | None = None
        self.flags: dict[Session, LegFlags] = {}
        self.closed: list[Session] = []
        self.down = False
        self._events: asyncio.Queue[AudioEvent] = asyncio.Queue()

    # --- what the port says -------------------------------------------------------------

    async def open(self, plan: LegPlan) -> CryptKeys:
        self._require_up()
        self.legs[plan.session] = FakeLeg(plan, protobuf=plan.protobuf)
        return KEYS

    async def open_web(self, call: CallId, who: Invitee, offer: str) -> WebAnswer:
        self._require_up()
        if self.web_refused is not None:
            raise self.web_refused
        self.web.append((call, who, offer))
        return WebAnswer(f"answer to {offer}", 8)

    async def close(self, session: Session) -> None:
        self.legs.pop(session, None)
        self.closed.append(session)

    async def place(self, session: Session, call: CallId | None, who: Invitee | None) -> None:
        self._require_up()
        self.legs[session].call, self.legs[session].who = call, who

    async def aim(
        self, session: Session, target: int, sessions: Sequence[Session], how: Aim = Aim.WHISPER
    ) -> None:
        leg = self.legs[session]
        leg.aims[target] = tuple(sessions)
        if how is Aim.SHOUT:
            leg.shouts.add(target)

    async def resync(self, session: Session, client_nonce: bytes | None) -> bytes:
        self.legs[session].resyncs.append(client_nonce)
        return b"n" * 16

    def set_flags(self, session: Session, flags: LegFlags) -> None:
        if session in self.legs:
            self.legs[session].flags = flags
        self.flags[session] = flags

    def set_format(self, session: Session, *, protobuf: bool) -> None:
        self.legs[session].protobuf = protobuf

    def limit(self, session: Session, *, bandwidth_bps: int, may_whisper: bool) -> None:
        leg = self.legs[session]
        leg.bandwidth_bps, leg.may_whisper = bandwidth_bps, may_whisper

    def listen(self, session: Session, calls: Sequence[CallId]) -> None:
        self.legs[session].listens = tuple(calls)

    def tunnel(self, session: Session, packet: bytes) -> None:
        self.legs[session].packets.append(packet)

    def number(self, call: CallId, identity: str, session: Session) -> None:
        self.numbers[call, identity] = session

    def counts(self, session: Session) -> LegCounts:
        return self.counted.get(session, LegCounts())

    async def events(self) -> AsyncIterator[AudioEvent]:
        while True:
            yield await self._events.get()

    # --- what tests say -----------------------------------------------------------------

    def tell(self, event: AudioEvent) -> None:
        """Put an event where ``events`` finds it."""
        self._events.put_nowait(event)

    def _require_up(self) -> None:
        if self.down:
            raise Unavailable("meet.media-restarting", retry_after_s=1)
