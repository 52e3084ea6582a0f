import re

import pytest
import segno
from hypothesis import given, settings
from hypothesis import strategies as st

from allmende.webkit.qr import QUIET_MODULES, qr_paths


def modules_of(path: str) -> set[tuple[int, int]]:
    """Draw the path again: every stroke is a row of dark modules."""
    dark: set[tuple[int, int]] = set()
    for x, y, width in re.findall(r"M(\d+) (\d+)h(\d+)v1H\d+z", path):
        dark |= {(int(x) + step, int(y)) for step in range(int(width))}
    return dark


@settings(max_examples=25, deadline=None)
@given(st.text(min_size=1, max_size=80))
def test_the_path_has_exactly_the_dark_modules(text: str) -> None:
    code = qr_paths(text)
    matrix = segno.make(text, error="m", micro=False).matrix
    expected = {
        (x + QUIET_MODULES, y + QUIET_MODULES)
        for y, row in enumerate(matrix)
        for x, module in enumerate(row)
        if module
    }
    assert modules_of(code.path) == expected
    assert code.size == len(matrix) + 2 * QUIET_MODULES


def test_a_text_that_is_too_long_is_an_error() -> None:
    with pytest.raises(ValueError, match=r"too large|fit"):
        qr_paths("x" * 5000)
