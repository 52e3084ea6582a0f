"""Whose datagram it is: trial by key, moves of the network, floods."""

import os
import socket

import pytest

from allmende.media import voicing
from allmende.media.fanout.interface import Crypt, Group
from allmende.media.fanout.python import PythonFanout
from allmende.media.voice.binding import (
    MAX_TRIALS_A_PACKET,
    MAX_TRIALS_A_SECOND,
    MAX_TRIALS_OF_SOURCE,
)
from allmende.media.voicing import ResyncNeeded
from allmende.protocols.mumble.voice import VoicePacket, VoicePing, legacy_ping
from tests.media.voice.stage import HOST, Mumble, Stage, opus

PING = legacy_ping(VoicePing(timestamp=9))
OTHER = "192.0.2.8"


class CountingCrypt:
    """Counts how often it was tried."""

    good = late = lost = resyncs = 0

    def __init__(self, crypt: Crypt, tried: list[int]) -> None:
        self._crypt, self._tried = crypt, tried
        self.encrypt = crypt.encrypt
        self.server_nonce, self.resync = crypt.server_nonce, crypt.resync

    def decrypt(self, datagram: bytes) -> bytes | None:
        self._tried[0] += 1
        return self._crypt.decrypt(datagram)


class CountingFanout:
    """Makes crypts that count together."""

    name = "counting"

    def __init__(self) -> None:
        self.tried = [0]

    def crypt(self, key: bytes, client_nonce: bytes, server_nonce: bytes) -> Crypt:
        made = PythonFanout().crypt(key, client_nonce, server_nonce)
        return CountingCrypt(made, self.tried)

    def group(self, socket: socket.socket) -> Group:
        return PythonFanout().group(socket)


@pytest.fixture
def stage() -> Stage:
    return Stage()


def wanted(stage: Stage) -> list[str]:
    return [r.leg for r in stage.reported(ResyncNeeded) if isinstance(r, ResyncNeeded)]


def test_a_datagram_binds_its_leg_among_others_of_the_same_house(stage: Stage) -> None:
    house = [stage.mumble(f"h{n}", bound=False) for n in range(5)]
    for client in house:
        client.send(PING)
        assert client.got() == [VoicePing(timestamp=9)]
    house[0].say(opus(b"x"))
    assert [client.texts() for client in house] == [[], *[[b"x"]] * 4]


def test_keys_of_another_source_are_not_tried(stage: Stage) -> None:
    anna = stage.mumble("anna", bound=False)
    datagram = anna.crypt.encrypt(PING)
    stage.datagram(datagram, ("203.0.113.1", 5))
    assert stage.air.arrived == {}
    stage.datagram(datagram, (f"::ffff:{HOST}", 5, 0, 0))
    assert len(stage.air.arrived[(f"::ffff:{HOST}", 5, 0, 0)]) == 1


def test_the_reply_leaves_from_the_address_that_was_used(stage: Stage) -> None:
    anna = stage.mumble("anna", bound=False)
    stage.datagram(anna.crypt.encrypt(PING), anna.remote, b"here")
    anna.got()
    ben = stage.mumble("ben")
    ben.say(opus(b"x"))
    (group,) = stage.air.groups
    assert {member.remote: member.local for member in group.members} == {
        anna.remote: b"here",
        ben.remote: b"",
    }


def test_a_new_port_of_the_nat_is_found_and_the_old_one_forgotten(stage: Stage) -> None:
    anna, ben, carla = (stage.mumble(sid) for sid in ("anna", "ben", "carla"))
    old, anna.remote = anna.remote, (HOST, 61_000)
    anna.say(opus(b"x"))
    assert ben.texts() == carla.texts() == [b"x"]
    ben.say(opus(b"y"))
    assert anna.texts() == [b"y"]
    assert old not in stage.air.arrived


def test_an_address_that_now_belongs_to_another_is_given_to_it(stage: Stage) -> None:
    anna, ben = stage.mumble("anna"), stage.mumble("ben")
    stage.now_s += 1.5
    ben.remote, anna.remote = anna.remote, (HOST, 61_000)
    ben.send(PING)
    assert ben.got() == [VoicePing(timestamp=9)]
    anna.send(PING)
    assert anna.got() == [VoicePing(timestamp=9)]
    ben.say(opus(b"z"))
    assert anna.texts() == [b"z"]


def test_a_replay_binds_nobody(stage: Stage) -> None:
    anna, ben = stage.mumble("anna"), stage.mumble("ben")
    datagram = anna.crypt.encrypt(anna.write(VoicePacket(0, 4, opus(b"x"))))
    stage.datagram(datagram, anna.remote)
    assert ben.texts() == [b"x"]
    stage.datagram(datagram, anna.remote)
    stage.datagram(datagram, (HOST, 666))
    assert ben.texts() == []
    ben.say(opus(b"y"))
    assert anna.texts() == [b"y"]


def test_who_must_use_tcp_is_never_bound(stage: Stage) -> None:
    anna, ben = stage.mumble("anna", tcp_only=True, bound=False), stage.mumble("ben")
    anna.send(PING)
    assert anna.got() == []
    ben.say(opus(b"x"))
    assert anna.remote not in stage.air.arrived
    assert anna.texts() == [b"x"]


def test_a_closed_leg_is_known_no_more(stage: Stage) -> None:
    anna, ben = stage.mumble("anna"), stage.mumble("ben")
    stage.do(voicing.CloseMumble(id=1, leg="anna"))
    anna.say(opus(b"x"))
    ben.say(opus(b"y"))
    assert ben.texts() == []
    assert anna.remote not in stage.air.arrived
    assert stage.natives._bindings._by_source == {HOST: {"ben": stage.natives._legs["ben"]}}


def test_trials_are_bounded_for_a_packet_and_for_a_second() -> None:
    fanout = CountingFanout()
    stage = Stage(fanout=fanout)
    people = [stage.mumble(f"p{n}", bound=False) for n in range(100)]
    fanout.tried[0] = 0
    stage.datagram(os.urandom(80), (HOST, 1))
    assert fanout.tried[0] == MAX_TRIALS_A_PACKET
    for nth in range(200):
        stage.datagram(os.urandom(80), (HOST, nth))
    assert fanout.tried[0] == MAX_TRIALS_OF_SOURCE
    people[99].send(PING)
    assert people[99].got() == []
    for n in range(100):
        stage.mumble(f"o{n}", bound=False, host=OTHER)
    for nth in range(200):
        stage.datagram(os.urandom(80), (OTHER, nth))
    assert fanout.tried[0] == MAX_TRIALS_A_SECOND
    stage.pass_time(1.1)
    people[99].send(PING)
    assert people[99].got() == [VoicePing(timestamp=9)]


def test_the_newest_is_tried_first() -> None:
    fanout = CountingFanout()
    stage = Stage(fanout=fanout)
    for n in range(40):
        stage.mumble(f"old{n}", bound=False)
    newest = stage.mumble("newest", bound=False)
    fanout.tried[0] = 0
    newest.send(PING)
    assert fanout.tried[0] == 1


def test_floods_leave_nothing_behind(stage: Stage) -> None:
    anna, ben = stage.mumble("anna"), stage.mumble("ben")
    for nth in range(3000):
        stage.datagram(os.urandom(5 + nth % 60), (HOST, nth % 60_000))
        stage.datagram(os.urandom(5 + nth % 60), (f"198.51.100.{nth % 250}", nth))
        stage.datagram(os.urandom(40), anna.remote)
    assert len(stage.natives._bindings._by_remote) == 2
    anna.say(opus(b"x"))
    assert ben.texts() == [b"x"]


def desynchronised(stage: Stage, client: Mumble) -> None:
    """The client lost its way: a nonce far from ours."""
    key = b"K" * 14 + client.session.to_bytes(2, "big")
    client.crypt = stage.fanout.crypt(key, client_nonce=b"?" * 16, server_nonce=b"!" * 16)


def test_a_resync_is_wanted_after_5_s_and_at_most_every_5_s(stage: Stage) -> None:
    anna = stage.mumble("anna")
    stage.mumble("ben")
    desynchronised(stage, anna)
    for _ in range(26):
        anna.send(PING)
        stage.pass_time(0.2)
    assert wanted(stage) == ["anna"]
    for _ in range(60):
        anna.send(PING)
        stage.pass_time(0.2)
    assert wanted(stage) == ["anna", "anna"]
    done = stage.do(voicing.ResyncMumble(id=1, leg="anna", client_nonce=b"!" * 16))
    assert len(done.nonce) == 16
    anna.say(opus(b"x"))
    for _ in range(60):
        anna.send(PING)
        stage.pass_time(0.2)
    assert wanted(stage) == []
    anna.crypt.resync(done.nonce)
    assert anna.got()


def test_who_is_alone_in_its_house_is_asked_before_it_was_ever_bound(stage: Stage) -> None:
    anna = stage.mumble("anna", bound=False)
    desynchronised(stage, anna)
    for _ in range(30):
        anna.send(PING)
        stage.pass_time(0.2)
    assert wanted(stage) == ["anna"]


def test_silence_alone_asks_for_nothing(stage: Stage) -> None:
    stage.mumble("anna")
    stage.pass_time(20)
    assert wanted(stage) == []
