import os
import subprocess
import sys
from pathlib import Path

import msgspec

from allmende.transports.running import Running, announced, find_running


def test_a_running_server_is_found_by_its_folder(tmp_path: Path) -> None:
    assert find_running(tmp_path) is None
    with announced(tmp_path, port=8443, url="https://example.org"):
        assert find_running(tmp_path) == Running(os.getpid(), 8443, "https://example.org")
    assert find_running(tmp_path) is None


def test_a_server_that_was_killed_is_not_running(tmp_path: Path) -> None:
    with subprocess.Popen([sys.executable, "-c", ""]) as ended:
        child = ended.pid
    (tmp_path / "serving.json").write_bytes(msgspec.json.encode(Running(child, 1, "")))
    assert find_running(tmp_path) is None


def test_a_broken_file_says_nothing(tmp_path: Path) -> None:
    (tmp_path / "serving.json").write_text("{")
    assert find_running(tmp_path) is None
