import pytest
from hypothesis import given
from hypothesis import strategies as st

from allmende.systems.voice.model.lines import floor_line, order_line
from allmende.systems.voice.model.names import MAX_NAME_CHARS


@pytest.mark.parametrize(
    ("seconds", "line"),
    [
        (0, "▶ Mara · 0:00"),
        (4.9, "▶ Mara · 0:00"),
        (72, "▶ Mara · 1:10"),
        (75, "▶ Mara · 1:15"),
        (3605, "▶ Mara · 60:05"),
        (-3, "▶ Mara · 0:00"),
    ],
)
def test_who_speaks_is_said_with_a_clock_in_steps_of_five_seconds(
    seconds: float, line: str
) -> None:
    assert floor_line("Mara", seconds) == line


@pytest.mark.parametrize(
    ("names", "line"),
    [
        ([], ""),
        (["Juno"], "1 Juno"),
        (["Juno", "Ali", "Bo"], "1 Juno · 2 Ali · 3 Bo"),
        (
            ["Juno", "Ali", "Bo", "Käthe", "Sascha", "Mo", "Robin", "Kim", "Alex"],
            "1 Juno · 2 Ali · 3 Bo · 4 Käthe · 5 Sascha · 6 Mo · +3",
        ),
        (["a" * 30, "b" * 30, "c" * 30], "1 " + "a" * 19 + "… · 2 " + "b" * 19 + "… · +1"),
    ],
)
def test_who_is_next_is_said_as_far_as_there_is_room(names: list[str], line: str) -> None:
    assert order_line(names) == line


@pytest.mark.slow
@given(st.lists(st.text(min_size=1, max_size=60), max_size=200), st.integers(0, 10**6))
def test_lines_are_never_longer_than_a_name_of_a_channel(names: list[str], seconds: int) -> None:
    assert len(order_line(names)) <= MAX_NAME_CHARS
    for name in names:
        assert len(floor_line(name, seconds)) <= MAX_NAME_CHARS
