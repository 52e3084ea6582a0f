"""A network namespace of our own: every port is free there, and nothing leaves it. Needs root."""

import os
import secrets
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager


def missing() -> list[str]:
    """Return what is not there to make one."""
    return [] if os.geteuid() == 0 and shutil.which("ip") else ["root and iproute2"]


@contextmanager
def island() -> Iterator[tuple[str, ...]]:
    """Yield the words before a command that runs in it; at the end nothing is left."""
    name = f"allmende-chat-{secrets.token_hex(3)}"
    _ip("netns", "add", name)
    try:
        _ip("-n", name, "link", "set", "lo", "up")
        yield ("ip", "netns", "exec", name)
    finally:
        _ip("netns", "delete", name)


def _ip(*words: str) -> None:
    subprocess.run(("ip", *words), check=True, capture_output=True, text=True)
