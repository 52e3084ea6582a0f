import os
from pathlib import Path

import msgspec

from allmende.transports.running import Running, announced, find_running


def test_a_running_server_is_found_by_its_folder(tmp_path: Path) -> None:
    assert find_running(tmp_path) is None
    with announced(tmp_path, port=8443, url="https://example.org"):
        assert find_running(tmp_path) == Running(os.getpid(), 8443, "https://example.org")
    assert find_running(tmp_path) is None


def test_a_server_that_was_killed_is_not_running(tmp_path: Path) -> None:
    child = os.spawnlp(os.P_NOWAIT, "true", "true")
    os.waitpid(child, 0)
    (tmp_path / "serving.json").write_bytes(msgspec.json.encode(Running(child, 1, "")))
    assert find_running(tmp_path) is None


def test_a_broken_file_says_nothing(tmp_path: Path) -> None:
    (tmp_path / "serving.json").write_text("{")
    assert find_running(tmp_path) is None
