import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from livekit.protocol.models import DataPacket

from allmende.media import control
from allmende.media.control import Data, LegRights
from allmende.media.data import KEPT_BYTES, MAX_PACKET_BYTES, PACKETS_PER_S
from tests.media.stage import Stage


@pytest.fixture
def stage() -> Stage:
    stage = Stage()
    stage.join("a", "b", "c")
    return stage


def user(payload: bytes = b"hallo", *, sequence: int = 0, topic: str = "", to: str = "") -> bytes:
    packet = DataPacket(sequence=sequence, participant_identity="forged", participant_sid="forged")
    packet.user.payload = payload
    packet.user.topic = topic
    packet.user.participant_identity = "forged"
    if to:
        packet.destination_identities.append(to)
    return packet.SerializeToString()


def say(stage: Stage, leg: str, *packets: bytes, reliable: bool = True) -> None:
    for packet in packets:
        stage.events[leg].data_received(packet, reliable=reliable)


def heard(stage: Stage, leg: str) -> list[DataPacket]:
    data, stage.transports[leg].data = stage.transports[leg].data, []
    return [DataPacket.FromString(packet) for packet, _ in data]


def test_data_goes_to_the_others_and_says_who_really_sent_it(stage: Stage) -> None:
    say(stage, "a", user())
    for leg in ("b", "c"):
        (packet,) = heard(stage, leg)
        assert (packet.participant_identity, packet.participant_sid) == ("id-a", "a")
        assert packet.user.participant_identity == "id-a"
        assert packet.user.participant_sid == "a"
        assert packet.user.payload == b"hallo"
    assert heard(stage, "a") == []


def test_lossy_stays_lossy(stage: Stage) -> None:
    say(stage, "a", user(), reliable=False)
    assert [reliable for _, reliable in stage.transports["b"].data] == [False]


def test_data_for_one_reaches_only_that_one(stage: Stage) -> None:
    say(stage, "a", user(to="id-c"))
    assert (len(heard(stage, "b")), len(heard(stage, "c"))) == (0, 1)


def test_other_kinds_and_encrypted_packets_pass_untouched(stage: Stage) -> None:
    packet = DataPacket()
    packet.encrypted_packet.encrypted_value = b"secret"
    say(stage, "a", packet.SerializeToString())
    (got,) = heard(stage, "b")
    assert got.encrypted_packet.encrypted_value == b"secret"
    assert got.participant_sid == "a"


def test_without_the_right_nothing_passes(stage: Stage) -> None:
    rights = LegRights(sources=(), data=False)
    stage.do(control.SetRights(id=1, leg="a", rights=rights))
    say(stage, "a", user())
    assert heard(stage, "b") == []


def test_numbers_seen_before_are_dropped(stage: Stage) -> None:
    say(stage, "a", user(b"1", sequence=1), user(b"2", sequence=2), user(b"1", sequence=1))
    assert [p.user.payload for p in heard(stage, "b")] == [b"1", b"2"]


def test_garbage_speaker_forgeries_and_giants_are_dropped(stage: Stage) -> None:
    forged = DataPacket()
    forged.speaker.speakers.add(sid="b", level=1.0, active=True)
    giant = user(bytes(MAX_PACKET_BYTES + 1))
    say(stage, "a", b"\xff\xff", b"", forged.SerializeToString(), giant)
    assert heard(stage, "b") == []


def test_our_topics_are_told_to_the_main_process_too(stage: Stage) -> None:
    say(stage, "a", user(b"+1", topic="allmende.reaction"), user(b"x", topic="other"))
    assert stage.reported(Data) == [
        Data(room="R", leg="a", topic="allmende.reaction", payload=b"+1")
    ]
    assert len(heard(stage, "b")) == 2


def test_above_the_rate_lossy_is_dropped_and_reliable_waits(stage: Stage) -> None:
    packets = [user(bytes([n]), sequence=n) for n in range(1, PACKETS_PER_S + 11)]
    say(stage, "a", *packets)
    say(stage, "a", user(b"lossy"), reliable=False)
    assert len(heard(stage, "b")) == PACKETS_PER_S
    stage.pass_time(1.0)
    assert [p.sequence for p in heard(stage, "b")] == list(range(31, 41))


def test_what_waits_is_bounded_and_ends_with_the_right(stage: Stage) -> None:
    for _ in range(200):
        say(stage, "a", user(bytes(60_000)))
    assert len(heard(stage, "b")) == 2
    stage.do(control.SetRights(id=1, leg="a", rights=LegRights(sources=(), data=False)))
    stage.pass_time(1.5)
    assert heard(stage, "b") == []


def test_a_leg_that_comes_back_gets_what_it_missed(stage: Stage) -> None:
    say(stage, "a", *(user(bytes([n]), sequence=n) for n in range(1, 6)))
    say(stage, "a", user(b"for c", sequence=6, to="id-c"))
    say(stage, "b", user(b"own", sequence=1))
    heard(stage, "b")
    stage.do(control.ResendData(id=1, leg="b", heard=(("a", 3),)))
    assert [p.user.payload for p in heard(stage, "b")] == [b"\4", b"\5"]
    stage.now_s += 1
    stage.join("late")
    stage.do(control.ResendData(id=1, leg="late", heard=()))
    assert heard(stage, "late") == []
    stage.pass_time(10.5)
    stage.do(control.ResendData(id=1, leg="b", heard=()))
    assert heard(stage, "b") == []


def test_no_more_than_256_kb_are_kept(stage: Stage) -> None:
    for n in range(1, 9):
        say(stage, "a", user(bytes(50_000), sequence=n))
        stage.pass_time(0.5)
    heard(stage, "b")
    stage.do(control.ResendData(id=1, leg="b", heard=()))
    assert sum(p.ByteSize() for p in heard(stage, "b")) <= KEPT_BYTES


def test_the_main_process_speaks_to_all_or_to_some(stage: Stage) -> None:
    packet = user()
    stage.do(control.SendData(id=1, room="R", to=(), reliable=True, packet=packet))
    assert [len(heard(stage, leg)) for leg in "abc"] == [1, 1, 1]
    stage.do(control.SendData(id=1, room="R", to=("id-a", "b"), reliable=True, packet=packet))
    assert [len(heard(stage, leg)) for leg in "abc"] == [1, 1, 0]


def test_a_leg_that_is_down_gets_no_data(stage: Stage) -> None:
    stage.events["b"].transport_down("consent")
    say(stage, "a", user())
    assert heard(stage, "b") == []


def test_who_left_says_nothing_more(stage: Stage) -> None:
    say(stage, "a", user())
    stage.do(control.CloseLeg(id=1, leg="a"))
    say(stage, "a", user())
    assert len(heard(stage, "b")) == 1


@settings(max_examples=50, deadline=None)
@given(st.lists(st.tuples(st.binary(max_size=60), st.booleans()), max_size=10))
def test_no_bytes_do_any_harm(messages: list[tuple[bytes, bool]]) -> None:
    stage = Stage()
    stage.join("a", "b")
    for message, reliable in messages:
        say(stage, "a", message, reliable=reliable)
    stage.pass_time(0.1)
    for packet in heard(stage, "b"):
        assert packet.participant_sid == "a"
