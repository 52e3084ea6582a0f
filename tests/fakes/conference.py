"""A ConferenceBackend without media: it remembers, and tests say what happens."""

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from allmende.core.errors import NotFound
from allmende.core.ports.conference import (
    CallEvent,
    CallEventKind,
    CallId,
    CallPlan,
    Capacity,
    Invitee,
    Present,
    Rights,
    Source,
    Ticket,
)

ROOMY = Capacity(packets_per_second=40_000, uplink_bps=100_000_000)


@dataclass
class FakeCall:
    """What the backend knows of one call."""

    plan: CallPlan
    invited: dict[str, Invitee] = field(default_factory=dict)
    here: dict[str, Invitee] = field(default_factory=dict)
    attributes: dict[str, dict[str, str]] = field(default_factory=dict)
    publishes: dict[str, set[Source]] = field(default_factory=dict)


class FakeConference:
    """Answers at once. ``muted``, ``unmuted``, ``removed`` and ``closed`` tell what was asked."""

    def __init__(self, capacity: Capacity = ROOMY) -> None:
        self.running: dict[CallId, FakeCall] = {}
        self.muted: list[tuple[str, Source]] = []
        self.unmuted: list[str] = []
        self.removed: list[str] = []
        self.closed: list[CallId] = []
        self.sent: list[tuple[str, bytes]] = []
        self._capacity = capacity
        self._events: asyncio.Queue[CallEvent] = asyncio.Queue()

    # --- what the port says ---------------------------------------------------------

    async def open(self, plan: CallPlan) -> None:
        if plan.call in self.running:
            self.running[plan.call].plan = plan
        else:
            self.running[plan.call] = FakeCall(plan)

    async def close(self, call: CallId) -> None:
        if self.running.pop(call, None) is not None:
            self.closed.append(call)

    def ticket(self, call: CallId, who: Invitee) -> Ticket:
        self.running[call].invited[who.identity] = who
        return Ticket("/", f"token of {who.identity}")

    async def present(self, call: CallId) -> Sequence[Present]:
        found = self.running.get(call)
        if found is None:
            return []
        return [
            Present(
                identity,
                who.name,
                found.attributes.get(identity, {}),
                frozenset(found.publishes.get(identity, ())),
            )
            for identity, who in found.here.items()
        ]

    async def set_rights(self, call: CallId, identity: str, rights: Rights) -> None:
        found = self._of(call, identity)
        found.here[identity] = replace(found.here[identity], rights=rights)

    async def set_attributes(self, call: CallId, identity: str, changes: Mapping[str, str]) -> None:
        kept = self._of(call, identity).attributes.setdefault(identity, {})
        for name, value in changes.items():
            kept[name] = value
            if not value:
                del kept[name]

    async def mute(self, call: CallId, identity: str, source: Source) -> None:
        self._of(call, identity)
        self.muted.append((identity, source))

    async def unmute(self, call: CallId, identity: str) -> None:
        self._of(call, identity)
        self.unmuted.append(identity)

    async def remove(self, call: CallId, identity: str) -> None:
        found = self.running.get(call)
        if found is not None:
            found.here.pop(identity, None)
            found.invited.pop(identity, None)
        self.removed.append(identity)

    async def send(self, call: CallId, topic: str, payload: bytes, to: Sequence[str] = ()) -> None:
        self.sent.append((topic, payload))

    async def capacity(self) -> Capacity:
        return self._capacity

    async def events(self) -> AsyncIterator[CallEvent]:
        while True:
            yield await self._events.get()

    # --- what tests say ---------------------------------------------------------------

    def connect(self, call: CallId, identity: str) -> list[CallEvent]:
        """Somebody uses a ticket; return what the backend tells of it."""
        found = self.running[call]
        first = not found.here
        found.here[identity] = found.invited[identity]
        found.attributes[identity] = dict(found.invited[identity].attributes)
        joined = CallEvent(CallEventKind.JOINED, call, identity)
        return [CallEvent(CallEventKind.STARTED, call), joined] if first else [joined]

    def rights(self, call: CallId, identity: str) -> Rights:
        """What the media plane lets through now."""
        return self.running[call].here[identity].rights

    def attributes(self, call: CallId, identity: str) -> dict[str, str]:
        """What everybody is told of somebody."""
        return self.running[call].attributes.get(identity, {})

    def tell(self, event: CallEvent) -> None:
        """Put an event where ``events`` finds it."""
        self._events.put_nowait(event)

    def _of(self, call: CallId, identity: str) -> FakeCall:
        found = self.running.get(call)
        if found is None or identity not in found.here:
            raise NotFound("meet.gone")
        return found
