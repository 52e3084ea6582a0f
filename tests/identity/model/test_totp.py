"""Codes of six digits: the vectors of the standard, the secret sealed, the codes on paper."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from allmende.identity.model.totp import (
    BACKUP_CODES,
    backup_code_hash,
    digits_of,
    fitting_step,
    new_backup_codes,
    new_secret,
    opened_secret,
    sealed_secret,
    secret_text,
    totp_uri,
)

SECRET = b"12345678901234567890"
KEY = bytes(range(32))

# RFC 6238, Appendix B, the last six of its eight digits.
VECTORS = [
    (59, "287082"),
    (1_111_111_109, "081804"),
    (1_111_111_111, "050471"),
    (1_234_567_890, "005924"),
    (2_000_000_000, "279037"),
    (20_000_000_000, "353130"),
]


@pytest.mark.parametrize(("at_s", "code"), VECTORS)
def test_the_vectors_of_the_standard_fit_within_one_step(at_s: int, code: str) -> None:
    for off_s in (-30, 0, 30):
        assert fitting_step(SECRET, code, at_s + off_s, 0) == at_s // 30
    for off_s in (-60, 60, 86_400):
        assert fitting_step(SECRET, code, at_s + off_s, 0) is None


def test_each_step_fits_once() -> None:
    assert fitting_step(SECRET, "287082", 59, 1) is None
    assert fitting_step(SECRET, "287082", 59, 0) == 1


def test_digits_may_be_typed_with_blanks_and_nothing_else_is_a_code() -> None:
    assert digits_of(" 287 082 ") == "287082"
    for typed in ("", "28708", "2870822", "28708a", "٢٨٧٠٨٢", "287082" + " " * 100 + "1"):
        assert digits_of(typed) in (None, "287082")
    assert digits_of("٢٨٧٠٨٢") is None


def test_the_uri_names_server_and_person() -> None:
    uri = totp_uri(SECRET, "mara", "example.org")
    assert uri == (
        "otpauth://totp/example.org:mara?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&issuer=example.org"
    )
    assert secret_text(SECRET) == "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"


def test_a_sealed_secret_opens_for_its_owner_alone() -> None:
    secret = new_secret()
    sealed = sealed_secret(KEY, secret, "1")
    assert sealed != sealed_secret(KEY, secret, "1")
    assert secret_text(secret) not in sealed
    assert opened_secret(KEY, sealed, "1") == secret
    assert opened_secret(KEY, sealed, "2") is None
    assert opened_secret(bytes(32), sealed, "1") is None


@given(st.text(max_size=80))
def test_what_was_never_sealed_opens_nothing(text: str) -> None:
    assert opened_secret(KEY, text, "1") is None


def test_ten_codes_of_twelve_characters_are_kept_as_keyed_hashes() -> None:
    codes = new_backup_codes()
    assert len(set(codes)) == BACKUP_CODES
    assert all(len(code) == 14 for code in codes)
    first = backup_code_hash(KEY, codes[0])
    assert first == backup_code_hash(KEY, codes[0].lower().replace("-", " "))
    assert first != backup_code_hash(bytes(32), codes[0])
