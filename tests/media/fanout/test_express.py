"""Sound that C takes alone: the same comes out, and the same is counted, as when Python takes it.

Two worlds with the same keys live through the same: in one C may go on with talkers, in the other
it never may. Each datagram to each client has to be the same byte for byte.
"""

import itertools
import random
import select
import socket
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field

import pytest

from allmende.media import control, voicing
from allmende.media.control import Report
from allmende.media.fanout.choice import express_of
from allmende.media.fanout.interface import MAX_PLAIN_BYTES
from allmende.media.fanout.run import Run
from allmende.media.voice.leg import NativeLeg
from allmende.media.voice.udp import VoicePort
from allmende.media.webrtc.udp import open_udp
from allmende.protocols.mumble.varint import write_varint
from allmende.protocols.mumble.voice import (
    VoicePacket,
    VoicePing,
    legacy,
    legacy_ping,
    opus_duration_10ms,
    protobuf,
    protobuf_ping,
)
from tests.media.fanout.stage import fanout
from tests.media.voice.stage import Mumble, Stage

HOST = "127.0.0.1"
TALKERS = ("anna", "ben")
ALL = (*TALKERS, "carl", "dora")
COUNTED = ("next_frame", "packets", "seen_low", "seen_high", "heard_s", "good_s", "allowed",
           "spent", "turn")  # fmt: skip


@dataclass
class World:
    """A room with four clients, of whom two talk. ``alone``: datagrams that C took."""

    expressly: bool
    bound: socket.socket
    stage: Stage
    port: VoicePort
    clients: dict[str, Mumble]
    sockets: dict[str, socket.socket]
    kept: list[bytes] = field(default_factory=list)
    alone: int = 0

    def turn(self) -> None:
        """Take all that waits, as the worker does."""
        changes, express = self.stage.rooms.changes, self.port.express
        while select.select([self.bound], [], [], 0)[0]:
            before = self.packets()
            if express is not None and not express.go_on(changes.count, self.stage.now_s):
                self.alone += self.packets() - before
                continue
            self.alone += self.packets() - before
            self.port.readable(self.stage.now_s)

    def packets(self) -> int:
        return sum(self.leg(sid).run.packets for sid in self.clients)

    @property
    def address(self) -> tuple[str, int]:
        host = self.sockets["anna"].getsockname()[0]
        return host, self.bound.getsockname()[1]

    def leg(self, sid: str) -> NativeLeg:
        return self.stage.natives._legs[sid]

    def send(self, sid: str, datagram: bytes, *, turn: bool = True) -> None:
        self.kept = [*self.kept[-9:], datagram]
        self.sockets[sid].sendto(datagram, self.address)
        if turn:
            self.turn()

    def say(self, sid: str, packet: bytes, *, turn: bool = True) -> None:
        self.send(sid, self.clients[sid].crypt.encrypt(packet), turn=turn)

    def heard(self) -> dict[str, list[bytes]]:
        found: dict[str, list[bytes]] = {}
        for sid, bound in self.sockets.items():
            while select.select([bound], [], [], 0)[0]:
                found.setdefault(sid, []).append(bound.recv(2048))
        return found

    def told(self) -> list[Report]:
        told, self.stage.reports[:] = list(self.stage.reports), []
        return told

    def state(self) -> list[object]:
        """All that is counted of the talkers."""
        found: list[object] = []
        for sid in self.clients:
            leg = self.leg(sid)
            run: Run = leg.run
            found += [getattr(run, name) for name in COUNTED]
            found += [list(run.pieces), leg.dropped, leg.tcp_packets, leg.audience is None]
            crypt = leg.cipher
            found += [crypt.good, crypt.late, crypt.lost, crypt.server_nonce()]
        return found


@contextmanager
def world(*, expressly: bool, host: str = HOST, bind: str = HOST) -> Iterator[World]:
    with ExitStack() as stack:
        made = fanout("c")
        stage = Stage(fanout=made)
        bound = stack.enter_context(open_udp(bind, 0, stamped=False))
        express = express_of(made, bound) if expressly else None
        port = VoicePort(bound, made, stage.natives.receiving, express)
        clients, sockets = {}, {}
        for sid in ALL:
            modern = sid in ("ben", "dora")
            clients[sid] = stage.mumble(
                sid, host=host, modern=modern, bound=False, bandwidth_bps=144_000
            )
            family = socket.AF_INET6 if ":" in host else socket.AF_INET
            sockets[sid] = stack.enter_context(socket.socket(family, socket.SOCK_DGRAM))
            sockets[sid].bind((host, 0))
        found = World(expressly, bound, stage, port, clients, sockets)
        for sid in ALL:
            ping = protobuf_ping if clients[sid].modern else legacy_ping
            found.say(sid, ping(VoicePing(timestamp=7)))
        found.heard()
        yield found


@dataclass
class Story:
    """What happens, at random but the same in both worlds."""

    dice: random.Random
    frames: dict[str, int] = field(default_factory=lambda: dict.fromkeys(TALKERS, 1000))

    def sound(self, sid: str, modern: bool) -> bytes:
        """The next packet of a talker; now and then an odd one."""
        dice, frame = self.dice, self.frames[sid]
        toc, units = dice.choice([(0x08, 2)] * 40 + [(0x00, 1), (0x10, 4), (0x18, 6), (0x80, 0),
                                 (0x0B, 2), (0xE3, 0), (0x98, 4)])  # fmt: skip
        frame += dice.choice([0] * 60 + [2, 4, 40, 61, 62, 63, 64, 150, -2, -40, -300])
        self.frames[sid] = max(0, frame + units)
        if dice.random() < 0.01:
            self.frames[sid] = dice.choice([0, 126, 16_380, 1 << 21, (1 << 28) - 3, (1 << 32) - 5])
        size = dice.choice([40] * 60 + [0, 1, 2, 3, 120, 127, 128, 999, 1000, 1001])
        opus = (bytes((toc, dice.choice([1, 2, 0x42]))) + dice.randbytes(size))[:size]
        packet = VoicePacket(
            0, max(0, frame), opus, dice.random() < 0.02,
            dice.choice([0] * 60 + [1, 2, 31]),
        )  # fmt: skip
        form = protobuf if modern != (dice.random() < 0.05) else legacy
        written = form(packet, from_client=True)
        return self.bent(written) if dice.random() < 0.08 else written

    def bent(self, packet: bytes) -> bytes:
        """What no client writes, or few."""
        dice = self.dice
        bent = dice.choice([
            packet + bytes(12), packet + bytes(3), packet[:-1], packet[: len(packet) // 2],
            packet[:1], dice.randbytes(30), packet[:1] + b"\x08\x03" + packet[1:],
            packet[:1] + b"\x08\x00" + packet[1:], packet + b"\x80\x01\x01",
            b"\x80\xf0\x00\x00\x04" + packet[2:], b"\x80" + write_varint(-1) + packet[2:],
            packet[:1] + b"\x20\x85\x00" + packet[1:], b"\x81" + packet[1:],
            packet.replace(b"\x2a", b"\x2a\xff\xff\xff\xff\xff", 1),
        ])  # fmt: skip
        return bent[:MAX_PLAIN_BYTES]


def happens(story: Story, worlds: tuple[World, World]) -> None:
    """Let one thing happen in both."""
    dice = story.dice
    sid, chance, extra = dice.choice(TALKERS), dice.random(), dice.randrange(1 << 16)
    if chance < 0.8:
        packet, turn = story.sound(sid, sid == "ben"), dice.random() < 0.8
        for each in worlds:
            each.say(sid, packet, turn=turn)
    elif chance < 0.88:  # repeated, damaged, cut, late by what it overtook
        held = story.sound(sid, sid == "ben")
        for each in worlds:
            late = each.clients[sid].crypt.encrypt(held)
            known = each.kept[extra % len(each.kept)]
            odd = [
                known,
                known[:-1],
                known[:-1] + b"?",
                b"",
                known + b"x",
                bytes(1024),
                bytes(1025),
            ]
            each.send(sid, odd[extra % len(odd)])
            each.say(sid, legacy_ping(VoicePing(timestamp=extra)))
            each.send(sid, late)
    elif chance < 0.95:
        for each in worlds:
            each.turn()
            each.stage.pass_time(0.02 * (extra % 5))
            if extra % 40 == 0:
                each.stage.pass_time(1.5)
    else:
        for each in worlds:
            each.turn()
            changed(each, sid, extra)


def changed(each: World, sid: str, extra: int) -> None:
    """Change rights or hearers."""
    stage, other = each.stage, ALL[extra % len(ALL)]
    yes = bool(extra & 64)
    rarely = extra & 112 == 0
    kind = extra // 128 % 8
    if kind == 0:
        stage.do(voicing.FlagMumble(id=1, leg=other, silent=rarely, deaf=False))
    elif kind == 1:
        stage.do(voicing.FlagMumble(id=1, leg=other, silent=False, deaf=yes))
    elif kind == 2:
        stage.place(sid, "R", suppressed=rarely)
    elif kind == 3:
        stage.place(other, "R", sources=("microphone",) if not rarely else ())
    elif kind == 4:
        stage.do(voicing.FormatMumble(id=1, leg=other, protobuf=yes))
    elif kind == 5:
        legs = ("dora",) if yes else ()
        stage.do(voicing.AimMumble(id=1, leg=sid, target=1, legs=legs, whisper=yes))
    elif kind == 6:
        stage.do(voicing.LimitMumble(id=1, leg=sid, bandwidth_bps=144_000 if yes else 40_000))
    else:
        stage.do(control.OpenRoom(id=1, room="S"))
        stage.place("carl", "S" if yes else "R")
        listens = ("S",) if extra & 32 else ()
        stage.do(voicing.ListenMumble(id=1, leg="dora", rooms=listens))


@pytest.mark.parametrize("seed", range(6))
def test_both_ways_send_count_and_decide_the_same(seed: int) -> None:
    story = Story(random.Random(seed))
    with world(expressly=True) as one, world(expressly=False) as two:
        for _ in range(700):
            happens(story, (one, two))
            for each in (one, two):
                each.stage.now_s += 0.009
            if not (select.select([one.bound], [], [], 0)[0]):
                assert one.heard() == two.heard()
                assert one.told() == two.told()
                assert one.state() == two.state()
        assert one.alone > 20
        assert two.alone == 0


def spoken(each: World, count: int, sid: str = "anna", frame: int = 500) -> int:
    """Say so many packets of 20 ms; return how many of them C took."""
    before = each.alone
    for nth in range(count):
        packet = VoicePacket(0, frame + 2 * nth, b"\x08=....")
        form = protobuf if each.clients[sid].modern else legacy
        each.say(sid, form(packet, from_client=True))
        each.stage.now_s += 0.02
    return each.alone - before


@pytest.mark.parametrize(("host", "bind"), [(HOST, HOST), (HOST, ""), ("::1", "")])
@pytest.mark.parametrize("sid", TALKERS)
def test_all_but_the_first_packet_of_a_word_go_by_c_alone(host: str, bind: str, sid: str) -> None:
    with world(expressly=True, host=host, bind=bind) as each:
        assert spoken(each, 5, sid) == 4
        heard = each.heard()
        assert {name: len(packets) for name, packets in heard.items()} == {
            name: 5 for name in ALL if name != sid
        }


REVOKED: dict[str, control.Command] = {
    "muted": voicing.FlagMumble(id=1, leg="anna", silent=True, deaf=False),
    "suppressed": voicing.PlaceMumble(
        id=1, leg="anna", room="R", sources=("microphone",), suppressed=True, may_whisper=True,
        first=False,
    ),
    "without microphone": voicing.PlaceMumble(
        id=1, leg="anna", room="R", sources=(), suppressed=False, may_whisper=True, first=False
    ),
    "nowhere": voicing.PlaceMumble(
        id=1, leg="anna", room="", sources=("microphone",), suppressed=False, may_whisper=True,
        first=False,
    ),
    "closed": control.CloseRoom(id=1, room="R"),
    "gone": voicing.CloseMumble(id=1, leg="anna"),
}  # fmt: skip


@pytest.mark.parametrize("how", REVOKED)
def test_who_may_not_talk_any_more_is_not_heard_from_the_answer_on(how: str) -> None:
    with world(expressly=True) as each:
        assert spoken(each, 4) == 3
        each.stage.do(REVOKED[how])
        each.heard()
        for nth in range(4, 8):
            packet = VoicePacket(0, 500 + 2 * nth, b"\x08=....")
            each.sockets["anna"].sendto(
                each.clients["anna"].crypt.encrypt(legacy(packet, from_client=True)),
                each.address,
            )
            express = each.port.express
            assert express is not None
            assert express.go_on(each.stage.rooms.changes.count, each.stage.now_s)
            each.port.readable(each.stage.now_s)
        assert each.heard() == {}


def test_where_slots_or_tunnels_are_heard_c_takes_nothing() -> None:
    with world(expressly=True) as each:
        each.stage.do(
            voicing.TunnelIn(id=1, leg="carl", packet=legacy_ping(VoicePing(timestamp=1)))
        )
        assert spoken(each, 4) == 0
        each.say("carl", legacy(VoicePacket(0, 7, b"\x08=....", last=True), from_client=True))
        assert spoken(each, 3, frame=508) == 2
        each.stage.join("w")
        each.stage.slots(2, "w")
        assert spoken(each, 4, frame=514) == 0


def test_what_is_not_next_is_left_in_the_socket() -> None:
    with world(expressly=True) as each:
        spoken(each, 2)
        express = each.port.express
        assert express is not None
        count = each.stage.rooms.changes.count
        each.sockets["anna"].sendto(b"not of us", each.address)
        assert express.go_on(count, each.stage.now_s)
        assert each.bound.recv(100) == b"not of us"
        assert not express.go_on(count, each.stage.now_s)


def test_after_a_change_c_takes_over_only_with_the_hearers_of_now() -> None:
    with world(expressly=True) as each:
        assert spoken(each, 4) == 3
        each.stage.do(voicing.FlagMumble(id=1, leg="carl", silent=False, deaf=True))
        each.heard()
        # A frame that came before is for nobody: nobody was looked up for it, either.
        again = VoicePacket(0, 500, b"\x08=....")
        each.say("anna", legacy(again, from_client=True))
        assert spoken(each, 3, frame=508) == 3
        heard = {name: len(packets) for name, packets in each.heard().items()}
        assert heard == {"ben": 3, "dora": 3}


def test_c_plays_what_lasts_as_long_as_it_should() -> None:
    with world(expressly=True) as each:
        spoken(each, 2)
        run, frame, before = each.leg("anna").run, 504, each.alone
        for code, second in itertools.product(range(256), (1, 2, 3, 4, 6, 0x41, 0x82, 48)):
            opus = bytes((code, second)) + b"...."
            each.say("anna", legacy(VoicePacket(0, frame, opus), from_client=True))
            each.stage.now_s += 0.02
            units = opus_duration_10ms(opus)
            before += units is not None
            frame += units or 0
            assert (run.next_frame, each.alone) == (frame, before), (code, second)
