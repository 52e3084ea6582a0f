"""EmbeddedConference as meet sees it, over a fake worker."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence

import pytest

from allmende.config.sections import Media
from allmende.core.errors import InvalidInput
from allmende.core.ports.audio import AudioLegs, LegPlan, LegRemoved, Session
from allmende.core.ports.conference import (
    CallId,
    CallPlan,
    ConferenceBackend,
    Invitee,
    Rights,
    Source,
)
from allmende.media import embedded
from allmende.media.control import LegUp, SendData, SetRights
from allmende.media.embedded import EmbeddedConference
from allmende.media.link import Worker, WorkerListener
from allmende.media.signal.socket import check_join, serve_signal
from allmende.protocols.livekit.join_request import write_join_request
from allmende.protocols.livekit.messages import DataPacket, DisconnectReason, SignalResponse
from tests.media.signal.stage import CALL, SECRET, FakeSocket, FakeWorker, HandClock, join_request

PLAN = CallPlan(CALL, max_participants=5)


class FakeWorkers:
    """Workers with one fake."""

    def __init__(self) -> None:
        self.worker = FakeWorker()
        self.listener: WorkerListener | None = None

    def listen(self, listener: WorkerListener) -> None:
        self.listener = listener

    def place(self) -> Worker:
        return self.worker

    def first(self) -> Worker:
        return self.worker

    def packets_per_second(self) -> int:
        return 40_000


class House:
    """A conference with people."""

    def __init__(self, tasks: asyncio.TaskGroup) -> None:
        self.workers = FakeWorkers()
        self.conference = EmbeddedConference(self.workers, SECRET, HandClock(), Media())
        self._tasks = tasks
        self.running: list[asyncio.Task[None]] = []

    async def join(self, identity: str, call: CallId = CALL) -> FakeSocket:
        """Let somebody in; return the socket, with media up."""
        invitee = Invitee(identity, identity.upper(), Rights(), {"a": "b"})
        ticket = self.conference.ticket(call, invitee)
        assert ticket.url == "/"
        request = write_join_request(join_request())
        check_join(self.conference, ticket.token, request)
        socket = FakeSocket()
        serving = serve_signal(self.conference, socket, ticket.token, request)
        self.running.append(self._tasks.create_task(serving))
        frame = await socket.to_client.get()
        assert frame is not None
        sid = SignalResponse.FromString(frame).join.participant.sid
        assert self.workers.listener is not None
        self.workers.listener.reported(self.workers.worker, LegUp(leg=sid, srtp_profile="x"))
        return socket


def _play(story: Callable[[House], Awaitable[None]]) -> None:
    async def whole() -> None:
        async with asyncio.timeout(5), asyncio.TaskGroup() as tasks:
            house = House(tasks)
            await house.conference.open(PLAN)
            await story(house)
            house.conference.shut()
            for task in house.running:
                task.cancel()

    asyncio.run(whole())


def _kinds(conference: EmbeddedConference) -> Callable[[int], Awaitable[Sequence[str]]]:
    events = conference.events()

    async def next_(count: int) -> Sequence[str]:
        taken = [await anext(events) for _ in range(count)]
        return [f"{event.kind} {event.identity}".strip() for event in taken]

    return next_


def test_it_is_a_conference_backend() -> None:
    async def story(house: House) -> None:
        backend: ConferenceBackend = house.conference
        assert (await backend.capacity()).packets_per_second == 40_000
        assert (await backend.capacity()).uplink_bps == 100_000_000

    _play(story)


def test_who_is_present_in_the_order_of_joining() -> None:
    async def story(house: House) -> None:
        for identity in ("mara", "juno"):
            await house.join(identity)
        present = await house.conference.present(CALL)
        assert [(p.identity, p.name, p.publishes) for p in present] == [
            ("mara", "MARA", frozenset()),
            ("juno", "JUNO", frozenset()),
        ]
        assert present[0].attributes == {"a": "b"}
        assert await house.conference.present(CallId("r99")) == []

    _play(story)


def test_events_tell_the_whole_story_of_a_call() -> None:
    async def story(house: House) -> None:
        told = _kinds(house.conference)
        await house.join("mara")
        assert await told(2) == ["started", "joined mara"]
        waiting = asyncio.ensure_future(told(3))
        await house.join("juno")
        await house.conference.remove(CALL, "juno")
        await house.conference.close(CALL)
        assert await waiting == ["joined juno", "left juno", "left mara"]
        assert await told(1) == ["ended"]
        await house.conference.close(CALL)

    _play(story)


def test_everybody_who_listens_hears_all_of_it() -> None:
    async def story(house: House) -> None:
        meet, voice = _kinds(house.conference), _kinds(house.conference)
        await house.join("mara")
        assert await meet(2) == await voice(2) == ["started", "joined mara"]

    _play(story)


def test_legs_of_another_kind_stand_in_the_same_calls() -> None:
    async def story(house: House) -> None:
        audio: AudioLegs = house.conference.audio
        session = Session(7)
        await audio.open(LegPlan(session=session, source="192.0.2.9", protobuf=False))
        await audio.place(session, CALL, Invitee("juno", "JUNO", Rights()))
        present = await house.conference.present(CALL)
        assert [(p.identity, p.publishes) for p in present] == [
            ("juno", frozenset({Source.MICROPHONE}))
        ]
        await house.conference.mute(CALL, "juno", Source.MICROPHONE)
        assert (await house.conference.present(CALL))[0].publishes == frozenset()
        await house.conference.unmute(CALL, "juno")
        assert (await house.conference.present(CALL))[0].publishes == {Source.MICROPHONE}
        for call, gone in ((CALL, "nobody"), (CallId("r0"), "juno")):
            await house.conference.unmute(call, gone)
        events = audio.events()
        await house.conference.remove(CALL, "juno")
        assert await anext(events) == LegRemoved(session, ended=False)
        assert await house.conference.present(CALL) == []

    _play(story)


def test_moderation_reaches_the_participant() -> None:
    async def story(house: House) -> None:
        await house.join("mara")
        conference = house.conference
        await conference.set_rights(CALL, "mara", Rights(suppressed=True))
        await conference.set_attributes(CALL, "mara", {"allmende.hand": "1"})
        await conference.mute(CALL, "mara", Source.MICROPHONE)
        assert house.workers.worker.of(SetRights)[0].rights.suppressed
        assert (await conference.present(CALL))[0].attributes["allmende.hand"] == "1"
        other = CallId("r99")
        await conference.set_rights(other, "mara", Rights())
        await conference.set_attributes(other, "mara", {})
        await conference.mute(other, "mara", Source.CAMERA)
        await conference.remove(other, "mara")

    _play(story)


def test_data_goes_to_all_or_to_some() -> None:
    async def story(house: House) -> None:
        worker = house.workers.worker
        await house.conference.send(CALL, "t", b"nobody is there")
        await house.join("mara")
        await house.join("juno")
        await house.conference.send(CALL, "t", b"x")
        await house.conference.send(CALL, "t", b"y", to=("juno",))
        await house.conference.send(CALL, "t", b"z", to=("stranger",))
        await house.conference.send(CallId("r99"), "t", b"x")
        worker.refuses = (SendData,)
        await house.conference.send(CALL, "t", b"refused")
        everybody, one, _ = worker.of(SendData)
        assert everybody.to == ()
        assert len(one.to) == 1
        packet = DataPacket.FromString(one.packet)
        assert (packet.user.topic, packet.user.payload) == ("t", b"y")
        assert list(packet.destination_identities) == ["juno"]
        with pytest.raises(InvalidInput):
            await house.conference.send(CALL, "t", b"x" * 64_001)

    _play(story)


def test_when_the_server_stops_everybody_is_told() -> None:
    async def story(house: House) -> None:
        socket = await house.join("mara")
        house.conference.shut()
        reasons = []
        while (frame := await socket.to_client.get()) is not None:
            message = SignalResponse.FromString(frame)
            if message.WhichOneof("message") == "leave":
                reasons.append(message.leave.reason)
        assert reasons == [DisconnectReason.SERVER_SHUTDOWN]

    _play(story)


def test_time_passes_while_it_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(embedded, "TICK_S", 0.0)

    async def story(house: House) -> None:
        clock = house.conference.calls.clock
        assert isinstance(clock, HandClock)
        clock.turn(1000)
        told = _kinds(house.conference)
        running = asyncio.ensure_future(house.conference.run())
        assert await told(1) == ["ended"]
        running.cancel()

    _play(story)
