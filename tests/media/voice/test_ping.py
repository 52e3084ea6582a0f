"""What strangers learn who look at a list of servers."""

import pytest

from allmende.media.voice.ping import MAX_OF_ALL, MAX_OF_SOURCE, ServerPings
from allmende.media.voicing import PublicCount
from allmende.protocols.mumble.server_ping import (
    ServerPing,
    parse_server_answer,
    write_server_ping,
)
from tests.media.voice.stage import Stage

COUNT = PublicCount(id=1, users=17, most=300, bandwidth_bps=72_000)


@pytest.mark.parametrize("protobuf", [False, True])
@pytest.mark.parametrize(("public", "users"), [(False, 0), (True, 17)])
def test_counts_are_told_only_where_they_are_public(
    protobuf: bool, public: bool, users: int
) -> None:
    pings = ServerPings(public_count=public)
    pings.tell(COUNT)
    question = write_server_ping(ServerPing(12345, protobuf))
    answer = pings.answer(question, "a")
    assert answer is not None
    token, said = parse_server_answer(answer)
    assert (token, said.users, said.most, said.bandwidth_bps) == (12345, users, 300, 72_000)
    assert len(answer) == 24 or protobuf


def test_five_of_a_source_and_200_of_all_are_answered_in_a_second() -> None:
    pings = ServerPings(public_count=False)
    question = write_server_ping(ServerPing(1, protobuf=False))
    answered = [pings.answer(question, "a") for _ in range(10)]
    assert len([a for a in answered if a]) == MAX_OF_SOURCE
    others = [pings.answer(question, f"s{n}") for n in range(500)]
    assert len([a for a in others if a]) == MAX_OF_ALL - MAX_OF_SOURCE
    assert len(pings._asked) <= MAX_OF_ALL
    pings.second_passed()
    assert pings.answer(question, "a")


def test_a_stranger_is_answered_and_what_is_no_question_is_not() -> None:
    stage = Stage()
    stage.do(COUNT)
    remote = ("198.51.100.9", 999)
    stage.datagram(write_server_ping(ServerPing(5, protobuf=False)), remote)
    assert len(stage.air.arrived.pop(remote)) == 1
    for datagram in (b"", b"\0" * 11, b"\0" * 13, b"\1\2\3\4\5\6", b"\0\0\0\1" + bytes(8)):
        stage.datagram(datagram, remote)
    assert stage.air.arrived == {}


def test_the_limit_counts_again_after_a_second() -> None:
    stage = Stage()
    remote = ("198.51.100.9", 999)
    question = write_server_ping(ServerPing(5, protobuf=True))
    for _ in range(50):
        stage.datagram(question, remote)
    stage.pass_time(1.1)
    for _ in range(50):
        stage.datagram(question, remote)
    assert len(stage.air.arrived[remote]) == 2 * MAX_OF_SOURCE
