"""Debian's mumble-server, started for a comparison: 1.3.4 of this system, 1.5 from a folder."""

import contextlib
import os
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

_START_S: Final = 20.0
_SETTINGS: Final = """\
host=127.0.0.1
port={port}
database={folder}/mumble.sqlite
logfile={folder}/mumble.log
pidfile=
bandwidth=100000000
users=1000
autobanAttempts=0
allowping=true
bonjour=False
uname=root
"""


class PeerMissing(Exception):
    """That server is not on this machine; the text says how to get it."""


def free_port() -> int:
    """Return a port that is free now for TCP and, most likely, for UDP."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        return int(listening.getsockname()[1])


@contextmanager
def mumble_server(folder: Path, root: Path | None = None) -> Iterator[tuple[int, int]]:
    """Run it; yield its process id and port. ``root``: the folder of a Debian 13.

    Raises PeerMissing.
    """
    command = _command(root)
    port = free_port()
    inner = Path("/") / "var" / "tmp" / folder.name if root else folder
    outer = root / inner.relative_to("/") if root else folder
    outer.mkdir(parents=True, exist_ok=True)
    (outer / "peer.ini").write_text(_SETTINGS.format(port=port, folder=inner))
    process = subprocess.Popen(
        [*command, "-fg", "-ini", str(inner / "peer.ini")],
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    try:
        wait_for(process, port, "mumble-server")
        yield process.pid, port
    finally:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        shutil.rmtree(outer, ignore_errors=True)


def _command(root: Path | None) -> list[str]:
    if root is not None:
        if not (root / "usr/bin/mumble-server").exists() or os.geteuid() != 0:
            raise PeerMissing(f"no mumble-server 1.5 in {root} (see tools/trixie.sh), or not root")
        return ["chroot", str(root), "/usr/bin/mumble-server"]
    found = shutil.which("murmurd", path=f"{os.environ.get('PATH', '')}:/usr/sbin")
    if found is None:
        raise PeerMissing("no mumble-server: install Debian's package")
    return [found]


def wait_for(process: subprocess.Popen[bytes], port: int, name: str) -> None:
    """Wait until a peer listens. Raises PeerMissing if it ends before, or takes too long."""
    until = time.monotonic() + _START_S
    while time.monotonic() < until:
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
        except OSError:
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(0.1)
                break
        else:
            return
    raise PeerMissing(f"{name} does not answer on port {port}")
