import socket
from pathlib import Path

import pytest

from allmende.transports.notify import READY, STOPPING, tell_systemd


@pytest.mark.parametrize("is_abstract", [False, True])
def test_systemd_is_told(tmp_path: Path, is_abstract: bool) -> None:
    name = f"@{tmp_path}/notify" if is_abstract else str(tmp_path / "notify")
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as systemd:
        systemd.bind(name.replace("@", "\0"))
        assert tell_systemd(READY, {"NOTIFY_SOCKET": name})
        assert systemd.recv(100) == b"READY=1"
        assert tell_systemd(STOPPING, {"NOTIFY_SOCKET": name})
        assert systemd.recv(100) == b"STOPPING=1"


@pytest.mark.parametrize("name", ["", "notify", "vsock:2:1", "/nowhere/notify"])
def test_without_systemd_nothing_happens(name: str) -> None:
    assert not tell_systemd(READY, {"NOTIFY_SOCKET": name})
    assert not tell_systemd(READY, {})
