"""Who hears a packet is found once and again after a change."""

from allmende.media.control import Report
from allmende.media.fanout.python import PythonFanout
from allmende.media.voice.audience import Audience, Changes, Hearers
from allmende.media.voice.leg import NativeLeg
from allmende.media.voice.talker import SHOUT, Sound, Talker
from allmende.media.voicing import OpenMumble, TunnelOut
from allmende.protocols.mumble.voice import VoicePacket, parse_legacy, parse_protobuf
from tests.media.voice.stage import AirPort, opus


def native(sid: str, *, port: AirPort | None, protobuf: bool = False) -> NativeLeg:
    asked = OpenMumble(
        id=1, leg=sid, session=5, source="", key=b"k" * 16, client_nonce=b"c" * 16,
        server_nonce=b"s" * 16, protobuf=protobuf, tcp_only=False, bandwidth_bps=72_000,
    )  # fmt: skip
    crypt = PythonFanout().crypt(asked.key, asked.client_nonce, asked.server_nonce)
    leg = NativeLeg(asked, crypt, 1.0)
    leg.port, leg.remote = port, (sid, 1)
    return leg


class Scene:
    """Legs, a talker, and an audience for them."""

    def __init__(self, *legs: NativeLeg) -> None:
        self.legs = list(legs)
        self.found = 0
        self.changes = Changes()
        self.reports: list[Report] = []
        hearers = Hearers(self.find, self.changes, self.reports.append)
        self.audience = Audience(SHOUT, hearers, lambda: (), self.changes)
        self.talker = Talker("talker", 7, 0.4, None)

    def find(self) -> list[NativeLeg]:
        self.found += 1
        return self.legs

    def carry(self) -> None:
        self.audience.carry(Sound(self.talker, 4, 2, opus(b"x"), 1.0))


def test_hearers_are_looked_up_only_after_a_change() -> None:
    air = AirPort()
    scene = Scene(native("a", port=air))
    for _ in range(5):
        scene.carry()
    assert scene.found == 1
    scene.legs.append(native("b", port=air))
    scene.changes.happened()
    for _ in range(5):
        scene.carry()
    assert scene.found == 2
    assert len(air.arrived[("a", 1)]) == 10
    assert len(air.arrived[("b", 1)]) == 5


def test_each_socket_has_its_group_and_an_empty_one_is_emptied() -> None:
    first, second = AirPort(), AirPort()
    a, b = native("a", port=first), native("b", port=second)
    scene = Scene(a, b)
    scene.carry()
    assert (first.calls, second.calls) == (1, 1)
    b.port = first
    scene.changes.happened()
    scene.carry()
    assert [m.remote for m in first.groups[0].members] == [("a", 1), ("b", 1)]
    assert list(second.groups[0].members) == []


def test_each_form_is_written_once_and_the_tunnels_get_it_as_one_report() -> None:
    scene = Scene(
        native("a", port=None), native("b", port=None, protobuf=True), native("c", port=None)
    )
    scene.carry()
    told = [r for r in scene.reports if isinstance(r, TunnelOut)]
    assert [r.legs for r in told] == [("a", "c"), ("b",)]
    packet = VoicePacket(7, 4, opus(b"x"), last=False, target=SHOUT)
    assert parse_legacy(told[0].packet, from_client=False) == packet
    assert parse_protobuf(told[1].packet, from_client=False) == packet


def test_a_talker_without_session_is_not_sent_to_natives() -> None:
    scene = Scene(native("a", port=None))
    scene.talker.session = 0
    scene.carry()
    assert scene.reports == []


def test_nobody_hears_its_own_voice() -> None:
    air = AirPort()
    a, b = native("a", port=None), native("b", port=air)
    scene = Scene(a, b)
    scene.audience.carry(Sound(a, 0, 2, opus(b"x"), 1.0))
    scene.audience.carry(Sound(b, 0, 2, opus(b"x"), 1.0))
    assert [r.legs for r in scene.reports if isinstance(r, TunnelOut)] == [("a",)]
    assert len(air.arrived[("b", 1)]) == 1


def test_the_end_is_a_frame_of_silence_where_the_next_packet_would_be() -> None:
    scene = Scene(native("a", port=None))
    scene.talker.run.begin(10, 6)
    scene.audience.end(scene.talker, 2.0)
    (told,) = [r for r in scene.reports if isinstance(r, TunnelOut)]
    packet = VoicePacket(7, 16, b"\xf8\xff\xfe", last=True, target=SHOUT)
    assert parse_legacy(told.packet, from_client=False) == packet
