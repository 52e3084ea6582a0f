"""Checks are read and written as in RFC 8489, and nothing but a value or an error comes out."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from allmende.protocols.stun import attributes as a
from allmende.protocols.stun import binding
from allmende.protocols.stun.attributes import MAGIC, StunMalformed, written
from allmende.protocols.stun.integrity import StunForged, sealed

PASSWORD = b"VOkJxbRl1RmTxUk/WvJxBt"
TRANSACTION = bytes.fromhex("b7e7a701bc34d686fa87dfae")
# RFC 5769, 2.1
REQUEST = bytes.fromhex(
    "000100582112a442b7e7a701bc34d686fa87dfae802200105354554e207465737420636c69656e74"
    "002400046e0001ff80290008932ff9b151263b36000600096576746a3a68367659202020"
    "000800149aeaa70cbfd8cb56781ef2b5b2d3f249c1b571a280280004e57a3bcf"
)
# RFC 5769, 2.2
RESPONSE_V4 = bytes.fromhex(
    "0101003c2112a442b7e7a701bc34d686fa87dfae8022000b7465737420766563746f7220"
    "002000080001a147e112a643000800142b91f599fd9e90c38c7489f92af9ba53f06be7d7"
    "80280004c07d4c96"
)
# RFC 5769, 2.3
RESPONSE_V6 = bytes.fromhex(
    "010100482112a442b7e7a701bc34d686fa87dfae8022000b7465737420766563746f7220"
    "002000140002a1470113a9faa5d3f179bc25f4b5bed2b9d900080014a382954e4be67bf1"
    "1784c97c8292c275bfe3ed4180280004c8fb0b4c"
)


def test_the_request_of_rfc_5769_is_read() -> None:
    request = binding.read_request(REQUEST, PASSWORD)
    assert request == binding.BindingRequest(TRANSACTION, "evtj:h6vY", 0x6E0001FF, controlled=True)
    assert binding.addressed_ufrag(REQUEST) == "evtj"


@pytest.mark.parametrize(
    ("response", "host"),
    [(RESPONSE_V4, "192.0.2.1"), (RESPONSE_V6, "2001:db8:1234:5678:11:2233:4455:6677")],
)
def test_the_responses_of_rfc_5769_are_read(response: bytes, host: str) -> None:
    assert binding.read_success(response, PASSWORD) == (TRANSACTION, host, 32853)


@given(
    transaction=st.binary(min_size=12, max_size=12),
    username=st.text(st.characters(exclude_categories=["Cs"]), max_size=100),
    priority=st.integers(0, 2**32 - 1),
    use_candidate=st.booleans(),
    controlled=st.booleans(),
    password=st.binary(max_size=80),
)
def test_what_is_written_is_read_again(
    transaction: bytes,
    username: str,
    priority: int,
    use_candidate: bool,
    controlled: bool,
    password: bytes,
) -> None:
    request = binding.BindingRequest(transaction, username, priority, use_candidate, controlled)
    datagram = binding.write_request(request, password, tie_breaker=2**64 - 1)
    assert binding.read_request(datagram, password) == request
    assert binding.addressed_ufrag(datagram) == username.partition(":")[0]
    with pytest.raises(StunForged):
        binding.read_request(datagram, password + b"x")


def test_errors_carry_their_code_and_what_was_not_understood() -> None:
    conflict = binding.write_error(TRANSACTION, binding.ROLE_CONFLICT, PASSWORD)
    assert binding.read_error(conflict, PASSWORD) == (TRANSACTION, 487)
    unknown = binding.write_error(TRANSACTION, binding.UNKNOWN_ATTRIBUTE, PASSWORD, [0x7FFF, 2])
    assert binding.read_error(unknown, PASSWORD) == (TRANSACTION, 420)
    assert bytes.fromhex("000a00047fff0002") in unknown


def test_an_attribute_that_must_be_understood_is_named() -> None:
    body = written(a.USERNAME, b"a:b") + written(0x7FFF, b"?") + written(0xC000, b"!")
    datagram = sealed(binding.BINDING_REQUEST, TRANSACTION, body, PASSWORD, MAGIC)
    assert binding.read_request(datagram, PASSWORD).unknown == (0x7FFF,)


def message(*fields: bytes, kind: int = binding.BINDING_REQUEST) -> bytes:
    body = b"".join(fields)
    return a.HEADER.pack(kind, len(body), MAGIC, TRANSACTION) + body


NAME = written(a.USERNAME, b"a:b")


@pytest.mark.parametrize(
    "datagram",
    [
        b"",
        REQUEST[:19],
        REQUEST[:-4],
        REQUEST + bytes(4),
        REQUEST[:4] + b"\x00\x00\x00\x00" + REQUEST[8:],
        b"\x80" + REQUEST[1:],
        REQUEST[:-1] + b"\x00",  # fingerprint
        message(NAME, b"\x00\x06"),
        message(NAME, b"\x00\x24\x00\x08abcd"),
        message(NAME, *[written(0xC001)] * 32),
        message(written(a.FINGERPRINT, bytes(4)), NAME),
        message(NAME, kind=0x0011),  # an indication
        RESPONSE_V4,
        bytes(1504),
    ],
)
def test_malformed_requests_are_refused(datagram: bytes) -> None:
    with pytest.raises(StunMalformed):
        binding.read_request(datagram, PASSWORD)


@pytest.mark.parametrize(
    "datagram",
    [
        message(NAME),
        message(NAME, written(a.MESSAGE_INTEGRITY, bytes(19))),
        message(NAME, written(a.MESSAGE_INTEGRITY, bytes(20))),
        sealed(binding.BINDING_REQUEST, TRANSACTION, b"", PASSWORD, MAGIC),
    ],
)
def test_unproven_requests_are_refused(datagram: bytes) -> None:
    with pytest.raises(StunForged):
        binding.read_request(datagram, PASSWORD)


@pytest.mark.parametrize(
    "body",
    [
        NAME + written(a.PRIORITY, b"12345"),
        written(a.USERNAME, b"\xff\xfe"),
        written(a.USERNAME, b"a" * 509),
    ],
)
def test_authentic_nonsense_is_refused(body: bytes) -> None:
    datagram = sealed(binding.BINDING_REQUEST, TRANSACTION, body, PASSWORD, MAGIC)
    with pytest.raises(StunMalformed):
        binding.read_request(datagram, PASSWORD)


def test_answers_are_not_taken_for_each_other() -> None:
    empty_success = sealed(binding.BINDING_SUCCESS, TRANSACTION, b"", PASSWORD, MAGIC)
    empty_error = sealed(binding.BINDING_ERROR, TRANSACTION, b"", PASSWORD, MAGIC)
    for datagram in (empty_success, empty_error):
        with pytest.raises(StunMalformed):
            binding.read_success(datagram, PASSWORD)
        with pytest.raises(StunMalformed):
            binding.read_error(datagram, PASSWORD)
        with pytest.raises(StunMalformed):
            binding.addressed_ufrag(datagram)


def test_a_request_without_a_name_is_for_nobody() -> None:
    with pytest.raises(StunMalformed):
        binding.addressed_ufrag(message())


@given(st.binary(max_size=1600))
def test_any_bytes_are_a_value_or_an_error(datagram: bytes) -> None:
    for read in (binding.read_request, binding.read_success, binding.read_error):
        with pytest.raises((StunMalformed, StunForged)):
            read(datagram, PASSWORD)


@given(st.lists(st.tuples(st.integers(0, 65535), st.binary(max_size=40)), max_size=40))
def test_any_sealed_attributes_are_a_value_or_an_error(fields: list[tuple[int, bytes]]) -> None:
    body = b"".join(written(kind, value) for kind, value in fields)[:1400]
    body = body[: len(body) // 4 * 4]
    datagram = sealed(binding.BINDING_REQUEST, TRANSACTION, body, PASSWORD, MAGIC)
    try:
        binding.read_request(datagram, PASSWORD)
    except (StunMalformed, StunForged):
        return
