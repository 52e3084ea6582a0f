import subprocess
import sys
from pathlib import Path

import pytest

from tools.new_system import make


def test_a_new_system_has_the_shape_and_a_test_that_passes(tmp_path: Path) -> None:
    written = make("voice", "Rooms for ears.", tmp_path)
    assert {path.name for path in written} == {
        "__init__.py", "model.py", "events.py", "service.py", "system.py", "test_system.py",
    }  # fmt: skip
    for path in (path for path in written if "tests" not in path.parts):
        command = (sys.executable, "-m", "ruff", "check", "--quiet", str(path))
        assert subprocess.run(command, check=False).returncode == 0


@pytest.mark.parametrize("name", ["", "Voice", "my-voice", "utils2"])
def test_other_names_are_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(ValueError, match="is no name"):
        make(name, "x", tmp_path)


def test_a_system_that_is_there_is_left_alone(tmp_path: Path) -> None:
    make("voice", "x", tmp_path)
    with pytest.raises(FileExistsError):
        make("voice", "y", tmp_path)
