"""Pictures: the right size, a face in them, and something moves."""

import pytest

from allmende.cli.demo.picture import FRAMES, HEIGHT, WIDTH, Canvas, Colour, Look, darker, loop, yuv

LOOK = Look(wall=(200, 220, 200), shirt=(60, 90, 160), skin=(224, 180, 150), hair=(80, 50, 30))


def at(frame: bytes, x: int, y: int) -> tuple[int, int, int]:
    size = WIDTH * HEIGHT
    chroma = (y // 2) * (WIDTH // 2) + x // 2
    return frame[y * WIDTH + x], frame[size + chroma], frame[size * 5 // 4 + chroma]


@pytest.mark.parametrize(
    ("colour", "expected"),
    [
        ((0, 0, 0), (16, 128, 128)),
        ((255, 255, 255), (235, 128, 128)),
        ((255, 0, 0), (81, 90, 240)),
        ((0, 0, 255), (41, 240, 110)),
    ],
)
def test_colours_are_those_of_the_standard(colour: Colour, expected: tuple[int, int, int]) -> None:
    assert yuv(colour) == expected


def test_a_loop_has_whole_pictures_with_a_wall_and_a_face() -> None:
    frames = loop(LOOK, talking=False)
    assert len(frames) == FRAMES
    assert {len(frame) for frame in frames} == {WIDTH * HEIGHT * 3 // 2}
    for frame in frames:
        assert at(frame, 4, 4) == yuv(LOOK.wall)
        assert at(frame, WIDTH // 2, 84) == yuv(LOOK.skin)
        assert at(frame, WIDTH // 2, HEIGHT - 4) == yuv(LOOK.shirt)


def test_who_talks_moves_the_mouth_and_who_listens_only_the_head() -> None:
    quiet, talking = loop(LOOK, talking=False), loop(LOOK, talking=True)
    assert len(set(quiet)) > FRAMES // 2
    assert sum(one != other for one, other in zip(quiet, talking, strict=True)) > FRAMES // 2


def test_what_lies_outside_of_the_picture_is_cut_off() -> None:
    canvas = Canvas((0, 0, 0))
    canvas.ellipse(-10, HEIGHT + 10, 40, 40, (255, 255, 255))
    frame = canvas.i420()
    assert len(frame) == WIDTH * HEIGHT * 3 // 2
    assert at(frame, 0, HEIGHT - 2)[0] == 235
    assert at(frame, WIDTH - 1, HEIGHT - 2)[0] == 16


def test_shade_is_darker() -> None:
    assert darker((100, 50, 0), 0.5) == (50, 25, 0)
