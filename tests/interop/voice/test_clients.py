"""Clients that others wrote, unchanged, against a real server."""

import os
import subprocess
from collections.abc import Iterator

import pytest

from bench.voice.own import Own, own_server
from tests.interop.voice.builds import TRIXIE
from tests.servers import HOUSE

PYMUMBLE = HOUSE / "build/pymumble/bin/python"
CLIENT = HOUSE / "build/mumble-client/node_modules/@tf2pickup-org/mumble-client"
MODERN = TRIXIE / "opt/pymumble-rev"
WITHIN_S = 120

pytestmark = [pytest.mark.interop, pytest.mark.slow, pytest.mark.alone]


@pytest.fixture(scope="module")
def own(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Own]:
    with own_server(tmp_path_factory.mktemp("voice")) as running:
        yield running


def told(*command: str, script: str = "", **more: str) -> str:
    """Run a foreign program and return what it printed; fail with all of it."""
    done = subprocess.run(
        command, input=script, env={**os.environ, **more},
        capture_output=True, text=True, check=False, timeout=WITHIN_S, cwd=HOUSE,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.mark.skipif(not PYMUMBLE.exists(), reason="MISSING: pymumble; see tools/mumble.sh")
def test_pymumble_talks_writes_and_whispers_in_the_tunnel(own: Own) -> None:
    said = told(str(PYMUMBLE), "tests/interop/voice/legacy.py", str(own.port), own.token)
    assert "ok a whisper reaches nobody else" in said


@pytest.mark.skipif(
    not MODERN.exists() or os.geteuid() != 0,
    reason="MISSING: pymumble-rev of Debian 13's Python, or root; see tools/mumble.sh",
)
def test_pymumble_rev_speaks_protobuf_in_the_tunnel(own: Own) -> None:
    said = told(
        "chroot", str(TRIXIE), "/usr/bin/python3", "-", str(own.port), own.token,
        script=(HOUSE / "tests/interop/voice/modern.py").read_text(),
        PYTHONPATH="/opt/pymumble-rev", PYMUMBLE_REV_LIBOPUS="libopus.so.0",
    )  # fmt: skip
    assert "ok it reaches nobody else" in said
    assert "ok a wrong password is refused" in said


@pytest.mark.skipif(not CLIENT.exists(), reason="MISSING: mumble-client; see tools/mumble.sh")
def test_a_client_of_npm_moves_asks_and_is_refused(own: Own) -> None:
    said = told("node", "tests/interop/voice/js/control.mjs", str(own.port), own.token)
    assert "ok a wrong password is refused, by the message for it" in said
