from allmende.protocols.sdp.errors import SdpRefused


def test_the_error_says_what_was_wrong() -> None:
    assert str(SdpRefused("no mid")) == "no mid"
