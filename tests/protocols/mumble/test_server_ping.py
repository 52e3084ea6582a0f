import pytest
from hypothesis import given
from hypothesis import strategies as st

from allmende.protocols.mumble.errors import MumbleMalformed
from allmende.protocols.mumble.server_ping import (
    ServerAnswer,
    ServerPing,
    extended_ping,
    parse_server_answer,
    parse_server_ping,
    write_server_answer,
    write_server_ping,
)
from allmende.protocols.mumble.version import Release

ANSWER = ServerAnswer(release=Release(1, 5, 3), users=7, most=300, bandwidth_bps=72000)


def test_twelve_bytes_are_answered_by_twenty_four() -> None:
    ping = parse_server_ping(bytes.fromhex("00000000 0102030405060708"))
    assert ping == ServerPing(0x0102030405060708, protobuf=False)
    assert write_server_answer(ping, ANSWER) == bytes.fromhex(
        "00010503 0102030405060708 00000007 0000012c 00011940"
    )


def test_a_ping_of_mumble_1_5_is_answered_in_its_form() -> None:
    ping = parse_server_ping(bytes.fromhex("01 08858080808080808080 01 1001"))
    assert ping == ServerPing(2**63 + 5, protobuf=True)
    answer = write_server_answer(ping, ANSWER)
    assert answer[0] == 1
    assert parse_server_answer(answer) == (2**63 + 5, ANSWER)
    assert answer == extended_ping(2**63 + 5, ANSWER)


@pytest.mark.parametrize(
    "data",
    [
        "",
        "00000001 0102030405060708",
        "00000000 01020304050607",
        "01",
        "01 0805",
        "01 0805 1000",
        "01 0805 1001 2001",
        "01 0805 1001 7801",
        "01 0805 10",
        "02 0805 1001",
        "00 0805 1001",
    ],
)
def test_anything_else_is_no_question(data: str) -> None:
    assert parse_server_ping(bytes.fromhex(data)) is None


@pytest.mark.slow
@given(st.integers(0, 2**64 - 1), st.booleans())
def test_questions_and_answers_come_back(token: int, protobuf: bool) -> None:
    ping = ServerPing(token, protobuf)
    assert parse_server_ping(write_server_ping(ping)) == ping
    assert parse_server_answer(write_server_answer(ping, ANSWER)) == (token, ANSWER)


@pytest.mark.slow
@given(st.binary(max_size=40))
def test_any_bytes_are_an_answer_or_malformed(data: bytes) -> None:
    parse_server_ping(data)
    try:
        token, _ = parse_server_answer(data)
    except MumbleMalformed:
        return
    assert 0 <= token < 2**64


def test_an_answer_without_anything_in_it_is_read_as_zeros() -> None:
    empty = ServerAnswer(release=Release(0, 0, 0), users=0, most=0, bandwidth_bps=0)
    assert parse_server_answer(b"\x01") == (0, empty)
    with pytest.raises(MumbleMalformed):
        parse_server_answer(b"\x00")
