"""Prosody as slixmpp's tests want it: the reference that our server is held against."""

import shutil
import subprocess
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from bench.chat.peers import Peer, Ports, Setting, prosody
from tests.interop.chat.suite import Account

PORTS: Final = Ports(plain=5222, direct=5223, http=5280)
FIRST: Final = Account("slix1@localhost", "one-two-three")
SECOND: Final = Account("slix2@localhost", "four-five-six")
ROOMS: Final = "rooms.localhost"
SETTING: Final = Setting(
    modules=(
        "blocklist", "bookmarks", "carbons", "csi_simple", "lastactivity", "mam", "pep", "private",
        "smacks", "time", "vcard4", "vcard_legacy", "version",
    ),
    room_modules=("muc_mam",),
    more='Component "files.localhost" "http_file_share"\n    http_host = "localhost"\n',
)  # fmt: skip
_START_S: Final = 20.0


def missing() -> list[str]:
    """Return what is not there to run it."""
    return [] if shutil.which("prosody") else ["prosody"]


@contextmanager
def reference(folder: Path, before: Sequence[str]) -> Iterator[Peer]:
    """Run it on the usual ports of a namespace."""
    accounts = {one.address.partition("@")[0]: one.password for one in (FIRST, SECOND)}
    with prosody(folder, SETTING, PORTS, accounts, before) as peer:
        listening(PORTS.plain, before)
        listening(PORTS.direct, before)
        yield peer


def listening(port: int, before: Sequence[str], address: str = "127.0.0.1") -> None:
    """Wait until somebody listens on ``port`` of the namespace."""
    until = time.monotonic() + _START_S
    command = [*before, "bash", "-c", f"exec 3<>/dev/tcp/{address}/{port}"]
    while subprocess.run(command, check=False, capture_output=True).returncode:
        if time.monotonic() > until:
            raise AssertionError(f"nobody listens on port {port}")
