import os
import subprocess
import sys
from pathlib import Path

import msgspec

from allmende.transports.running import Running, announced, began, find_running


def test_a_running_server_is_found_by_its_folder(tmp_path: Path) -> None:
    assert find_running(tmp_path) is None
    with announced(tmp_path, port=8443, url="https://example.org"):
        assert find_running(tmp_path) == Running(
            os.getpid(), 8443, "https://example.org", began(os.getpid())
        )
    assert find_running(tmp_path) is None


def test_a_server_that_was_killed_is_not_running(tmp_path: Path) -> None:
    with subprocess.Popen([sys.executable, "-c", ""]) as ended:
        child = ended.pid
    (tmp_path / "serving.json").write_bytes(msgspec.json.encode(Running(child, 1, "")))
    assert find_running(tmp_path) is None


def test_a_broken_file_says_nothing(tmp_path: Path) -> None:
    (tmp_path / "serving.json").write_text("{")
    assert find_running(tmp_path) is None


def test_another_program_with_the_number_is_no_server(tmp_path: Path) -> None:
    with announced(tmp_path, port=1, url="x"):
        shown = find_running(tmp_path)
        assert shown is not None
        before = msgspec.structs.replace(shown, since=shown.since - 1)
        (tmp_path / "serving.json").write_bytes(msgspec.json.encode(before))
        assert find_running(tmp_path) is None


def test_a_process_keeps_its_beginning_when_it_becomes_another_program() -> None:
    """The server does so to lock itself (cli.serving.start_again)."""
    became = "exec sleep 60"
    with subprocess.Popen(
        ["sh", "-c", f"echo; read line; {became}"], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdout.readline()
        first = began(process.pid)
        process.stdin.write(b"\n")
        process.stdin.flush()
        while Path(f"/proc/{process.pid}/comm").read_text().strip() != "sleep":
            os.sched_yield()
        assert began(process.pid) == first > 0
        process.kill()


def test_who_is_gone_has_no_beginning() -> None:
    with subprocess.Popen(["true"]) as process:
        process.wait()
    assert began(process.pid) == 0
