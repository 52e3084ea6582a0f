"""A call without packets: fake worker, fake sockets, and a client that speaks the messages."""

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, TypeVar

from allmende.config.sections import Voice
from allmende.core.ports.conference import CallEvent, CallId, CallPlan, Invitee, Rights
from allmende.media.audio import EmbeddedAudio
from allmende.media.control import (
    Command,
    Done,
    LegUp,
    OpenLeg,
    Ready,
    RestartIce,
)
from allmende.media.hearing import Hearing
from allmende.media.link import WorkerGone, WorkerRefused
from allmende.media.signal.calls import Calls
from allmende.media.signal.participant import Participant
from allmende.media.signal.reports import Reports
from allmende.media.signal.room import Room
from allmende.media.signal.socket import serve_signal
from allmende.media.voicing import ResyncMumble
from allmende.protocols.livekit.join_request import write_join_request
from allmende.protocols.livekit.messages import (
    AddTrackRequest,
    ClientInfo,
    ConnectionSettings,
    JoinRequest,
    MediaSectionsRequirement,
    SessionDescription,
    SignalRequest,
    SignalResponse,
    TrackSource,
    TrackType,
)
from allmende.protocols.sdp.model import (
    Description,
    Direction,
    Format,
    HeaderExtension,
    Ice,
    Msid,
    Section,
)
from allmende.protocols.sdp.parse import parse
from allmende.protocols.sdp.write import write

CALL = CallId("r7")
FINGERPRINT = ":".join(["AB"] * 32)
OURS = ":".join(["CD"] * 32)
OFFERS = Path(__file__).parent / "offers"
SECRET = b"k" * 32
T = TypeVar("T")


def run(story: Coroutine[Any, Any, T]) -> T:
    """Run ``story``; a story that hangs fails."""

    async def in_time() -> T:
        async with asyncio.timeout(5):
            return await story

    return asyncio.run(in_time())


def kept_offer(name: str) -> str:
    """Return an offer that a real client made."""
    return (OFFERS / f"{name}.sdp").read_bytes().decode("ascii")


class HandClock:
    """A clock whose hands are turned by the test."""

    def __init__(self) -> None:
        self._now_s = 1000.0

    def now(self) -> datetime:
        return datetime(2030, 1, 1, tzinfo=UTC) + timedelta(seconds=self._now_s)

    def monotonic_s(self) -> float:
        return self._now_s

    def turn(self, seconds: float) -> None:
        self._now_s += seconds


class FakeWorker:
    """Answers Done to all, but to what ``refuses`` names; ``keeps``: not before it is told to."""

    def __init__(self, index: int = 0) -> None:
        self.index = index
        self.generation = 1
        self.ready: Ready | None = Ready(
            pid=1,
            addresses=("192.0.2.1", "2001:db8::1"),
            udp_port=7882,
            tcp_port=7882,
            packets_per_second=40_000,
            data_channels=True,
        )
        self.commands: list[Command] = []
        self.refuses: tuple[type, ...] = ()
        self.gone = False
        self.keeps: tuple[type, ...] = ()
        self._kept: list[tuple[asyncio.Future[Done], Done]] = []
        self._pairs = 0

    def ask(self, command: Command) -> asyncio.Future[Done]:
        future: asyncio.Future[Done] = asyncio.get_running_loop().create_future()
        if self.gone:
            future.set_exception(WorkerGone("gone"))
            return future
        self.commands.append(command)
        if isinstance(command, self.refuses):
            future.set_exception(WorkerRefused("no"))
            return future
        answer = Done(id=command.id)
        if isinstance(command, ResyncMumble):
            answer = Done(id=command.id, nonce=b"n" * 16)
        if isinstance(command, OpenLeg | RestartIce):
            self._pairs += 1
            answer = Done(
                id=command.id,
                ufrag=f"ours{self._pairs}",
                pwd="p" * 22 + str(self._pairs),
                fingerprint=OURS if isinstance(command, OpenLeg) else "",
            )
        if isinstance(command, self.keeps):
            self._kept.append((future, answer))
        else:
            future.set_result(answer)
        return future

    def answer(self) -> None:
        """Answer what ``keeps`` made wait."""
        kept, self._kept, self.keeps = self._kept, [], ()
        for future, answer in kept:
            future.set_result(answer)

    def tell(self, command: Command) -> None:
        future = self.ask(command)
        if future.done():
            future.exception()

    def of(self, kind: type[T]) -> list[T]:
        """Return the commands of one kind."""
        return [command for command in self.commands if isinstance(command, kind)]

    def place(self) -> "FakeWorker":
        return self

    def first(self) -> "FakeWorker":
        return self


class FakeSocket:
    """FrameSocket over two queues."""

    def __init__(self) -> None:
        self.to_server: asyncio.Queue[bytes | None] = asyncio.Queue()
        self.to_client: asyncio.Queue[bytes | None] = asyncio.Queue()
        self.closed = False
        self.blocked: asyncio.Event | None = None

    async def receive(self) -> bytes | None:
        return await self.to_server.get()

    async def send(self, frame: bytes) -> None:
        if self.closed:
            raise OSError("closed")
        if self.blocked is not None:
            await self.blocked.wait()
        self.to_client.put_nowait(frame)

    async def close(self, code: int) -> None:
        if not self.closed:
            self.closed = True
            self.to_client.put_nowait(None)


class Offering:
    """A client's peer connection: sections that are added and never taken away."""

    def __init__(self, audio: int = 3, video: int = 3, ufrag: str = "abcd") -> None:
        self.ufrag, self.fingerprint = ufrag, FINGERPRINT
        self.sections: list[Section] = []
        self.add(audio, video)
        self.sections.append(
            Section(
                kind="application",
                mid=str(len(self.sections)),
                profile="UDP/DTLS/SCTP",
                sctp_port=5000,
                max_message_bytes=262144,
            )
        )

    def add(self, audio: int, video: int) -> None:
        """Add receiving sections."""
        for kind, count in (("audio", audio), ("video", video)):
            for _ in range(count):
                self._append(kind, Direction.RECVONLY, None)

    def send(self, kind: str, cid: str) -> str:
        """Add a sending section; return its mid."""
        return self._append(kind, Direction.SENDONLY, Msid("-", cid))

    def stop(self, mid: str) -> None:
        """Send no more in section ``mid``."""
        old = self.sections[int(mid)]
        self.sections[int(mid)] = Section(
            kind=old.kind,
            mid=mid,
            direction=Direction.INACTIVE,
            formats=old.formats,
            extensions=old.extensions,
        )

    def _append(self, kind: str, direction: Direction, msid: Msid | None) -> str:
        mid = str(len(self.sections))
        self.sections.append(
            Section(
                kind=kind,
                mid=mid,
                direction=direction,
                formats=AUDIO if kind == "audio" else VIDEO,
                extensions=EXTENSIONS[kind],
                msid=msid,
                rtcp_mux=True,
                rtcp_rsize=True,
            )
        )
        return mid

    def text(self) -> str:
        """Return the offer."""
        ice = Ice(ufrag=self.ufrag, pwd="w" * 24, fingerprint=self.fingerprint, setup="actpass")
        mids = tuple(section.mid for section in self.sections)
        return write(Description(bundle=mids, ice=ice, sections=tuple(self.sections)))


AUDIO = (
    Format(
        payload_type=111,
        name="opus",
        clock_hz=48000,
        channels=2,
        fmtp="minptime=10;useinbandfec=1",
        feedback=("transport-cc",),
    ),
    Format(payload_type=63, name="red", clock_hz=48000, channels=2, fmtp="111/111"),
    Format(payload_type=0, name="PCMU", clock_hz=8000),
)
VIDEO = (
    Format(
        payload_type=96,
        name="VP8",
        clock_hz=90000,
        feedback=("goog-remb", "transport-cc", "ccm fir", "nack", "nack pli"),
    ),
    Format(payload_type=97, name="rtx", clock_hz=90000, fmtp="apt=96"),
    Format(payload_type=45, name="AV1", clock_hz=90000),
)
EXTENSIONS = {
    "audio": (
        HeaderExtension(1, "urn:ietf:params:rtp-hdrext:ssrc-audio-level"),
        HeaderExtension(4, "urn:ietf:params:rtp-hdrext:sdes:mid"),
    ),
    "video": (HeaderExtension(4, "urn:ietf:params:rtp-hdrext:sdes:mid"),),
}


class Client:
    """Somebody with a WebSocket. What is not asked for is kept in ``heard``."""

    def __init__(self, stage: "Stage", identity: str, socket: FakeSocket) -> None:
        self.stage = stage
        self.identity = identity
        self.socket = socket
        self.offering = Offering()
        self.heard: list[SignalResponse] = []
        self.sid = ""
        self.offers = 1
        self.unserved: MediaSectionsRequirement | None = None
        self.served: asyncio.Task[None] | None = None

    async def next(self) -> SignalResponse | None:
        """Return the next message; None: closed."""
        frame = await self.socket.to_client.get()
        return None if frame is None else SignalResponse.FromString(frame)

    async def until(self, kind: str) -> Any:
        """Return the next message of ``kind``; those before are kept in ``heard``."""
        while True:
            message = await self.next()
            assert message is not None, f"closed before {kind}"
            self.heard.append(message)
            if message.WhichOneof("message") == kind:
                return getattr(message, kind)
            if message.HasField("media_sections_requirement"):
                self.unserved = message.media_sections_requirement

    async def closed(self) -> list[str]:
        """Read to the end; return the kinds of what came."""
        kinds = []
        while (message := await self.next()) is not None:
            self.heard.append(message)
            kinds.append(message.WhichOneof("message") or "")
        if self.served is not None:
            await self.served
        return kinds

    def waiting(self) -> list[str]:
        """Return the kinds of what came and was not read, without waiting."""
        kinds = []
        while not self.socket.to_client.empty():
            frame = self.socket.to_client.get_nowait()
            if frame is not None:
                message = SignalResponse.FromString(frame)
                self.heard.append(message)
                kinds.append(message.WhichOneof("message") or "")
        return kinds

    async def quiet(self) -> None:
        """Hear all that was said so far, and forget it."""
        self.stage.room.flush()
        self.say(ping=1)
        await self.until("pong")
        self.waiting()

    def say(self, **message: Any) -> None:
        """Send one message."""
        self.socket.to_server.put_nowait(SignalRequest(**message).SerializeToString())

    async def offer(self) -> Description:
        """Make the next offer; return the answer."""
        self.offers += 1
        description = SessionDescription(type="offer", sdp=self.offering.text(), id=self.offers)
        self.say(offer=description)
        while True:
            answer = await self.until("answer")
            if answer.id == self.offers:
                self.mids = dict(answer.mid_to_track_id)
                return parse(answer.sdp)

    async def serve_requirement(self) -> Description:
        """Take media_sections_requirement, add what is missing, offer."""
        missing, self.unserved = self.unserved, None
        if missing is None:
            missing = await self.until("media_sections_requirement")
        self.offering.add(missing.num_audios, missing.num_videos)
        return await self.offer()

    async def publish(self, source: "TrackSource", cid: str, **values: Any) -> str:
        """Publish a track; return its sid."""
        video = source in (TrackSource.CAMERA, TrackSource.SCREEN_SHARE)
        kind = TrackType.VIDEO if video else TrackType.AUDIO
        self.say(add_track=AddTrackRequest(cid=cid, type=kind, source=source, **values))
        published = await self.until("track_published")
        self.offering.send("video" if video else "audio", cid)
        await self.offer()
        return str(published.track.sid)

    async def settle(self) -> None:
        """Answer requirements until none comes: every track has its section."""
        while self.participant.waiting("audio") or self.participant.waiting("video"):
            await self.serve_requirement()

    @property
    def participant(self) -> Participant:
        return self.stage.room.participants[self.sid]

    def hang_up(self) -> None:
        """The WebSocket breaks."""
        self.socket.to_server.put_nowait(None)


class Stage:
    """One open call with a fake worker."""

    def __init__(self, tasks: asyncio.TaskGroup, plan: CallPlan | None = None) -> None:
        self.clock = HandClock()
        self.worker = FakeWorker()
        self.events: list[CallEvent] = []
        self.calls = Calls(self.worker, SECRET, self.clock, self.events.append)
        self.audio = EmbeddedAudio(self.calls, self.worker, Voice(slots=4))
        self.reports = Reports(self.calls, [Hearing(self.audio)])
        self.room: Room = self.calls.open(plan or CallPlan(CALL, max_participants=20))
        self._tasks = tasks
        self._running: list[asyncio.Task[None]] = []

    def token(self, identity: str, rights: Rights | None = None) -> str:
        invitee = Invitee(
            identity, identity.upper(), rights or Rights(), {"allmende.role": "guest"}
        )
        return self.calls.token(CALL, invitee)

    def connect(self, identity: str, request: JoinRequest, token: str = "") -> Client:
        """Open a WebSocket."""
        socket = FakeSocket()
        client = Client(self, identity, socket)
        text = write_join_request(request)
        serving = serve_signal(self, socket, token or self.token(identity), text)
        client.served = self._tasks.create_task(serving)
        self._running.append(client.served)
        return client

    async def join(self, identity: str, *, up: bool = True, **values: Any) -> Client:
        """Join with an offer of three and three sections, to the first answer or to DTLS."""
        rights = values.pop("rights", None)
        offering = values.pop("offering", None) or Offering()
        request = join_request(sdp=offering.text(), **values)
        client = self.connect(identity, request, self.token(identity, rights))
        client.offering = offering
        joined = await client.until("join")
        client.sid = joined.participant.sid
        await client.until("answer")
        if up:
            await self.media_up(client)
        return client

    async def media_up(self, client: Client) -> None:
        """DTLS is done; the client hears of itself."""
        self.reports.reported(self.worker, LegUp(leg=client.sid, srtp_profile="x"))
        await client.until("update")

    async def call(self, *identities: str) -> list[Client]:
        """Let several join."""
        return [await self.join(identity) for identity in identities]

    def stop(self) -> None:
        for task in self._running:
            task.cancel()

    def kinds(self) -> list[str]:
        """Return what the backend told, in words."""
        return [f"{e.kind} {e.identity} {e.source or ''}".strip() for e in self.events]


def join_request(**values: Any) -> JoinRequest:
    """Return what a client like Chromium says."""
    settings = ConnectionSettings(
        auto_subscribe=values.pop("auto_subscribe", True),
        adaptive_stream=values.pop("adaptive_stream", False),
    )
    sdp = values.pop("sdp", None)
    return JoinRequest(
        client_info=ClientInfo(
            sdk=ClientInfo.JS, protocol=17, browser=values.pop("browser", "Chrome")
        ),
        connection_settings=settings,
        publisher_offer=SessionDescription(
            type="offer", sdp=Offering().text() if sdp is None else sdp, id=1
        ),
        **values,
    )


@asynccontextmanager
async def staged(plan: CallPlan | None = None) -> AsyncIterator[Stage]:
    """Open a stage; whatever still runs at the end is cancelled."""
    async with asyncio.TaskGroup() as tasks:
        stage = Stage(tasks, plan)
        try:
            yield stage
        finally:
            stage.stop()
            stage.room.stop()


def play(story: Callable[[Stage], Coroutine[Any, Any, None]], plan: CallPlan | None = None) -> None:
    """Run a story on a stage of its own."""

    async def whole() -> None:
        async with staged(plan) as stage:
            await story(stage)

    run(whole())


def sections_of(answer: Description, direction: Direction) -> Sequence[Section]:
    """Return the sections of an answer with that direction, without data."""
    return [s for s in answer.sections if s.direction is direction and s.kind != "application"]
