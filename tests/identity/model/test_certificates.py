"""Certificates as they are known again, and codes that bind them."""

import hashlib
from datetime import UTC, datetime

import pytest

from allmende.core.accounts import Scope
from allmende.core.errors import InvalidInput
from allmende.core.ids import AccountId, CertificateId
from allmende.identity.model.certificates import (
    MAX_CERTIFICATE_BYTES,
    PAIRING_CHARS,
    PairingCode,
    StoredCertificate,
    fingerprint,
    new_pairing_code,
    pairing_code_of,
)


def test_the_whole_certificate_is_hashed() -> None:
    assert fingerprint(b"der") == hashlib.sha256(b"der").hexdigest()
    assert fingerprint(b"x" * MAX_CERTIFICATE_BYTES)


@pytest.mark.parametrize("der", [b"", b"x" * (MAX_CERTIFICATE_BYTES + 1)])
def test_none_and_one_that_is_too_large_are_refused(der: bytes) -> None:
    with pytest.raises(InvalidInput, match="certificate-unreadable"):
        fingerprint(der)


def test_a_certificate_opens_voice_and_nothing_else() -> None:
    who = StoredCertificate(CertificateId(3), AccountId(7), "fern", "2026-Q4").caller
    assert (who.account_id, who.certificate_id, who.session_id) == (7, 3, None)
    assert who.is_program
    assert who.scopes == {Scope.VOICE}


def test_a_code_is_read_as_it_was_meant() -> None:
    code = new_pairing_code()
    printed = PairingCode(code, datetime(2026, 11, 23, tzinfo=UTC)).printed
    assert len(code) == PAIRING_CHARS
    assert len(printed.split("-")) == 3
    for typed in (code, printed, f" {code.lower()} ", printed.replace("-", " ")):
        assert pairing_code_of(typed) == code


def test_other_passwords_are_no_codes() -> None:
    code = new_pairing_code()
    wrong = code[:-1] + ("0" if code[-1] != "0" else "1")
    for typed in ("", code[:-1], code + "0", wrong, "sechs worte die niemand kennt hier", "ä" * 9):
        assert pairing_code_of(typed) is None
