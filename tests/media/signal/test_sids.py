from allmende.media.signal.sids import new_sid, new_ssrc


def test_names_have_their_prefix_and_do_not_repeat() -> None:
    names = {new_sid("PA_") for _ in range(200)}
    assert len(names) == 200
    assert all(name.startswith("PA_") and len(name) == 17 and name[3:].isalnum() for name in names)


def test_an_ssrc_has_32_bits_and_is_not_zero() -> None:
    assert all(0 < new_ssrc() < 2**32 for _ in range(200))
