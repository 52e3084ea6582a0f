import pytest

from allmende.protocols.mumble.opus import SILENCE, opus_duration_10ms


def toc(configuration: int, code: int) -> int:
    return configuration << 3 | code


@pytest.mark.parametrize(
    ("configuration", "tens_of_ms"),
    [
        (0, 1), (1, 2), (2, 4), (3, 6), (8, 1), (11, 6),  # SILK
        (12, 1), (13, 2), (14, 1), (15, 2),  # hybrid
        (16, None), (17, None), (18, 1), (19, 2), (28, None), (31, 2),  # CELT
    ],
)  # fmt: skip
def test_one_frame_is_as_long_as_its_configuration(
    configuration: int, tens_of_ms: int | None
) -> None:
    assert opus_duration_10ms(bytes((toc(configuration, 0), 1, 2))) == tens_of_ms


@pytest.mark.parametrize("code", [1, 2])
@pytest.mark.parametrize(
    ("configuration", "tens_of_ms"), [(0, 2), (1, 4), (2, None), (3, None), (17, 1), (16, None)]
)
def test_two_frames_are_twice_as_long(
    configuration: int, tens_of_ms: int | None, code: int
) -> None:
    assert opus_duration_10ms(bytes((toc(configuration, code), 1, 2))) == tens_of_ms


@pytest.mark.parametrize(
    ("configuration", "frames", "tens_of_ms"),
    [(1, 1, 2), (1, 3, 6), (1, 6, None), (0, 5, None), (16, 4, 1), (16, 48, None), (1, 0, None)],
)
def test_counted_frames_are_multiplied(
    configuration: int, frames: int, tens_of_ms: int | None
) -> None:
    assert opus_duration_10ms(bytes((toc(configuration, 3), 0xC0 | frames, 2))) == tens_of_ms


@pytest.mark.parametrize("opus", [b"", bytes((toc(1, 3),))])
def test_what_does_not_say_has_no_length(opus: bytes) -> None:
    assert opus_duration_10ms(opus) is None


def test_silence_is_20_ms() -> None:
    assert opus_duration_10ms(SILENCE) == 2
