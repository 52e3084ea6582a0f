"""Packets leave in the same bytes, whether Python protects them or C."""

import random
import socket
from collections import deque
from collections.abc import Iterator
from contextlib import ExitStack

import pytest
from pylibsrtp import Policy, Session

from allmende.media import control, room
from allmende.media.fanout.streams import Queue, SrtpFanout
from allmende.media.tracks.down import Down
from allmende.media.webrtc.srtp import session_keys
from allmende.media.webrtc.transport import LegEvents
from allmende.protocols.rtcp import feedback, reports
from tests.media.fanout.stage import srtp
from tests.media.stage import VIDEO, FakeTransport, Source, Stage

MASTER = bytes(range(28))
GCM = Policy.SRTP_PROFILE_AEAD_AES_128_GCM
LEGS = ("a", "b", "c", "d")


def opening() -> Session:
    return Session(Policy(MASTER, Policy.SSRC_ANY_INBOUND, srtp_profile=GCM))


class PlainTransport(FakeTransport):
    """Protects by libsrtp."""

    def __init__(self) -> None:
        super().__init__()
        self.cipher = Session(Policy(MASTER, Policy.SSRC_ANY_OUTBOUND, srtp_profile=GCM)).protect

    def switch(self, *, udp: bool) -> None:
        """There is one way only."""

    def take(self) -> list[bytes]:
        """What was sent since the last time."""
        sent, self.sent = self.sent, []
        return sent


class StreamTransport(PlainTransport):
    """Lets C protect, and reads what comes out of its socket."""

    def __init__(self, fanout: SrtpFanout, queue: Queue, sink: socket.socket) -> None:
        super().__init__()
        self._queue = queue
        self._sink = sink
        self.fan = fanout.leg(*session_keys(MASTER))
        self.switch(udp=True)

    def switch(self, *, udp: bool) -> None:
        """By UDP it leaves in C, by TCP through `send_protected`."""
        assert self.fan is not None
        if udp:
            self.fan.leave_by(self._queue, self._sink.getsockname())
        else:
            self.fan.leave_by(None)

    def protect_rtp(self, packet: bytes) -> bytes:
        raise AssertionError("two ciphers under one key")

    def take(self) -> list[bytes]:
        """What was sent since the last time."""
        self._queue.flush()
        found = []
        while True:
            try:
                found.append(self._sink.recv(2048))
            except BlockingIOError:
                return found + super().take()


class PlainStage(Stage):
    """Python protects."""

    def _open(self, events: LegEvents) -> PlainTransport:
        transport = self.made()
        self._opened.append((events, transport))
        self.ways.append(transport)
        return transport

    def __post_init__(self) -> None:
        super().__post_init__()
        self.ways: list[PlainTransport] = []

    def made(self) -> PlainTransport:
        """A transport for the next leg."""
        return PlainTransport()

    def second_passed(self) -> None:
        """A second passes for what is kept."""

    def downs(self) -> dict[str, Down]:
        """All downs, with all numbers up to date."""
        found = {}
        for one in self.rooms._rooms.values():
            for sid, down in one.downs.items():
                down.settle()
                found[sid] = down
        return found


class StreamStage(PlainStage):
    """C protects, and forwards by itself what simply follows."""

    def __init__(self, fanout: SrtpFanout, stack: ExitStack) -> None:
        self._fanout = fanout
        self._stack = stack
        self._bound = stack.enter_context(socket.socket(socket.AF_INET, socket.SOCK_DGRAM))
        self._queue = fanout.queue(self._bound)
        super().__init__()

    def made(self) -> PlainTransport:
        sink = self._stack.enter_context(socket.socket(socket.AF_INET, socket.SOCK_DGRAM))
        sink.setblocking(False)
        sink.bind(("127.0.0.1", 0))
        return StreamTransport(self._fanout, self._queue, sink)

    def second_passed(self) -> None:
        self._fanout.second_passed()


@pytest.fixture
def stack() -> Iterator[ExitStack]:
    with ExitStack() as opened:
        yield opened


@pytest.fixture
def fanout() -> SrtpFanout:
    return srtp()


class Script:
    """The same story on any stage: what happens hangs on the seed alone."""

    def __init__(self, stage: PlainStage, seed: int) -> None:
        self._stage = stage
        self._chance = random.Random(seed)
        stage.join(*LEGS)
        self._voice = stage.audio("a")
        self._camera = stage.video("a", rids=("q", "h"))
        self._small = stage.video("b", "W")
        for index, leg in enumerate(("b", "c", "d")):
            stage.down(leg, "A", ssrc=10 + index, strip=leg == "c")
            stage.down(leg, "V", ssrc=20 + index)
        stage.down("a", "W", ssrc=30)
        stage.down("c", "W", ssrc=31, codecs=VIDEO)
        self._late: deque[tuple[Source, bytes]] = deque()
        for source in (*self._camera, *self._small):
            stage.send(source, *source.frame(key=True))

    def step(self) -> list[list[bytes]]:
        """Let one thing happen; return what each leg got of it."""
        kinds = (self._speech, self._picture, self._picture, self._event)
        self._chance.choices(kinds, (4, 8, 8, 1))[0]()
        return [way.take() for way in self._stage.ways]

    def _deliver(self, source: Source, packets: list[bytes]) -> None:
        for packet in packets:
            luck = self._chance.random()
            if luck < 0.02:
                self._late.append((source, packet))
            elif luck < 0.03:
                continue
            elif luck < 0.04:
                self._stage.send(source, packet, packet)
            else:
                self._stage.send(source, packet)
            if self._late and self._chance.random() < 0.2:
                whose, held = self._late.popleft()
                self._stage.send(whose, held)

    def _speech(self) -> None:
        voice, chance = self._voice, self._chance
        for _ in range(chance.randrange(1, 6)):
            if chance.random() < 0.2:
                block = b"\x6f" + chance.randbytes(30)  # RED: the primary block alone
                packet = voice.write(block, payload_type=63, level=chance.randrange(128))
                voice.timestamp += 960
            else:
                packet = voice.opus(chance.randbytes(chance.randrange(1, 90)), 20)
            self._deliver(voice, [packet])

    def _picture(self) -> None:
        chance = self._chance
        source = chance.choice((*self._camera, *self._small))
        for frame in range(chance.randrange(1, 9)):
            key = chance.random() < 0.03
            packets = source.frame(
                key=key, temporal=0 if key else (0, 2, 1, 2)[frame % 4],
                packets=chance.randrange(1, 4),
            )  # fmt: skip
            if chance.random() < 0.05:  # a probe of the sender's bandwidth: nothing but padding
                packets.append(source.write(b"", payload_type=96))
            self._deliver(source, packets)

    def _event(self) -> None:
        self._chance.choice(
            (self._time, self._nack, self._mute, self._wish, self._report, self._road, self._rights)
        )()

    def _time(self) -> None:
        self._stage.pass_time(self._chance.choice((0.02, 0.2, 1.0)))
        if self._chance.random() < 0.5:
            self._stage.second_passed()

    def _nack(self) -> None:
        index = self._chance.randrange(3)
        ssrc = self._chance.choice((10, 20)) + index
        numbers = [self._chance.randrange(400) for _ in range(5)]
        packet = feedback.write_nack(1, ssrc, sorted(set(numbers)))
        self._stage.events["bcd"[index]].rtcp_received(packet, self._stage.now_s)

    def _mute(self) -> None:
        up, muted = self._chance.choice(("A", "V", "W")), self._chance.random() < 0.3
        self._stage.do(control.SetMuted(id=1, up=up, muted=muted))

    def _wish(self) -> None:
        chance = self._chance
        leg = chance.choice(("b", "c", "d"))
        wide = chance.random() < 0.5
        self._stage.do(
            control.SetDown(
                id=1, down=f"V>{leg}", disabled=chance.random() < 0.2,
                width=1280 if wide else 320, height=720 if wide else 180,
                fps=chance.choice((0, 0, 0, 10)),
            )
        )  # fmt: skip

    def _report(self) -> None:
        source = self._chance.choice((self._voice, *self._camera))
        report = reports.SenderReport(source.ssrc, 1 << 40, source.timestamp, 1, 1)
        packet = reports.write_sender_report(report)
        self._stage.events["a"].rtcp_received(packet, self._stage.now_s)

    def _road(self) -> None:
        self._chance.choice(self._stage.ways).switch(udp=self._chance.random() < 0.6)

    def _rights(self) -> None:
        rights = control.LegRights(
            sources=("microphone", "camera"), subscribe=self._chance.random() < 0.7
        )
        leg = self._chance.choice(("b", "c", "d"))
        self._stage.do(control.SetRights(id=1, leg=leg, rights=rights))


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(12))
def test_any_story_leaves_in_the_same_bytes(
    seed: int, fanout: SrtpFanout, stack: ExitStack, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(room, "FIRST_NUMBERS", 1)  # or each stage would begin with its own
    plain, streams = PlainStage(), StreamStage(fanout, stack)
    scripts = Script(plain, seed), Script(streams, seed)
    for step in range(400):
        expected, found = (script.step() for script in scripts)
        assert found == expected, f"step {step}"
        if step % 50 == 0:
            ours, theirs = streams.downs(), plain.downs()
            for sid, down in theirs.items():
                for name in ("packets", "octets", "dropped", "current"):
                    assert getattr(ours[sid], name) == getattr(down, name), (step, sid, name)
    for ours_of, theirs_of in zip(streams.ways, plain.ways, strict=True):
        told = theirs_of.told_of(reports.SenderReport)
        assert ours_of.told_of(reports.SenderReport) == told


@pytest.mark.slow
def test_a_receiver_opens_everything_over_more_than_one_round_of_numbers(
    fanout: SrtpFanout, stack: ExitStack
) -> None:
    stage = StreamStage(fanout, stack)
    stage.join("a", "b")
    voice = stage.audio("a")
    stage.down("b", "A")
    voice.sequence, receiver = 65_000, opening()
    heard = 0
    for number in range(70_000):
        if number % 1000 == 0:
            stage.pass_time(1.0)
        stage.send(voice, voice.opus(number.to_bytes(3, "big")))
        if number % 50 == 49:
            for packet in stage.ways[1].take():
                assert int.from_bytes(receiver.unprotect(packet)[-3:], "big") == heard
                heard += 1
    assert heard == 70_000


def test_without_keys_of_gcm_python_goes_on(stack: ExitStack, fanout: SrtpFanout) -> None:
    stage = StreamStage(fanout, stack)
    stage.join("a", "b")
    voice = stage.audio("a")
    stage.join("c")
    late = PlainTransport()
    stage.rooms._room_of_leg["c"].legs["c"].outlet.transport = late
    stage.down("b", "A", ssrc=1)
    stage.down("c", "A", ssrc=2)
    stage.send(voice, voice.opus(b"for both"))
    (by_c,), (by_python,) = stage.ways[1].take(), late.take()
    assert opening().unprotect(by_c)[-8:] == b"for both"
    assert opening().unprotect(by_python)[-8:] == b"for both"
