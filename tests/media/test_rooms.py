import pytest
from msgspec.structs import replace

from allmende.media import control
from allmende.media.control import LegDown, LegRights, LegUp, UpBound
from tests.media.stage import AUDIO, EVERYTHING, IDS, VIDEO, Stage


@pytest.fixture
def stage() -> Stage:
    return Stage()


def test_what_one_says_the_others_of_the_room_hear_and_nobody_else(stage: Stage) -> None:
    stage.join("a", "b", "c")
    stage.join("stranger", room="other")
    voice = stage.audio("a")
    for leg in ("b", "c"):
        stage.down(leg, "A")
    stage.send(voice, voice.opus(b"one"), voice.opus(b"two"))
    for leg in ("b", "c"):
        heard = stage.heard(leg)
        assert [h.payload for h in heard] == [b"one", b"two"]
        assert [h.payload_type for h in heard] == [111, 111]
        assert heard[1].sequence - heard[0].sequence == 1
        assert heard[1].timestamp - heard[0].timestamp == 960
        assert {h.ssrc for h in heard} == {7}
        assert {h.mid for h in heard} == {b"dA"}
        assert {h.level for h in heard} == {bytes([20])}
        assert [h.number for h in heard] == [b"\0\1", b"\0\2"]
    assert stage.heard("a") == stage.heard("stranger") == []
    assert stage.reported(UpBound) == [UpBound(up="A", rid="", ssrc=voice.ssrc)]


def test_open_leg_answers_with_what_the_client_must_know(stage: Stage) -> None:
    stage.do(control.OpenRoom(id=1, room="R"))
    done = stage.do(control.OpenLeg(id=9, leg="a", room="R", identity="i", rights=EVERYTHING))
    assert (done.id, done.ufrag, done.pwd, done.fingerprint) == (9, "ufrag", "pwd", "AA:BB")
    done = stage.do(control.RestartIce(id=10, leg="a"))
    assert (done.id, done.ufrag, done.pwd) == (10, "ufrag2", "pwd2")
    assert stage.rooms.legs == 1


def test_set_remote_reaches_the_transport(stage: Stage) -> None:
    stage.join("a")
    stage.do(
        control.SetRemote(
            id=1, leg="a", fingerprint="CC", ufrag="u", sctp_port=5000, max_message_bytes=9
        )
    )
    assert stage.transports["a"].remote == ("CC", "u", 5000, 9)


def test_transport_events_are_reported(stage: Stage) -> None:
    stage.join("a")
    stage.events["a"].transport_down("consent")
    assert stage.reported(LegUp) == [LegUp(leg="a", srtp_profile="GCM")]
    assert stage.reported(LegDown) == [LegDown(leg="a", why="consent")]


def test_what_does_not_fit_is_refused_and_changes_nothing(stage: Stage) -> None:
    stage.join("a", "b")
    stage.join("z", room="other")
    stage.audio("a")
    stage.down("b", "A")
    up = control.AddUp(
        id=1, leg="a", up="X", mid="x", kind="audio", source="microphone", codecs=AUDIO,
        extensions=IDS,
    )  # fmt: skip
    down = control.AddDown(
        id=1, leg="b", down="D", up="A", mid="d", ssrc=8, codecs=AUDIO, extensions=IDS
    )
    rights = EVERYTHING
    refused: list[tuple[control.Command, str]] = [
        (control.Start(udp_port=0, tcp_port=0), "not a command for rooms"),
        (control.OpenLeg(id=1, leg="n", room="?", identity="", rights=rights), "no such room"),
        (
            control.OpenLeg(id=1, leg="a", room="R", identity="", rights=rights),
            "leg is there already",
        ),
        (control.CloseLeg(id=1, leg="?"), "no such leg"),
        (control.CloseUp(id=1, up="?"), "no such up"),
        (control.CloseDown(id=1, down="?"), "no such down"),
        (control.SetMuted(id=1, up="?", muted=True), "no such up"),
        (control.SetDown(id=1, down="?", disabled=True), "no such down"),
        (control.SendData(id=1, room="?", to=(), reliable=True, packet=b""), "no such room"),
        (replace(up, up="A"), "up is there already"),
        (replace(up, kind="smell"), "kind smell"),
        (replace(up, codecs=VIDEO), "no codec that we forward"),
        (replace(down, down="A>b"), "down is there already"),
        (replace(down, ssrc=7), "ssrc is taken"),
        (replace(down, codecs=VIDEO), "no common codec"),
        (replace(down, mid="x" * 256), "mid or ssrc out of range"),
        (replace(down, ssrc=1 << 32), "mid or ssrc out of range"),
        (replace(down, leg="z"), "up of another room"),
    ]
    for command, why in refused:
        assert stage.refuses(command) == why
    stage.do(up)
    stage.do(down)
    stage.do(control.Ping(id=1))


def test_closing_takes_everything_along(stage: Stage) -> None:
    stage.join("a", "b", "c")
    voice = stage.audio("a")
    stage.audio("b", "B")
    stage.down("b", "A")
    stage.down("a", "B")
    stage.do(control.CloseUp(id=1, up="A"))
    stage.send(voice, voice.opus())
    assert stage.heard("b") == []
    stage.refuses(control.CloseDown(id=1, down="A>b"))
    stage.audio("a")
    stage.down("b", "A", ssrc=9)
    stage.do(control.CloseLeg(id=1, leg="b"))
    assert stage.transports["b"].closed
    for sid in ("A>b", "B>a"):
        stage.refuses(control.CloseDown(id=1, down=sid))
    stage.do(control.CloseRoom(id=1, room="R"))
    stage.do(control.CloseRoom(id=1, room="R"))
    assert stage.rooms.legs == 0
    assert all(transport.closed for transport in stage.transports.values())
    stage.rooms.tick(stage.now_s)


def test_a_mute_is_in_force_before_it_is_answered(stage: Stage) -> None:
    stage.join("a", "b")
    voice = stage.audio("a")
    stage.down("b", "A")
    stage.send(voice, voice.opus())
    first = stage.heard("b")[0]
    stage.do(control.SetMuted(id=1, up="A", muted=True))
    for _ in range(50):
        stage.send(voice, voice.opus())
    assert stage.heard("b") == []
    stage.do(control.SetMuted(id=1, up="A", muted=False))
    stage.now_s += 1.0
    stage.send(voice, voice.opus())
    (again,) = stage.heard("b")
    assert (again.sequence - first.sequence) & 0xFFFF == 1
    assert again.timestamp - first.timestamp == 48_000


@pytest.mark.parametrize(
    "rights",
    [
        LegRights(sources=("camera",)),
        LegRights(sources=("microphone", "camera"), suppressed=True),
    ],
)
def test_packets_without_the_right_end_at_once(stage: Stage, rights: LegRights) -> None:
    stage.join("a", "b")
    voice = stage.audio("a")
    stage.down("b", "A")
    stage.do(control.SetRights(id=1, leg="a", rights=rights))
    stage.send(voice, voice.opus())
    assert stage.heard("b") == []
    stage.do(control.SetRights(id=1, leg="a", rights=EVERYTHING))
    stage.send(voice, voice.opus())
    assert len(stage.heard("b")) == 1


def test_who_may_not_subscribe_or_has_no_transport_gets_nothing(stage: Stage) -> None:
    stage.join("a", "b")
    voice = stage.audio("a")
    stage.down("b", "A")
    stage.do(control.SetRights(id=1, leg="b", rights=LegRights(sources=(), subscribe=False)))
    stage.send(voice, voice.opus())
    stage.do(control.SetRights(id=1, leg="b", rights=EVERYTHING))
    stage.events["b"].transport_down("consent")
    stage.send(voice, voice.opus())
    assert stage.heard("b") == []
    stage.events["b"].transport_up("GCM")
    stage.send(voice, voice.opus())
    assert len(stage.heard("b")) == 1


def test_a_disabled_down_is_silent_and_comes_back(stage: Stage) -> None:
    stage.join("a", "b")
    voice = stage.audio("a")
    sid = stage.down("b", "A")
    stage.do(control.SetDown(id=1, down=sid, disabled=True))
    stage.send(voice, voice.opus())
    assert stage.heard("b") == []
    stage.do(control.SetDown(id=1, down=sid, disabled=False))
    stage.send(voice, voice.opus())
    assert len(stage.heard("b")) == 1
