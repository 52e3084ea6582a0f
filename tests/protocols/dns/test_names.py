import pytest
from hypothesis import given
from hypothesis import strategies as st

from allmende.protocols.dns.errors import DnsError
from allmende.protocols.dns.names import read_name, write_name

LABELS = st.from_regex(r"[a-z0-9]([a-z0-9-]{0,20}[a-z0-9])?", fullmatch=True)


@given(st.lists(LABELS, min_size=1, max_size=8))
def test_a_name_that_was_written_is_read(labels: list[str]) -> None:
    name = ".".join(labels)
    written = write_name(name)
    assert read_name(b"xx" + written, 2) == (name, 2 + len(written))


def test_case_and_the_last_dot_do_not_count() -> None:
    assert read_name(write_name("Example.ORG."), 0)[0] == "example.org"


@pytest.mark.parametrize("name", ["", "a..b", "a" * 64, "ä.example", ".".join(["a" * 60] * 5)])
def test_what_is_no_name_is_refused(name: str) -> None:
    with pytest.raises(DnsError):
        write_name(name)


def test_the_end_of_a_name_may_lie_earlier() -> None:
    data = write_name("example.org") + b"\x03www\xc0\x00" + b"rest"
    assert read_name(data, 13) == ("www.example.org", 19)


@pytest.mark.parametrize(
    ("data", "start"),
    [
        (b"", 0),
        (b"\x03ab", 0),
        (b"\x03abc", 0),
        (b"\xc0", 0),
        (b"\xc0\x00", 0),
        (b"\xc0\x05\x00", 0),
        (b"\x40" + b"a" * 64 + b"\x00", 0),
        (b"\x01a\xc0\x00", 0),
        (b"\x01a\xc0\x04\xc0\x00", 4),
        ((b"\x3f" + b"a" * 63) * 5 + b"\x00", 0),
    ],
)
def test_what_leads_nowhere_is_refused(data: bytes, start: int) -> None:
    with pytest.raises(DnsError):
        read_name(data, start)
