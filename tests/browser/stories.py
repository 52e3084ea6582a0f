"""Runs the stories of ``tests/browser/*.mjs`` against a real server, within a time."""

import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from typing import Protocol

import pytest

from tests.servers import HOUSE

NODE_MODULES = HOUSE / "node_modules"
SETTINGS = """
[web]
listen = ["127.0.0.1"]
[voice]
port = 0
[media]
udp_port = 0
tcp_port = 0
packets_per_second = 30000
[limits]
open_rooms_per_hour = 1000
open_rooms_per_address = 1000
invites_per_hour = 1000
requests_per_hour = 1000
"""
"""Media on free ports; a figure instead of a measurement, which a busy machine would get wrong."""


class Tell(Protocol):
    """Tells a story with what it needs to know, within seconds; returns what it said.

    ``before``: words before the command, such as those that enter a namespace.
    """

    def __call__(
        self,
        script: str,
        facts: Mapping[str, object],
        within_s: float,
        before: Sequence[str] = (),
    ) -> str:
        """Tell it. Fails with all it said."""
        ...


def needs(*programs: str) -> pytest.MarkDecorator:
    """Skip, saying what is missing; in CI a skip fails (tests/conftest.py)."""
    missing = [name for name in ("node", "chromium", *programs) if shutil.which(name) is None]
    if not NODE_MODULES.exists():
        missing.append("node_modules (npm ci)")
    if os.geteuid() != 0 and "ip" in programs:
        missing.append("the right to make network namespaces (root)")
    reason = f"MISSING: {', '.join(missing)}; see tools/foreign.sh"
    return pytest.mark.skipif(bool(missing), reason=reason)


@pytest.fixture
def tell(capsys: pytest.CaptureFixture[str]) -> Tell:
    """Tell a story; its figures are shown, and all it said if it fails."""

    def told(
        script: str,
        facts: Mapping[str, object],
        within_s: float,
        before: Sequence[str] = (),
    ) -> str:
        command = [*before, "node", f"tests/browser/{script}", json.dumps(facts)]
        code, said = run(command, within_s)
        figures = [line for line in said.splitlines() if line.startswith("FIGURE ")]
        with capsys.disabled():
            sys.stdout.writelines(f"\n{script}: {line.removeprefix('FIGURE ')}" for line in figures)
            sys.stdout.flush()
        assert code == 0, f"{script} ended with {code}\n{said}"
        return said

    return told


def run(command: list[str], within_s: float) -> tuple[int, str]:
    """Run a program with all that it starts; return its exit code and what it said."""
    process = subprocess.Popen(
        command,
        cwd=HOUSE,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
        start_new_session=True,
    )
    try:
        said, _ = process.communicate(timeout=within_s)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        said, _ = process.communicate()
        said += f"\nnot ready after {within_s:g} s"
        return -signal.SIGKILL, said
    return process.returncode, said
