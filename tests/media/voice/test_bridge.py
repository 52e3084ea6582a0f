"""Browsers and Mumble clients in one room: sound both ways, and never without permission."""

import random

import pytest

from allmende.media import control, voicing
from allmende.media.control import LegRights
from allmende.media.fanout.interface import Group
from allmende.media.voice.bridge import SILENCE
from allmende.media.voicing import Talks
from tests.media.stage import Source
from tests.media.voice.stage import Mumble, Stage, is_continuous, opus


def test_a_browser_and_two_forms_of_clients_talk_with_each_other() -> None:
    stage = Stage()
    old, new = stage.mumble("old"), stage.mumble("new", modern=True)
    far = stage.mumble("far", bound=False)
    stage.join("web")
    stage.do(voicing.NumberLeg(id=1, leg="web", session=500))
    voice = stage.audio("web")
    stage.slots(4, "web")
    stage.speak(voice, *[bytes([65 + n]) for n in range(10)])
    stage.pass_time(0.2)
    for client in (old, new, far):
        heard = client.heard()
        assert {p.session for p in heard} == {500}
        assert [p.opus[2:] for p in heard[:-1]] == [bytes([65 + n]) for n in range(10)]
        assert (heard[-1].opus, heard[-1].last) == (SILENCE, True)
        assert [p.frame for p in heard] == list(range(0, 22, 2))
    assert stage.heard("web") == []
    for client in (old, new, far):
        stage.talk(client, b"one", b"two")
        sent = stage.heard("web")
        assert [h.payload for h in sent] == [opus(b"one"), opus(b"two"), SILENCE, SILENCE]
        assert is_continuous(sent)
    told = [(t.leg, t.talking) for t in stage.reported(Talks) if isinstance(t, Talks)]
    assert told == [(leg, on) for leg in ("web", "old", "new", "far") for on in (True, False)]


def test_many_words_leave_nothing_behind() -> None:
    stage = Stage()
    anna = stage.mumble("anna")
    stage.join("web")
    stage.do(voicing.NumberLeg(id=1, leg="web", session=500))
    voice = stage.audio("web")
    stage.slots(2, "web", direct=False)
    for nth in range(150):
        anna.say(opus(b"x"), frame=nth * 7, last=nth % 3 == 0)
        stage.send(voice, voice.opus(opus(b"y"), level=nth % 127))
        stage.pass_time(0.02)
        stage.heard("web")
        anna.got()
        stage.reports.clear()
        stage.read.clear()
    stage.pass_time(2)
    space = stage.rooms.space_of("R")
    assert not space._talking
    assert not space._changed
    assert space.slots is not None
    assert not space.slots._by_talker
    assert all(len(slot.numbering._reserved) < 300 for slot in space.slots.slots)


class PlainCrypt:
    """Encrypts nothing, so that a hundred thousand steps are quick. Knows its own packets."""

    good = late = lost = resyncs = 0

    def __init__(self, key: bytes) -> None:
        self.key = key

    def encrypt(self, plain: bytes) -> bytes:
        return self.key + plain

    def decrypt(self, datagram: bytes) -> bytes | None:
        return datagram[16:] if datagram[:16] == self.key else None

    def server_nonce(self) -> bytes:
        return bytes(16)

    def resync(self, client_nonce: bytes) -> None:
        return


class PlainFanout:
    name = "plain"

    def crypt(self, key: bytes, client_nonce: bytes, server_nonce: bytes) -> PlainCrypt:
        return PlainCrypt(key)

    def group(self, socket: object) -> Group:
        raise NotImplementedError


class Assembly:
    """People who talk when they may and when they may not, and what is true of them.

    What is said without permission is marked; nobody may ever hear the mark.
    """

    mark = b"!"

    def __init__(self, seed: int) -> None:
        self.dice = random.Random(seed)
        self.heard = 0
        self.stage = Stage(fanout=PlainFanout())
        self.natives: list[Mumble] = []
        self.room: dict[str, str] = {}
        self.allowed: dict[str, set[str]] = {}
        self.deaf: set[str] = set()
        self.aims: dict[str, frozenset[str]] = {}
        for nth in range(6):
            sid = f"n{nth}"
            self.natives.append(self.stage.mumble(sid, "RS"[nth % 2], modern=nth % 3 == 0))
            self.room[sid] = "RS"[nth % 2]
            self.allowed[sid] = {"unmuted", "unsuppressed", "source", "whisper"}
        self.browsers: list[Source] = []
        for nth, room in enumerate("RRS"):
            sid = f"b{nth}"
            self.stage.join(sid, room=room)
            self.stage.do(voicing.NumberLeg(id=1, leg=sid, session=100 + nth))
            self.browsers.append(self.stage.audio(sid, f"U{nth}"))
            self.room[sid] = room
            self.allowed[sid] = {"unmuted", "unsuppressed", "source"}
        for room in "RS":
            legs = [sid for sid in self.room if sid[0] == "b" and self.room[sid] == room]
            self.stage.slots(2, *legs, room=room, direct=False)

    def may_talk(self, sid: str) -> bool:
        return {"unmuted", "unsuppressed", "source"} <= self.allowed[sid] and bool(self.room[sid])

    def sound(self, sid: str, *, permitted: bool) -> bytes:
        return opus(sid.encode() + (b"" if permitted else self.mark))

    def go(self, steps: int) -> None:
        for _ in range(steps):
            self.step()

    def step(self) -> None:
        act = self.dice.random()
        if act < 0.45:
            self.native_talks(self.dice.choice(self.natives))
        elif act < 0.75:
            self.browser_talks(self.dice.choice(self.browsers))
        elif act < 0.85:
            self.change_native(self.dice.choice(self.natives))
        elif act < 0.93:
            self.change_browser(self.dice.choice(self.browsers))
        else:
            self.stage.now_s += self.dice.choice((0.02, 0.02, 0.1, 0.5, 1.2))
            self.stage.rooms.tick(self.stage.now_s)
        self.check()

    def native_talks(self, who: Mumble) -> None:
        whispers = self.dice.random() < 0.2
        permitted = self.may_talk(who.sid)
        if whispers:
            permitted = permitted and "whisper" in self.allowed[who.sid] and who.sid in self.aims
        sound = self.sound(who.sid, permitted=permitted)
        tunnel = self.dice.random() < 0.2
        last = self.dice.random() < 0.1
        who.say(sound, last=last, target=int(whispers), tunnel=tunnel)

    def browser_talks(self, source: Source) -> None:
        sound = self.sound(source.leg, permitted=self.may_talk(source.leg))
        level = self.dice.choice((20, 20, 100))
        self.stage.send(source, source.opus(sound, level=level))

    def toggle(self, sid: str, what: str) -> bool:
        self.allowed[sid] ^= {what}
        return what in self.allowed[sid]

    def change_native(self, who: Mumble) -> None:
        sid, dice, stage = who.sid, self.dice, self.stage
        what = dice.choice(("unmuted", "unsuppressed", "source", "whisper", "room", "deaf", "aim"))
        if what == "aim":
            legs = tuple(dice.sample(sorted(self.room), dice.randrange(4)))
            self.aims.pop(sid, None)
            if legs:
                self.aims[sid] = frozenset(legs)
            stage.do(voicing.AimMumble(id=1, leg=sid, target=1, legs=legs, whisper=True))
            return
        if what == "room":
            self.room[sid] = dice.choice(("R", "S", ""))
        elif what == "deaf":
            self.deaf ^= {sid}
        else:
            self.toggle(sid, what)
        allowed = self.allowed[sid]
        silent = "unmuted" not in allowed
        if what in ("unmuted", "deaf"):
            flags = voicing.FlagMumble(id=1, leg=sid, silent=silent, deaf=sid in self.deaf)
            stage.do(flags)
            return
        stage.place(
            sid,
            self.room[sid],
            sources=("microphone",) if "source" in allowed else (),
            suppressed="unsuppressed" not in allowed,
            may_whisper="whisper" in allowed,
        )

    def change_browser(self, source: Source) -> None:
        sid = source.leg
        what = self.dice.choice(("unmuted", "unsuppressed", "source"))
        self.toggle(sid, what)
        if what == "unmuted":
            muted = "unmuted" not in self.allowed[sid]
            self.stage.do(control.SetMuted(id=1, up=f"U{sid[1:]}", muted=muted))
            return
        sources = ("microphone",) if "source" in self.allowed[sid] else ()
        rights = LegRights(sources=sources, suppressed="unsuppressed" not in self.allowed[sid])
        self.stage.do(control.SetRights(id=1, leg=sid, rights=rights))

    def check(self) -> None:
        """Everything that went out in this step was permitted."""
        for who in self.natives:
            for packet in who.heard():
                if packet.opus == SILENCE:
                    continue
                assert who.sid not in self.deaf
                self.check_one(packet.opus[2:], who.sid, whispered=packet.target == 2)
        for source in self.browsers:
            for heard in self.stage.heard(source.leg):
                if heard.payload != SILENCE:
                    self.check_one(heard.payload[2:], source.leg, whispered=None)
        self.stage.reports.clear()
        self.stage.read.clear()

    def check_one(self, said: bytes, hears: str, *, whispered: bool | None) -> None:
        self.heard += 1
        assert not said.endswith(self.mark)
        talker = said.decode()
        assert talker != hears
        assert self.may_talk(talker)
        aimed = hears in self.aims.get(talker, ())
        together = self.room[talker] == self.room[hears] != ""
        assert aimed or (together and not whispered)


@pytest.mark.parametrize("seed", [1, 2])
def test_no_packet_without_permission(seed: int) -> None:
    assembly = Assembly(seed)
    assembly.go(300)
    assert assembly.heard > 30


@pytest.mark.slow
def test_no_packet_without_permission_in_100_000_steps() -> None:
    assembly = Assembly(3)
    assembly.go(100_000)
    assert assembly.heard > 10_000


class Forbidding(Assembly):
    """Says of everything that it was not permitted."""

    def may_talk(self, sid: str) -> bool:
        return False


def test_sound_that_was_not_permitted_would_be_noticed() -> None:
    assembly = Forbidding(4)
    with pytest.raises(AssertionError):
        assembly.go(1000)
