"""Loading the library: what is missing, broken or of another version."""

from pathlib import Path

import pytest

from allmende.media.fanout import library
from allmende.media.fanout.interface import FanoutMissing
from tests.media.fanout.stage import fanout


def test_without_the_library_it_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(FanoutMissing, match="make native"):
        library.load(tmp_path / "libfanout.so")


def test_what_is_no_library_is_missing_too(tmp_path: Path) -> None:
    path = tmp_path / "libfanout.so"
    path.write_bytes(b"\x7fELF or not")
    with pytest.raises(FanoutMissing, match="does not load"):
        library.load(path)


def test_a_library_of_another_version_is_refused() -> None:
    fanout("c")  # skips where it is not built
    with pytest.raises(FanoutMissing, match="another version"):
        library.load(version=library.VERSION + 1)
