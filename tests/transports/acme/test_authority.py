"""What goes wrong, in words. That it works: tests/interop/house/test_acme.py."""

import socket
from pathlib import Path

import pytest
from acme import errors, messages

from allmende.transports.acme import authority
from allmende.transports.acme.authority import Authority, Place
from allmende.transports.acme.files import AcmeFiles
from allmende.transports.acme.problems import PROBLEMS, NotIssued
from tests.transports.test_tls import HandClock

KINDS = [
    ("connection", "connection"), ("dns", "dns"), ("unauthorized", "unauthorized"),
    ("caa", "caa"), ("rateLimited", "limited"), ("rejectedIdentifier", "rejected"),
    ("serverInternal", "unreachable"), ("badCSR", "refused"),
]  # fmt: skip


@pytest.mark.parametrize(("code", "problem"), KINDS)
def test_each_refusal_has_a_word(code: str, problem: str) -> None:
    for refusal in (
        messages.Error.with_code(code, detail="from 203.0.113.9"),
        errors.IssuanceError(messages.Error.with_code(code)),
    ):
        with pytest.raises(NotIssued) as told, authority._told_plainly():
            raise refusal
        assert str(told.value) == problem
        assert problem in PROBLEMS


@pytest.mark.parametrize("failure", [OSError("x"), errors.TimeoutError(), ValueError("no JSON")])
def test_whoever_does_not_answer_is_unreachable(failure: Exception) -> None:
    with pytest.raises(NotIssued, match="unreachable"), authority._told_plainly():
        raise failure


def test_an_authority_that_is_not_there_is_unreachable(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    place = Place(directory=f"https://127.0.0.1:{port}/dir", contact="us@example.org")
    there = Authority(place, AcmeFiles(tmp_path), {}, HandClock())
    with pytest.raises(NotIssued, match="unreachable"):
        there.issue(["example.org"])
    with pytest.raises(NotIssued, match="unreachable"):
        there.renewal_time(b"")


def test_what_is_under_way_is_given_up_at_the_next_step(tmp_path: Path) -> None:
    there = Authority(Place(directory=""), AcmeFiles(tmp_path), {}, HandClock())
    there.stop()
    with pytest.raises(NotIssued):
        there._pause(1.0)
