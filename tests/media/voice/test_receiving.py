"""Packets of native legs: pings, ways, checks, whispers, the echo."""

import os
import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from allmende.media import voicing
from allmende.media.voice.bridge import SILENCE
from allmende.media.voice.leg import MAX_PINGS_A_SECOND
from allmende.media.voicing import SlotFilled, Talks, TunnelOut
from allmende.protocols.mumble.server_ping import parse_server_answer
from allmende.protocols.mumble.voice import (
    LOOPBACK,
    VoicePacket,
    VoicePing,
    legacy_ping,
    protobuf_ping,
)
from tests.media.voice.stage import Mumble, Stage, opus


@pytest.fixture
def stage() -> Stage:
    return Stage()


def aim(stage: Stage, leg: str, *legs: str, target: int = 1, whisper: bool = True) -> None:
    stage.do(voicing.AimMumble(id=1, leg=leg, target=target, legs=legs, whisper=whisper))


def dropped(stage: Stage, leg: str) -> int:
    return stage.natives._legs[leg].dropped


# --- pings --------------------------------------------------------------------------------


@pytest.mark.parametrize("modern", [False, True])
@pytest.mark.parametrize("tunnel", [False, True])
def test_a_ping_comes_back_as_it_was_by_the_same_way(
    stage: Stage, modern: bool, tunnel: bool
) -> None:
    anna = stage.mumble("anna", modern=modern)
    ping = VoicePing(timestamp=1 << 40)
    packet = (protobuf_ping if modern else legacy_ping)(ping)
    if tunnel:
        stage.do(voicing.TunnelIn(id=1, leg="anna", packet=packet))
        assert stage.air.arrived == {}
    else:
        anna.send(packet)
    assert anna.got() == [ping]


def test_the_muted_are_answered_too_so_that_they_keep_udp(stage: Stage) -> None:
    anna = stage.mumble("anna")
    stage.do(voicing.FlagMumble(id=1, leg="anna", silent=True, deaf=True))
    anna.send(legacy_ping(VoicePing(timestamp=3)))
    assert anna.got() == [VoicePing(timestamp=3)]


def test_an_extended_ping_tells_counts(stage: Stage) -> None:
    stage.do(voicing.PublicCount(id=1, users=9, most=300, bandwidth_bps=72_000))
    anna = stage.mumble("anna", modern=True)
    anna.send(protobuf_ping(VoicePing(timestamp=4, extended=True)))
    (datagram,) = stage.air.arrived.pop(anna.remote)
    token, said = parse_server_answer(anna.crypt.decrypt(datagram) or b"")
    assert (token, said.users, said.most) == (4, 0, 300)


def test_pings_are_few_in_a_second(stage: Stage) -> None:
    anna = stage.mumble("anna")
    stage.pass_time(1.1)
    for _ in range(100):
        anna.send(legacy_ping(VoicePing(timestamp=1)))
    assert len(anna.got()) == MAX_PINGS_A_SECOND


# --- ways ---------------------------------------------------------------------------------


def test_a_leg_listens_where_it_last_spoke(stage: Stage) -> None:
    anna, ben = stage.mumble("anna", bound=False), stage.mumble("ben")
    ben.say(opus(b"1"))
    assert stage.air.arrived.get(anna.remote) is None
    assert anna.texts() == [b"1"]
    anna.say(opus(b"x"))
    ben.say(opus(b"2"))
    assert len(stage.air.arrived[anna.remote]) == 1
    anna.say(opus(b"x"), tunnel=True)
    ben.say(opus(b"3"))
    assert len(stage.air.arrived[anna.remote]) == 1
    anna.send(legacy_ping(VoicePing(timestamp=1)))
    ben.say(opus(b"4"))
    assert len(stage.air.arrived[anna.remote]) == 2  # the ping's answer
    anna.say(opus(b"x"))
    ben.say(opus(b"5"))
    assert len(stage.air.arrived[anna.remote]) == 3
    assert ben.texts() == [b"x"] * 3


def test_a_dummy_in_the_tunnel_says_that_it_listens_there(stage: Stage) -> None:
    anna, ben = stage.mumble("anna"), stage.mumble("ben")
    stage.do(voicing.TunnelIn(id=1, leg="anna", packet=bytes(3)))
    ben.say(opus(b"x"))
    assert stage.air.arrived.get(anna.remote) is None
    assert anna.texts() == [b"x"]


def test_tunnelled_legs_of_one_form_share_a_report(stage: Stage) -> None:
    people = [stage.mumble(f"p{n}", bound=False, modern=n > 3) for n in range(8)]
    people[0].say(opus(b"x"), tunnel=True)
    sent = [r for r in stage.reported(TunnelOut) if isinstance(r, TunnelOut)]
    assert [r.legs for r in sent] == [("p1", "p2", "p3"), ("p4", "p5", "p6", "p7")]
    stage.reports.extend(sent)
    assert [p.texts() for p in people] == [[]] + [[b"x"]] * 7


def test_a_packet_for_a_leg_that_is_gone_is_no_error(stage: Stage) -> None:
    stage.do(voicing.TunnelIn(id=1, leg="gone", packet=b"x"))


# --- checks -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "sound",
    [
        b"\x08\x00",
        b"",
        b"\x80====",  # 2.5 ms
        b"\x88====",  # 5 ms
        b"\x03\x06" + b"=" * 50,  # 60 ms is well: ten of 6
        b"\x03\x30" + b"=" * 50,  # 120 ms
    ],
)
def test_what_is_no_piece_of_10_20_40_or_60_ms_is_dropped(stage: Stage, sound: bytes) -> None:
    anna, ben = stage.mumble("anna"), stage.mumble("ben")
    before = dropped(stage, "anna")
    anna.say(sound)
    passes = sound[:2] == b"\x03\x06"
    assert len(ben.heard()) == passes
    assert dropped(stage, "anna") - before == (not passes)


def test_1000_bytes_pass_in_both_forms_and_more_do_not(stage: Stage) -> None:
    anna, ben = stage.mumble("anna"), stage.mumble("ben", modern=True)
    carla = stage.mumble("carla", bound=False, modern=True)
    biggest = b"\x08" + b"=" * 999
    anna.say(biggest, frame=(1 << 32) - 2)
    assert [p.opus for p in ben.heard()] == [biggest]
    stage.do(voicing.TunnelIn(id=1, leg="carla", packet=b"\x00" + b"\x2a\xf0\x07" + bytes(1008)))
    anna.say(biggest, frame=(1 << 32) + 2)
    assert ben.heard() == carla.heard()[1:] == []


def test_a_leg_may_not_send_more_than_its_bandwidth_and_a_quarter(stage: Stage) -> None:
    anna, ben = stage.mumble("anna", bandwidth_bps=40_000), stage.mumble("ben")
    for _ in range(100):  # 100 packets of 93 bytes and overhead a second: 100 kbit/s
        anna.say(b"\x00" + b"=" * 88)
        stage.pass_time(0.02)
        anna.say(b"\x00" + b"=" * 88)
    passed = len(ben.heard())
    assert 2 * 50_000 / 8 / 125 * 0.85 < passed <= 2 * 50_000 / 8 / 125 * 1.1


def test_a_jump_begins_anew_but_not_with_every_packet(stage: Stage) -> None:
    anna, ben = stage.mumble("anna"), stage.mumble("ben")
    for nth in range(50):
        anna.say(opus(b"x"), frame=nth * 1000)
        stage.pass_time(0.02)
    assert 2 <= len(ben.heard()) <= 8
    stage.pass_time(1)
    anna.say(opus(b"a"), frame=5000)
    stage.pass_time(0.02)
    anna.say(opus(b"b"), frame=0)
    anna.say(opus(b"c"))
    assert ben.texts()[-3:] == [b"a", b"b", b"c"]


def test_a_flood_of_ends_is_dropped(stage: Stage) -> None:
    anna, ben = stage.mumble("anna"), stage.mumble("ben")
    for _ in range(50):
        anna.say(opus(b"x"), last=True)
        stage.pass_time(0.02)
    assert len(ben.heard()) <= 11
    for _ in range(50):
        anna.say(b"", last=True)
    assert ben.heard() == []


def test_reordered_packets_pass_in_the_order_they_came_and_once(stage: Stage) -> None:
    anna, ben = stage.mumble("anna"), stage.mumble("ben")
    for frame in (100, 104, 102, 102, 104, 98, 106):
        anna.say(opus(str(frame).encode()), frame=frame)
    assert ben.texts() == [b"100", b"104", b"102", b"106"]


@pytest.mark.parametrize("room", ["", "R"])
def test_loopback_reaches_the_talker_alone(stage: Stage, room: str) -> None:
    anna, ben = stage.mumble("anna", room), stage.mumble("ben")
    anna.say(opus(b"echo"), target=LOOPBACK, last=True)
    (echo,) = anna.heard()
    assert (echo.session, echo.opus, echo.last, echo.target) == (1, opus(b"echo"), True, 0)
    anna.say(opus(b"echo"), target=LOOPBACK, tunnel=True)
    assert anna.texts() == [b"echo"]
    assert ben.got() == []
    stage.pass_time(0.1)
    assert stage.reported(Talks) == []


def test_whatever_comes_nothing_breaks_and_nobody_is_disturbed(stage: Stage) -> None:
    anna, ben = stage.mumble("anna"), stage.mumble("ben")
    dice = random.Random(5)
    for nth in range(2000):
        junk = bytes((dice.choice((0, 1, 0x20, 0x80, 0x81, 0xFF)),)) + os.urandom(nth % 40)
        anna.send(junk)
        stage.do(voicing.TunnelIn(id=1, leg="anna", packet=junk))
    stage.do(voicing.TunnelIn(id=1, leg="anna", packet=b""))
    stage.do(voicing.TunnelIn(id=1, leg="anna", packet=b"\x80" * 5000))
    stage.datagram(bytes(2000), anna.remote)
    ben.got()
    stage.air.arrived.clear()
    stage.tunnelled("anna")
    anna.crypt.resync(stage.do(voicing.ResyncMumble(id=1, leg="anna", client_nonce=b"")).nonce)
    ben.say(opus(b"x"))
    assert anna.texts() == [b"x"]


@settings(max_examples=50)
@given(st.lists(st.binary(max_size=60), max_size=20))
def test_any_bytes_may_come_through_the_tunnel(packets: list[bytes]) -> None:
    stage = Stage()
    stage.mumble("anna", bound=False)
    stage.mumble("ben", bound=False, modern=True)
    for packet in packets:
        stage.do(voicing.TunnelIn(id=1, leg="anna", packet=packet))


# --- whispers -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("whisper", "context", "word"), [(True, 2, "whisper"), (False, 1, "shout")]
)
def test_a_target_reaches_those_it_names_and_nobody_else(
    stage: Stage, whisper: bool, context: int, word: str
) -> None:
    anna, ben, carla = (stage.mumble(sid) for sid in ("anna", "ben", "carla"))
    dora = stage.mumble("dora", "other", modern=True)
    aim(stage, "anna", "ben", "dora", "anna", "gone", target=30, whisper=whisper)
    anna.say(opus(b"psst"), target=30)
    for hears in (ben, dora):
        assert [(p.opus, p.target) for p in hears.heard()] == [(opus(b"psst"), context)]
    assert anna.got() == carla.got() == []
    stage.pass_time(0.02)
    assert [t.aim for t in stage.reported(Talks) if isinstance(t, Talks)] == [word]


def test_a_target_that_is_not_set_or_not_allowed_reaches_nobody(stage: Stage) -> None:
    anna, ben = stage.mumble("anna"), stage.mumble("ben")
    anna.say(opus(b"x"), target=5)
    aim(stage, "anna", "ben")
    aim(stage, "anna")
    anna.say(opus(b"x"), target=1)
    aim(stage, "anna", "ben")
    stage.place("anna", "R", may_whisper=False)
    anna.say(opus(b"x"), target=1)
    assert ben.got() == []
    anna.say(opus(b"talk"))
    assert ben.texts() == [b"talk"]


def test_a_whisper_ends_for_those_who_heard_it_when_it_turns_into_talk(stage: Stage) -> None:
    anna, ben, carla = (stage.mumble(sid) for sid in ("anna", "ben", "carla"))
    aim(stage, "anna", "ben")
    anna.say(opus(b"psst"), target=1)
    anna.say(opus(b"hello"))
    assert [(p.target, p.last) for p in ben.heard()] == [(2, False), (2, True), (0, False)]
    assert carla.texts() == [b"hello"]


@pytest.mark.parametrize("how", ["aim", "right", "close"])
def test_a_whisper_that_is_cut_off_ends(stage: Stage, how: str) -> None:
    anna, ben = stage.mumble("anna"), stage.mumble("ben")
    aim(stage, "anna", "ben")
    anna.say(opus(b"psst"), target=1)
    if how == "aim":
        aim(stage, "anna")
    elif how == "right":
        stage.place("anna", "R", may_whisper=False)
    else:
        stage.do(voicing.CloseMumble(id=1, leg="anna"))
    assert [p.opus == SILENCE for p in ben.heard()] == [False, True]


def test_a_whisper_to_browsers_reaches_only_them_and_leaves_no_gap(stage: Stage) -> None:
    stage.join("web", "other")
    stage.slots(2, "web", "other")
    anna: Mumble = stage.mumble("anna")
    aim(stage, "anna", "web")
    for nth in range(6):
        stage.pass_time(0.02)
        anna.say(opus(str(nth).encode()), target=nth // 3 % 2)
    told = [(r.leg, r.to) for r in stage.reported(SlotFilled) if isinstance(r, SlotFilled)]
    assert told == [("anna", ()), ("anna", ("web",))]
    web, other = stage.heard("web"), stage.heard("other")
    assert [h.payload[2:] for h in web if h.payload != SILENCE] == [
        b"0",
        b"1",
        b"2",
        b"3",
        b"4",
        b"5",
    ]
    assert [h.payload[2:] for h in other if h.payload != SILENCE] == [b"0", b"1", b"2"]
    for heard in (web, other):
        first = heard[0].sequence
        assert [(h.sequence - first) & 0xFFFF for h in heard] == list(range(len(heard)))


def test_the_loss_of_a_whisper_is_no_gap_for_others(stage: Stage) -> None:
    stage.join("web", "other")
    stage.slots(2, "web", "other")
    anna = stage.mumble("anna")
    aim(stage, "anna", "web")
    anna.say(opus(b"a"))
    anna.say(opus(b"b"), target=1)
    anna.say(opus(b"c"), target=1, frame=20)
    anna.say(opus(b"d"), frame=22)
    heard = [h for h in stage.heard("other") if h.payload != SILENCE]
    assert [h.payload[2:] for h in heard] == [b"a", b"d"]
    gap = (heard[1].sequence - heard[0].sequence) & 0xFFFF
    assert gap == 2  # the silence at the end of the first word is between them


def test_a_shout_into_another_room_goes_through_its_slots(stage: Stage) -> None:
    stage.join("far", room="other")
    stage.slots(2, "far", room="other")
    anna = stage.mumble("anna")
    aim(stage, "anna", "far", whisper=False)
    anna.say(opus(b"hey"), target=1, last=True)
    stage.pass_time(0.1)
    assert [h.payload for h in stage.heard("far")] == [opus(b"hey"), SILENCE, SILENCE]
    stage.pass_time(1.1)
    told = [(r.room, r.leg) for r in stage.reported(SlotFilled) if isinstance(r, SlotFilled)]
    assert told == [("other", "anna"), ("other", "")]


def test_the_deaf_hear_no_whisper(stage: Stage) -> None:
    anna, ben = stage.mumble("anna"), stage.mumble("ben")
    aim(stage, "anna", "ben")
    stage.do(voicing.FlagMumble(id=1, leg="ben", silent=False, deaf=True))
    anna.say(opus(b"psst"), target=1)
    assert ben.got() == []


def test_a_packet_has_only_the_session_of_its_leg(stage: Stage) -> None:
    anna, ben = stage.mumble("anna"), stage.mumble("ben")
    anna.send(anna.write(VoicePacket(999, 0, opus(b"x"))))
    assert [p.session for p in ben.heard()] == [anna.session]
