"""Keys as both RFCs derive them, and as text."""

from base64 import b64decode

import pytest

from allmende.protocols.scram.keys import (
    MIN_ITERATIONS,
    Mechanism,
    ScramKeys,
    fits,
    keys_of,
    read_keys,
    server_signature,
    write_keys,
)

SALTS = {Mechanism.SHA_1: "QSXCR+Q6sek8bf92", Mechanism.SHA_256: "W22ZaJ0SNY7soEsUEjb6gQ=="}


def keys(mechanism: Mechanism, text: str = "pencil") -> ScramKeys:
    return keys_of(text, b64decode(SALTS[mechanism]), MIN_ITERATIONS, mechanism)


@pytest.mark.parametrize("mechanism", list(Mechanism))
def test_keys_survive_being_written_down(mechanism: Mechanism) -> None:
    text = write_keys(keys(mechanism))
    assert text.startswith(f"{mechanism}$4096:{SALTS[mechanism]}$")
    assert read_keys(text) == keys(mechanism)
    assert "pencil" not in repr(keys(mechanism)) + text


@pytest.mark.parametrize(
    "text",
    ["", "SCRAM-SHA-1", "SCRAM-SHA-1$1:QQ==$QQ==", "SCRAM-MD5$1:QQ==$QQ==:QQ==",
     "SCRAM-SHA-1$x:QQ==$QQ==:QQ==", "SCRAM-SHA-1$1:?$QQ==:QQ=="],
)  # fmt: skip
def test_what_is_no_line_of_keys_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r".+"):
        read_keys(text)


def test_the_same_password_in_another_spelling_gives_the_same_keys() -> None:
    assert keys(Mechanism.SHA_1, "pen\u00adcil") == keys(Mechanism.SHA_1)
    assert keys(Mechanism.SHA_1, "Pencil") != keys(Mechanism.SHA_1)


def test_a_proof_of_another_length_never_fits() -> None:
    assert not fits(keys(Mechanism.SHA_256), b"message", b"")
    assert not fits(keys(Mechanism.SHA_256), b"message", bytes(20))
    assert len(server_signature(keys(Mechanism.SHA_256), b"message")) == 32
