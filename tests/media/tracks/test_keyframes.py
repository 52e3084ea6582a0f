from allmende.media.tracks.keyframes import KeyframeAsking


def test_two_askings_are_half_a_second_apart() -> None:
    asking = KeyframeAsking()
    assert not asking.take_due(0.0)
    asking.want(0.0)
    assert asking.take_due(0.0)
    asking.want(0.1)
    asking.want(0.2)
    assert not asking.take_due(0.4)
    assert asking.take_due(0.5)
    assert not asking.take_due(5.0)


def test_one_is_asked_for_again_after_the_answer() -> None:
    asking = KeyframeAsking()
    asking.want(0.0)
    asking.want_again(0.3)
    assert asking.take_due(0.0)
    assert not asking.take_due(0.3)
    assert asking.take_due(0.5)


def test_who_still_waits_asks_again_after_a_second() -> None:
    asking = KeyframeAsking()
    asking.want(0.0)
    assert asking.take_due(0.0)
    asking.want_still(0.9)
    assert not asking.take_due(0.9)
    asking.want_still(1.0)
    assert asking.take_due(1.0)
