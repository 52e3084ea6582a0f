"""Everybody in one call, over real sockets: a Mumble client, a browser, and a light page.

The worker runs inside (``workers = 0``), or as a process that is killed.
"""

import asyncio
import os
import signal
from collections.abc import AsyncIterator, Awaitable, Callable

import msgspec
import pytest

from allmende.config.sections import Media, Voice
from allmende.core.clock import SystemClock
from allmende.core.ports.audio import (
    LOOPBACK_TARGET,
    TALK_TARGET,
    AudioEvent,
    CryptKeys,
    LegPlan,
    Rekeyed,
    Session,
    Talking,
)
from allmende.core.ports.conference import CallId, CallPlan, Invitee, Rights
from allmende.media.embedded import EmbeddedConference
from allmende.media.supervisor import Workers, media_workers, voice_start
from allmende.protocols.livekit.messages import TrackSource
from allmende.protocols.mumble.ocb2 import AesBlocks, CryptState
from allmende.protocols.mumble.voice import VoicePacket, legacy, parse_legacy
from allmende.protocols.rtp.extensions import write_extensions
from allmende.protocols.rtp.packet import Header, write_packet
from allmende.protocols.sdp.model import Description, Direction
from allmende.protocols.sdp.parse import parse
from bench.meet.client import Remote, RtcClient
from tests.media.signal.stage import CALL, Client, Offering, Stage, sections_of
from tests.media.signal.test_webanswer import page_offer
from tests.ports import free_port

VOICE = Voice(port=0, slots=4)
JUNO = Session(7)
OPUS = bytes([0x78]) + b"a voice of twenty milliseconds"  # RFC 6716, 3.1: CELT, 20 ms, mono
SPEAKING = bytes([20])  # -20 dBov


class Native(asyncio.DatagramProtocol):
    """The sound of a Mumble client."""

    def __init__(self, keys: CryptKeys) -> None:
        self.heard: asyncio.Queue[VoicePacket] = asyncio.Queue()
        self._frame = 0
        self.take_keys(keys)

    def take_keys(self, keys: CryptKeys) -> None:
        """What the server calls its nonce is what we receive by."""
        self._crypt = CryptState(AesBlocks(keys.key), keys.server_nonce, keys.client_nonce)

    async def open(self, port: int) -> None:
        """Take a socket."""
        loop = asyncio.get_running_loop()
        made = await loop.create_datagram_endpoint(lambda: self, remote_addr=("127.0.0.1", port))
        self.transport = made[0]

    def datagram_received(self, data: bytes, addr: object) -> None:
        plain = self._crypt.decrypt(data)
        packet = None if plain is None else parse_legacy(plain, from_client=False)
        if isinstance(packet, VoicePacket):
            self.heard.put_nowait(packet)

    def speak(self, target: int = TALK_TARGET) -> None:
        """Send 20 ms."""
        sound = VoicePacket(0, self._frame, OPUS, target=target)
        packet = legacy(sound, from_client=True)
        self.transport.sendto(self._crypt.encrypt(packet))
        self._frame += 2


class Ear:
    """A WebRTC client that collects the Opus it hears, by SSRC."""

    def __init__(self) -> None:
        self.heard: asyncio.Queue[tuple[int, bytes]] = asyncio.Queue()
        self.rtc = RtcClient(on_rtp=self._take)
        self._sequence = 0

    def _take(self, packet: bytes) -> None:
        header = Header()
        header.read(packet)
        self.heard.put_nowait((header.ssrc, packet[header.payload_start :]))

    def offering(self, offering: Offering) -> Offering:
        """Put our credentials into an offer."""
        offering.ufrag, offering.fingerprint = self.rtc.ufrag, self.rtc.fingerprint
        return offering

    async def connect(self, answer: Description) -> None:
        """Let media flow."""
        first = answer.sections[0]
        parts = [candidate.split() for candidate in first.candidates]
        addresses = [(part[4], int(part[5])) for part in parts if part[2] == "udp"]
        ice = first.ice
        await self.rtc.connect(Remote(ice.ufrag, ice.pwd, ice.fingerprint, addresses))

    def speak(self, mid: str) -> None:
        """Send 20 ms."""
        extensions = write_extensions([(1, SPEAKING), (4, mid.encode())])
        packet = write_packet(
            111, self._sequence, 960 * self._sequence, 0xA11, OPUS, extensions=extensions
        )
        self.rtc.send_rtp(packet)
        self._sequence += 1


class LiveStage(Stage):
    """The stage of signalling before a real worker."""

    def __init__(self, tasks: asyncio.TaskGroup, workers: Workers) -> None:
        self.conference = EmbeddedConference(workers, b"s" * 32, SystemClock(), MEDIA, VOICE)
        self.calls = self.conference.calls
        self.audio = self.conference.audio
        self.room = self.calls.open(CallPlan(CALL, max_participants=20))
        self.workers = workers
        self._tasks = tasks
        self._running = []
        self._closing: list[Callable[[], None]] = []

    def stop(self) -> None:
        for close in self._closing:
            close()
        super().stop()

    def ear(self) -> Ear:
        """Make a WebRTC client."""
        made = Ear()
        self._closing.append(made.rtc.close)
        return made

    async def browser(self, identity: str) -> tuple[Client, Ear]:
        """Let a LiveKit client in, with media."""
        ear = self.ear()
        client = await self.join(identity, up=False, offering=ear.offering(Offering()))
        answer = parse(client.heard[-1].answer.sdp)
        await ear.connect(answer)
        await client.until("update")
        return client, ear

    async def native(self, identity: str) -> Native:
        """Let a Mumble client in."""
        keys = await self.audio.open(LegPlan(session=JUNO, source="127.0.0.1", protobuf=False))
        ready = self.workers.first().ready
        assert ready is not None
        native = Native(keys)
        await native.open(ready.voice_port)
        self._closing.append(native.transport.close)
        await self.audio.place(JUNO, CALL, Invitee(identity, identity.upper(), Rights()))
        return native


MEDIA = Media(
    workers=0,
    listen=("127.0.0.1",),
    udp_port=0,
    tcp_port=0,
    packets_per_second=9,
    fanout="python",
)


def _play(
    story: Callable[[LiveStage], Awaitable[None]], media: Media = MEDIA, port: int = 0
) -> None:
    async def whole() -> None:
        voice = voice_start(msgspec.structs.replace(VOICE, port=port), media.listen)
        async with (
            asyncio.timeout(30),
            media_workers(media, SystemClock(), voice=voice) as workers,
            asyncio.TaskGroup() as tasks,
        ):
            stage = LiveStage(tasks, workers)
            try:
                await story(stage)
                stage.conference.shut()
            finally:
                stage.stop()

    asyncio.run(whole())


async def _until(speak: Callable[[], None], heard: Callable[[], Awaitable[bool]]) -> None:
    """Speak every 20 ms until ``heard``."""
    while True:
        speak()
        try:
            async with asyncio.timeout(0.02):
                if await heard():
                    return
        except TimeoutError:
            pass


async def _next(events: AsyncIterator[AudioEvent], kind: type) -> AudioEvent:
    while not isinstance(event := await anext(events), kind):
        pass
    return event


async def _hear_oneself(native: Native) -> None:
    async def echoed() -> bool:
        return (await native.heard.get()).opus == OPUS

    await _until(lambda: native.speak(LOOPBACK_TARGET), echoed)


@pytest.mark.slow
def test_a_native_leg_and_a_browser_hear_each_other() -> None:
    async def story(stage: LiveStage) -> None:
        events = stage.audio.events()
        mara, ear = await stage.browser("mara")
        native = await stage.native("juno")
        stage.audio.number(CallId(CALL), "mara", Session(9))
        await mara.settle()
        slots = sections_of(await mara.offer(), Direction.SENDONLY)
        ssrcs = {section.ssrcs[0].ssrc for section in slots}
        assert len(ssrcs) == 4

        async def browser_hears() -> bool:
            ssrc, opus = await ear.heard.get()
            return ssrc in ssrcs and opus.startswith(OPUS)

        await _until(native.speak, browser_hears)
        assert await _next(events, Talking) == Talking(CALL, "juno", talking=True)
        active = (await mara.until("speakers_changed")).speakers[0]
        participant = stage.audio.legs[JUNO].participant
        assert participant is not None
        assert (active.sid, active.active) == (participant.sid, True)
        await mara.publish(TrackSource.MICROPHONE, "mic")
        mid = mara.offering.sections[-1].mid

        async def native_hears() -> bool:
            packet = await native.heard.get()
            return packet.session == 9 and packet.opus == OPUS

        await _until(lambda: ear.speak(mid), native_hears)

    _play(story)


@pytest.mark.slow
def test_a_light_page_hears_and_is_heard_by_both() -> None:
    async def story(stage: LiveStage) -> None:
        native = await stage.native("juno")
        ear = stage.ear()
        offering = ear.offering(page_offer())
        kim = Invitee("kim", "KIM", Rights())
        answer = parse((await stage.audio.open_web(CALL, kim, offering.text())).sdp)
        stage.audio.number(CallId(CALL), "kim", Session(8))
        await ear.connect(answer)
        ssrcs = {section.ssrcs[0].ssrc for section in answer.sections[1:]}

        async def page_hears() -> bool:
            ssrc, opus = await ear.heard.get()
            return ssrc in ssrcs and opus.startswith(OPUS)

        async def native_hears() -> bool:
            packet = await native.heard.get()
            return packet.session == 8 and packet.opus == OPUS

        await _until(native.speak, page_hears)
        await _until(lambda: ear.speak("0"), native_hears)

    _play(story)


@pytest.mark.slow
def test_after_kill_9_of_the_worker_sound_is_back_with_the_new_keys() -> None:
    async def story(stage: LiveStage) -> None:
        events = stage.audio.events()
        native = await stage.native("juno")
        await _hear_oneself(native)
        ready = stage.workers.first().ready
        assert ready is not None
        os.kill(ready.pid, signal.SIGKILL)
        rekeyed = await _next(events, Rekeyed)
        assert isinstance(rekeyed, Rekeyed)
        native.take_keys(rekeyed.keys)
        again = stage.workers.first().ready
        assert again is not None
        assert again.voice_port == ready.voice_port
        await _hear_oneself(native)
        assert [p.identity for p in stage.room.active()] == ["juno", "voice"]

    _play(story, msgspec.structs.replace(MEDIA, workers=1), free_port())
