"""Commands about native legs: opened, placed, counted, closed; what does not fit is refused."""

import pytest
from msgspec.structs import replace

from allmende.media import control, voicing
from allmende.media.control import Done
from allmende.media.rooms import Rooms
from allmende.media.voicing import MumbleCount, MumbleCounts
from allmende.protocols.mumble.voice import VoicePing, legacy_ping
from tests.media.voice.stage import Stage, opus

OPEN = voicing.OpenMumble(
    id=1, leg="new", session=99, source="192.0.2.1", key=b"k" * 16, client_nonce=b"c" * 16,
    server_nonce=b"s" * 16, protobuf=False, tcp_only=False, bandwidth_bps=72_000,
)  # fmt: skip


@pytest.fixture
def stage() -> Stage:
    return Stage()


def counts(stage: Stage) -> list[MumbleCount]:
    reports = stage.reported(MumbleCounts)
    return [count for r in reports if isinstance(r, MumbleCounts) for count in r.counts]


def test_what_does_not_fit_is_refused_and_changes_nothing(stage: Stage) -> None:
    anna, ben = stage.mumble("anna"), stage.mumble("ben")
    place = voicing.PlaceMumble(id=1, leg="anna", room="R", sources=("microphone",))
    aim = voicing.AimMumble(id=1, leg="anna", target=1, legs=("ben",), whisper=True)
    no_leg = "no such native leg"
    refused: list[tuple[control.Command, str]] = [
        (replace(OPEN, leg="anna"), "leg or session is there already"),
        (replace(OPEN, session=1), "leg or session is there already"),
        (replace(OPEN, session=0), "session out of range"),
        (replace(OPEN, session=65_536), "session out of range"),
        (replace(OPEN, key=b"short"), "key or nonce of a wrong size"),
        (replace(OPEN, server_nonce=b""), "key or nonce of a wrong size"),
        (voicing.CloseMumble(id=1, leg="?"), no_leg),
        (replace(place, leg="?"), no_leg),
        (replace(place, room="?"), "no such room"),
        (voicing.FlagMumble(id=1, leg="?", silent=True, deaf=True), no_leg),
        (voicing.FormatMumble(id=1, leg="?", protobuf=True), no_leg),
        (replace(aim, leg="?"), no_leg),
        (replace(aim, target=0), "no such target"),
        (replace(aim, target=31), "no such target"),
        (voicing.ResyncMumble(id=1, leg="?", client_nonce=b""), no_leg),
        (voicing.ResyncMumble(id=1, leg="anna", client_nonce=b"x"), "nonce of a wrong size"),
        (voicing.NumberLeg(id=1, leg="?", session=5), "no such leg"),
    ]
    for command, why in refused:
        assert stage.refuses(command) == why
    stage.do(OPEN)
    stage.do(replace(place, leg="new"))
    anna.say(opus(b"x"))
    assert ben.texts() == [b"x"]


def test_a_worker_without_voice_knows_no_native_legs() -> None:
    rooms = Rooms(lambda events: NotImplemented, "AA", print, lambda: 0.0)
    answer = rooms.carry_out(OPEN)
    assert isinstance(answer, control.Refused)
    assert answer.why == "not a command for rooms"


def test_a_session_is_free_again_when_its_leg_is_closed(stage: Stage) -> None:
    stage.do(OPEN)
    stage.do(voicing.CloseMumble(id=1, leg="new"))
    stage.do(OPEN)


def test_counts_are_told_each_second_where_they_changed(stage: Stage) -> None:
    anna = stage.mumble("anna")
    stage.mumble("ben")
    stage.pass_time(1.02)
    assert {count.leg for count in counts(stage)} == {"anna", "ben"}
    for _ in range(5):
        anna.say(opus(b"x"))
    anna.crypt.encrypt(b"lost")
    late = anna.crypt.encrypt(b"late")
    anna.say(opus(b"x"))
    stage.datagram(late, anna.remote)
    anna.say(opus(b"x"), tunnel=True)
    stage.do(voicing.ResyncMumble(id=1, leg="anna", client_nonce=b""))
    stage.pass_time(1)
    (count,) = counts(stage)
    assert count == MumbleCount("anna", 8, 1, 1, 0, 8, 1)
    stage.pass_time(1)
    assert counts(stage) == []


def test_a_resync_is_counted_and_tells_our_nonce(stage: Stage) -> None:
    anna = stage.mumble("anna")
    done = stage.do(voicing.ResyncMumble(id=7, leg="anna", client_nonce=b"\7" * 16))
    assert isinstance(done, Done)
    assert (done.id, len(done.nonce)) == (7, 16)
    stage.pass_time(1.02)
    assert [count.resync for count in counts(stage)] == [1]
    anna.crypt = stage.fanout.crypt(b"K" * 14 + b"\0\1", b"?" * 16, b"\7" * 16)
    anna.crypt.resync(done.nonce)
    anna.send(legacy_ping(VoicePing(timestamp=1)))
    assert anna.got() == [VoicePing(timestamp=1)]


def test_rights_in_the_same_room_change_without_a_break(stage: Stage) -> None:
    anna, ben = stage.mumble("anna"), stage.mumble("ben")
    anna.say(opus(b"a"))
    stage.place("anna", "R", first=True)
    anna.say(opus(b"b"))
    assert ben.texts() == [b"a", b"b"]


def test_out_of_every_room_nobody_hears(stage: Stage) -> None:
    anna, ben = stage.mumble("anna"), stage.mumble("ben")
    stage.place("anna", "")
    anna.say(opus(b"a"))
    ben.say(opus(b"b"))
    assert ben.got() == anna.got() == []


def test_mutes_stay_over_moves_and_suppression_does_not(stage: Stage) -> None:
    anna = stage.mumble("anna")
    ben, carla = stage.mumble("ben", "other"), stage.mumble("carla")
    stage.do(voicing.FlagMumble(id=1, leg="anna", silent=True, deaf=False))
    stage.place("anna", "other")
    anna.say(opus(b"a"))
    assert ben.got() == []
    stage.do(voicing.FlagMumble(id=1, leg="anna", silent=False, deaf=False))
    stage.place("anna", "R", suppressed=True)
    anna.say(opus(b"b"))
    assert carla.got() == []
    stage.place("anna", "other")
    anna.say(opus(b"c"))
    assert ben.texts() == [b"c"]


def test_a_thousand_legs_come_and_go_and_leave_nothing(stage: Stage) -> None:
    for n in range(1000):
        number = n.to_bytes(2, "big") * 8
        stage.do(replace(OPEN, leg=f"l{n}", session=n + 1, key=number))
        if n >= 100:
            stage.do(voicing.CloseMumble(id=1, leg=f"l{n - 100}"))
    for n in range(900, 1000):
        stage.do(voicing.CloseMumble(id=1, leg=f"l{n}"))
    natives = stage.natives
    assert not natives._legs
    assert not natives._sessions
    assert not natives._bindings._by_source
    assert not natives._bindings._by_remote


def test_who_listens_from_elsewhere_hears_talk_once_and_is_told_how(stage: Stage) -> None:
    anna, ben = stage.mumble("anna"), stage.mumble("ben")
    cleo, dora = stage.mumble("cleo", "Q", modern=True), stage.mumble("dora", "Q")
    for leg in ("cleo", "dora"):
        stage.do(voicing.ListenMumble(id=1, leg=leg, rooms=("R", "?")))
    anna.say(opus(b"x"))
    assert ben.texts() == [b"x"]
    for listener in (cleo, dora):
        (heard,) = listener.heard()
        assert (heard.session, heard.target, heard.opus) == (anna.session, 3, opus(b"x"))
    cleo.say(opus(b"y"))
    assert (anna.texts(), ben.texts()) == ([], [])
    assert [p.target for p in dora.heard()] == [0]
    stage.place("cleo", "R")
    anna.say(opus(b"z"))
    assert [p.target for p in cleo.heard()] == [0]
    stage.do(voicing.ListenMumble(id=1, leg="dora", rooms=()))
    dora.heard()
    anna.say(opus(b"w"))
    assert dora.heard() == []


def test_a_browser_is_heard_by_who_listens_and_a_whisper_is_not(stage: Stage) -> None:
    anna, ben = stage.mumble("anna"), stage.mumble("ben")
    dora = stage.mumble("dora", "Q")
    stage.do(voicing.ListenMumble(id=1, leg="dora", rooms=("R",)))
    stage.do(voicing.AimMumble(id=1, leg="anna", target=1, legs=("ben",), whisper=True))
    anna.say(opus(b"x"), target=1)
    assert (ben.texts(), dora.texts()) == ([b"x"], [])
    stage.join("web")
    source = stage.audio("web")
    stage.do(voicing.NumberLeg(id=1, leg="web", session=99))
    stage.speak(source, *[b"a"] * 6)
    assert {p.target for p in dora.heard()} == {3}


def test_listening_ends_with_the_room_and_with_the_leg(stage: Stage) -> None:
    anna, dora = stage.mumble("anna"), stage.mumble("dora", "Q")
    stage.do(voicing.ListenMumble(id=1, leg="dora", rooms=("R",)))
    stage.do(control.CloseRoom(id=1, room="R"))
    stage.do(control.OpenRoom(id=1, room="R"))
    stage.place("anna", "R")
    anna.say(opus(b"x"))
    assert dora.heard() == []
    stage.do(voicing.ListenMumble(id=1, leg="dora", rooms=("R",)))
    stage.do(voicing.CloseMumble(id=1, leg="dora"))
    anna.say(opus(b"y"))
    assert stage.air.arrived.get(dora.remote, []) == []


def test_a_leg_that_was_given_less_sends_less(stage: Stage) -> None:
    anna, ben = stage.mumble("anna", bandwidth_bps=72_000), stage.mumble("ben")
    stage.do(voicing.LimitMumble(id=1, leg="anna", bandwidth_bps=16_000))
    for _ in range(50):
        anna.say(opus(b"x" * 100))
    assert 0 < len(ben.texts()) * (32 + 102) <= 16_000 * 1.25 / 8
