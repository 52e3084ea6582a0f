from pathlib import PurePosixPath

import pytest

from tools.mirror import missing


def check(source: str, *tests: str) -> list[str]:
    return list(missing([PurePosixPath(source)], [PurePosixPath(test) for test in tests]))


@pytest.mark.parametrize(
    ("source", "test"),
    [
        ("allmende/storage/relay.py", "tests/storage/test_relay.py"),
        ("allmende/storage/sqlite.py", "tests/storage/test_sqlite_batches.py"),
        ("allmende/systems/meet/service/joining.py", "tests/systems/meet/test_service.py"),
        ("allmende/systems/meet/service/joining.py", "tests/systems/meet/service/test_joining.py"),
    ],
)
def test_a_mirrored_file_is_good(source: str, test: str) -> None:
    assert check(source, test) == []


@pytest.mark.parametrize("name", ["__init__", "__main__", "events"])
def test_files_that_only_say_words_need_no_test(name: str) -> None:
    assert check(f"allmende/core/{name}.py") == []


def test_a_file_without_a_test_is_named() -> None:
    assert check("allmende/storage/relay.py", "tests/storage/test_other.py") == [
        "allmende/storage/relay.py: no tests/storage/test_relay.py"
    ]
