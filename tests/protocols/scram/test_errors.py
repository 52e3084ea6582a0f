from allmende.protocols.scram.errors import Refusal, ScramRefused


def test_a_refusal_is_told_in_the_words_of_the_protocol() -> None:
    assert ScramRefused(Refusal.INVALID_PROOF).message == b"e=invalid-proof"
    assert str(ScramRefused(Refusal.INVALID_PROOF)) == "invalid-proof"
    assert str(ScramRefused(Refusal.OTHER_ERROR, "another nonce")) == "another nonce"
