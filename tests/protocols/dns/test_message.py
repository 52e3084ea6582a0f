import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from allmende.protocols.dns.errors import DnsError
from allmende.protocols.dns.message import Caa, Kind, read_answer, write_question
from allmende.protocols.dns.names import write_name

NAME = write_name("example.org")


def head(flags: int = 0x8180, questions: int = 1, answers: int = 0, number: int = 7) -> bytes:
    return struct.pack("!6H", number, flags, questions, answers, 0, 0)


def record(kind: int, content: bytes, group: int = 1) -> bytes:
    return b"\xc0\x0c" + struct.pack("!2HIH", kind, group, 300, len(content)) + content


def answer(kind: int, *records: bytes) -> bytes:
    asked = NAME + struct.pack("!2H", kind, 1)
    return head(answers=len(records)) + asked + b"".join(records)


def test_a_question_is_what_the_standard_says() -> None:
    assert write_question(7, "example.org", Kind.CAA) == (
        b"\x00\x07\x01\x00\x00\x01\x00\x00\x00\x00\x00\x00\x07example\x03org\x00\x01\x01\x00\x01"
    )


def test_addresses_are_read_and_other_kinds_are_passed_over() -> None:
    found = read_answer(
        answer(
            Kind.A,
            record(5, write_name("host.example")),
            record(Kind.A, b"\xcb\x00\x71\x07"),
            record(Kind.A, b"\x01\x02\x03\x04", group=3),
        ),
        Kind.A,
    )
    assert (found.number, found.code, found.values) == (7, 0, ["203.0.113.7"])
    six = answer(Kind.AAAA, record(Kind.AAAA, b"\x20\x01\x0d\xb8" + b"\0" * 11 + b"\x07"))
    assert read_answer(six, Kind.AAAA).values == ["2001:db8::7"]


def test_a_caa_is_read() -> None:
    content = b"\x80\x05ISSUEletsencrypt.org; validationmethods=http-01"
    found = read_answer(answer(Kind.CAA, record(Kind.CAA, content)), Kind.CAA)
    assert found.values == [Caa(True, "issue", "letsencrypt.org; validationmethods=http-01")]
    empty = read_answer(answer(Kind.CAA, record(Kind.CAA, b"\x00\x05issue")), Kind.CAA)
    assert empty.values == [Caa(False, "issue", "")]


def test_a_long_answer_says_that_it_was_cut() -> None:
    found = read_answer(head(flags=0x8380, questions=0, answers=9), Kind.A)
    assert found.is_truncated
    assert found.values == []


def test_a_name_that_is_not_there_has_a_code() -> None:
    assert read_answer(head(flags=0x8183, questions=0), Kind.A).code == 3


@pytest.mark.parametrize(
    ("data", "kind"),
    [
        (b"", Kind.A),
        (head(flags=0x0100), Kind.A),
        (head(questions=2), Kind.A),
        (head(answers=201), Kind.A),
        (head(), Kind.A),
        (answer(Kind.A, record(Kind.A, b"\x01")), Kind.A),
        (answer(Kind.A, record(Kind.A, b"\x01\x02\x03\x04")[:-1]), Kind.A),
        (answer(Kind.A, b"\xc0\x0c\x00"), Kind.A),
        (answer(Kind.CAA, record(Kind.CAA, b"")), Kind.CAA),
        (answer(Kind.CAA, record(Kind.CAA, b"\x00\x00")), Kind.CAA),
        (answer(Kind.CAA, record(Kind.CAA, b"\x00\x09issue")), Kind.CAA),
    ],
)
def test_what_is_broken_is_refused(data: bytes, kind: Kind) -> None:
    with pytest.raises(DnsError):
        read_answer(data, kind)


@given(st.binary(max_size=200), st.sampled_from(Kind))
def test_no_octets_do_more_than_be_refused(data: bytes, kind: Kind) -> None:
    try:
        read_answer(head(answers=3) + data, kind)
    except DnsError:
        return
