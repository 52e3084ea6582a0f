"""One server on one data folder."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from allmende.core.errors import Conflict
from allmende.storage.folder import lock_folder, make_folder, one_at_a_time

HOLD = """
import sys
from pathlib import Path
from allmende.storage.folder import lock_folder
with lock_folder(Path(sys.argv[1])):
    sys.stdout.write("held\\n")
    sys.stdout.flush()
    sys.stdin.read()
"""


def test_the_second_is_refused_with_the_number_of_the_first(tmp_path: Path) -> None:
    folder = tmp_path / "data"
    with lock_folder(folder):
        with pytest.raises(Conflict) as refused, lock_folder(folder):
            pass
        assert refused.value.message_id == "storage.folder-locked"
        assert refused.value.values["pid"] == str(os.getpid())
    with lock_folder(folder):
        pass


def test_the_folder_is_made_and_nobody_else_may_look_into_it(tmp_path: Path) -> None:
    with lock_folder(tmp_path / "a" / "data"):
        assert (tmp_path / "a" / "data").stat().st_mode & 0o777 == 0o700


def test_the_lock_ends_with_a_killed_process(tmp_path: Path) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", HOLD, tmp_path], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == b"held\n"
        with pytest.raises(Conflict) as refused, lock_folder(tmp_path):
            pass
        assert refused.value.values["pid"] == str(holder.pid)
        holder.kill()
    with lock_folder(tmp_path):
        pass


@pytest.mark.slow
def test_processes_that_need_the_folder_for_themselves_wait_for_each_other(tmp_path: Path) -> None:
    script = (
        "import sys\nfrom pathlib import Path\nfrom allmende.storage.folder import one_at_a_time\n"
    )
    script += "with one_at_a_time(Path(sys.argv[1])):\n    sys.stdout.write('in')\n"
    with one_at_a_time(tmp_path):
        command = [sys.executable, "-c", script, str(tmp_path)]
        other = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        with pytest.raises(subprocess.TimeoutExpired):
            other.wait(timeout=0.5)
    assert other.communicate(timeout=60)[0] == "in"


def test_what_is_missing_above_a_folder_is_ours_alone_too(tmp_path: Path) -> None:
    make_folder(tmp_path / "a" / "b" / "c")
    make_folder(tmp_path / "a" / "b" / "c")
    made = [tmp_path / "a", tmp_path / "a" / "b", tmp_path / "a" / "b" / "c"]
    assert [path.stat().st_mode & 0o777 for path in made] == [0o700] * 3
