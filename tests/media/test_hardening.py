"""After hardening nothing can be written; tried in a child, since there is no way back."""

import subprocess
import sys
from pathlib import Path

_CHILD = """
import errno, sys, socket
from allmende.media.hardening import harden, raise_open_files
assert raise_open_files() > 0
harden()
with open(sys.argv[1], "wb", buffering=0) as file:
    try:
        file.write(b"media")
    except OSError as refused:
        assert refused.errno == errno.EFBIG
    else:
        sys.exit("written")
one, other = socket.socketpair()
one.send(b"still works")
assert other.recv(99) == b"still works"
"""


def test_a_hardened_process_cannot_write_but_talk(tmp_path: Path) -> None:
    target = tmp_path / "recording"
    child = [sys.executable, "-c", _CHILD, str(target)]
    environment = {"PYTHONPATH": ":".join(path for path in sys.path if path)}
    ended = subprocess.run(child, check=False, capture_output=True, env=environment)
    assert ended.returncode == 0, ended.stderr
    assert target.read_bytes() == b""
