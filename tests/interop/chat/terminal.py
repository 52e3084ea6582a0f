"""profanity in a terminal that nobody sees: typed into and read by tmux."""

import os
import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final, Self

WITHIN_S: Final = 20.0
_A_MOMENT: Final = "sleep 0.1"
_ACCOUNT: Final = """\
[me]
enabled=true
jid={address}
server=127.0.0.1
port={port}
password={password}
resource=profanity
tls.policy={policy}
"""
STARTTLS: Final = "force"
DIRECT: Final = "legacy"


def missing() -> list[str]:
    """Return what is not there to run it."""
    return [program for program in ("profanity", "tmux") if shutil.which(program) is None]


class Terminal:
    """One profanity that is signed in by the account of its file."""

    def __init__(self, home: Path, address: str, password: str, port: int, policy: str) -> None:
        self._socket = home / "tmux"
        data = home / "data"
        (data / "profanity").mkdir(parents=True)
        (data / "profanity/accounts").write_text(
            _ACCOUNT.format(address=address, port=port, password=password, policy=policy)
        )

    def start(self, authority: Path) -> Self:
        """Run it. ``authority``: whose certificates it believes, none else."""
        home = self._socket.parent
        environment = {
            "HOME": str(home),
            "XDG_DATA_HOME": str(home / "data"),
            "XDG_CONFIG_HOME": str(home / "config"),
            "SSL_CERT_FILE": str(authority),
            "LC_ALL": "C.UTF-8",
            "TERM": "xterm",
        }
        words = " ".join(f"{name}={value}" for name, value in environment.items())
        self._tmux("new-session", "-d", "-x", "120", "-y", "40", f"env {words} profanity -a me")
        return self

    def type(self, line: str) -> None:
        """Type a line and press Enter."""
        self._tmux("send-keys", "-l", line)
        self._tmux("send-keys", "Enter")

    def shown(self) -> str:
        """Return what is on the screen."""
        return self._tmux("capture-pane", "-p")

    def shows(self, text: str, typed: str = "") -> None:
        """Wait until ``text`` is on the screen; ``typed`` is typed before each look."""
        until = time.monotonic() + WITHIN_S
        while text not in (screen := self.shown()):
            if time.monotonic() > until:
                raise AssertionError(f"{text!r} is not on the screen:\n{screen}")
            if typed:
                self.type(typed)
            self._tmux("run-shell", _A_MOMENT)

    def close(self) -> None:
        """End it, however it is."""
        subprocess.run(("tmux", "-S", str(self._socket), "kill-server"), check=False)

    def _tmux(self, *words: str) -> str:
        command = ("tmux", "-S", str(self._socket), "-f", "/dev/null", *words)
        environment = {name: value for name, value in os.environ.items() if name != "TMUX"}
        done = subprocess.run(command, check=True, capture_output=True, text=True, env=environment)
        return done.stdout


@contextmanager
def terminal(
    home: Path, address: str, password: str, port: int, policy: str, authority: Path
) -> Iterator[Terminal]:
    """Run one with a home of its own; wait until it is signed in."""
    made = Terminal(home, address, password, port, policy)
    try:
        made.start(authority).shows("logged in successfully")
        yield made
    finally:
        made.close()
