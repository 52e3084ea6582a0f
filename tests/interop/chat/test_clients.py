"""Clients that others wrote, unchanged, against a real server."""

import os
import subprocess
from pathlib import Path

import pytest

from bench.chat.own import OwnChat
from tests.interop.chat import terminal
from tests.interop.chat.terminal import DIRECT, STARTTLS
from tests.servers import HOUSE

CLIENT = HOUSE / "build/xmpp-client/node_modules/@xmpp/client"
WITHIN_S = 120

pytestmark = [pytest.mark.interop, pytest.mark.slow]


@pytest.mark.skipif(not CLIENT.exists(), reason="MISSING: @xmpp/client; see tools/slixmpp.sh")
def test_a_client_of_npm_writes_sees_presence_and_comes_back_after_a_cut(own: OwnChat) -> None:
    socket = f"ws{own.server.url.removeprefix('http')}/xmpp-websocket"
    people = [word for name in ("anna", "ben") for word in (name, own.secrets[name])]
    done = subprocess.run(
        (
            "node", "--experimental-websocket", "tests/interop/chat/js/client.mjs",
            str(own.plain), str(own.direct), socket, *people,
        ),
        env={**os.environ, "NODE_EXTRA_CA_CERTS": str(own.authority)}, cwd=HOUSE,
        capture_output=True, text=True, check=False, timeout=WITHIN_S,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    assert "ok a cut wire is resumed, nothing is lost, doubled or out of order" in done.stdout
    assert "ok one signs in and writes by WebSocket" in done.stdout
    assert "ok a wrong password is refused, by the condition for it" in done.stdout


@pytest.mark.skipif(bool(terminal.missing()), reason=f"MISSING: {terminal.missing()}")
def test_profanity_checks_the_certificate_signs_in_and_writes(own: OwnChat, tmp_path: Path) -> None:
    ways = (("anna", own.plain, STARTTLS), ("ben", own.direct, DIRECT))
    here, there = (
        terminal.terminal(
            tmp_path / name, f"{name}@localhost", own.secrets[name], port, policy, own.authority
        )
        for name, port, policy in ways
    )
    with here as anna, there as ben:
        anna.type("/msg ben@localhost wir treffen uns um acht")
        ben.shows("anna@localhost/profanity: wir treffen uns um acht", typed="/win 2")
        ben.type("gerne, bis dann")
        anna.shows("ben@localhost/profanity: gerne, bis dann", typed="/win 2")
