"""What people read of each: tests/app/doctor/test_certificates.py."""

from acme import messages

from allmende.transports.acme.authority import _problem
from allmende.transports.acme.problems import PROBLEMS


def test_whatever_the_authority_refuses_has_a_word() -> None:
    for code in messages.ERROR_CODES:
        assert _problem(messages.Error.with_code(code)) in PROBLEMS


def test_no_word_says_more_than_the_kind_of_trouble() -> None:
    assert all(word.isalpha() and "." not in text for word, text in PROBLEMS.items())
