from pathlib import Path

import pytest

from tools.sizes import too_large


def test_small_files_are_good() -> None:
    assert list(too_large(Path("a.py"), "x = 1\n" * 500)) == []
    assert list(too_large(Path("a.ts"), "x\n" * 400)) == []


@pytest.mark.parametrize(("name", "lines"), [("a.py", 501), ("a.ts", 401), ("a.mjs", 401)])
def test_a_long_file_is_named(name: str, lines: int) -> None:
    assert list(too_large(Path(name), "x\n" * lines)) == [
        f"{name}: {lines} lines, at most {lines - 1}"
    ]


def test_a_long_function_is_named_with_its_line() -> None:
    text = "\n\nasync def long():\n" + "    x = 1\n" * 50
    assert list(too_large(Path("a.py"), text)) == ["a.py:3: long has 51 lines, at most 50"]
