"""Debian's Prosody and ejabberd, unchanged, as other people's servers."""

import json
import os
import subprocess
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest

from bench.chat.own import OwnChat, Place, own_chat
from tests.interop.chat import island, neighbours
from tests.interop.chat.neighbours import ADDRESSES, DOUBTED, EJABBERD, OWN, PROSODY
from tests.interop.chat.reference import PORTS, listening
from tests.interop.chat.test_clients import CLIENT, WITHIN_S
from tests.servers import HOUSE

SETTINGS = """
[tls]
names = ["rooms.allmende.example"]
"""
FEDERATION = """
federation = "open"
federation_authority = "{believed}"
federation_test_networks = ["127.0.0.0/8"]
"""
SENTENCES = (
    "messages go both ways",
    "questions are answered both ways, and an account that is not there stays hidden",
    "presence goes both ways, once it is allowed",
    "a room of theirs with one of ours",
    "a room of ours with one of theirs",
    "a file goes over",
)

MISSING = [*island.missing(), *neighbours.missing()]
if not CLIENT.exists():
    MISSING.append("@xmpp/client; see tools/slixmpp.sh")

pytestmark = [
    pytest.mark.interop,
    pytest.mark.slow,
    pytest.mark.skipif(bool(MISSING), reason=f"MISSING: {MISSING}"),
]


@dataclass(frozen=True)
class Town:
    """All servers run. ``words``: before what runs beside them; ``believed``: all authorities."""

    own: OwnChat
    words: Sequence[str]
    believed: Path

    def talk(self, mode: str, domain: str, name: str) -> str:
        """Let people of both write; return what was proved."""
        secret = self.own.secrets[name]
        own = {"domain": OWN, "service": f"xmpp://{ADDRESSES[OWN]}:{PORTS.plain}"}
        peer = {"domain": domain, "service": f"xmpp://{ADDRESSES[domain]}:{PORTS.plain}"}
        given = {
            "own": {**own, "name": name, "password": secret},
            "peer": {**peer, "name": "zoe", "password": "one-two-three", "register": True},
        }
        done = subprocess.run(
            (*self.words, "node", "tests/interop/chat/js/federation.mjs", mode, json.dumps(given)),
            env={**os.environ, "NODE_EXTRA_CA_CERTS": str(self.believed)}, cwd=HOUSE,
            capture_output=True, text=True, check=False, timeout=WITHIN_S,
        )  # fmt: skip
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    folder = tmp_path_factory.mktemp("federation")
    here = neighbours.neighbourhood(folder)
    place = Place(OWN, FEDERATION.format(believed=here.ours) + SETTINGS)
    people = ["anna", "berta", "clara"]
    with island.island() as words, neighbours.names(words), own_chat(
        folder / "own", people, strangers=True, ports=(PORTS.plain, PORTS.direct),
        before=words, place=place,
    ) as own, neighbours.others(here, own.authority, words):  # fmt: skip
        for domain in (PROSODY, EJABBERD, DOUBTED):
            for port in (PORTS.plain, 5269):
                listening(port, words, ADDRESSES[domain])
        yield Town(own, words, here.theirs)


def test_prosody_and_ours_talk_both_ways(town: Town) -> None:
    said = town.talk("talk", PROSODY, "anna")
    assert [line for line in SENTENCES if f"ok {line}" not in said] == []


def test_ejabberd_and_ours_talk_both_ways(town: Town) -> None:
    said = town.talk("talk", EJABBERD, "berta")
    assert [line for line in SENTENCES if f"ok {line}" not in said] == []


def test_nothing_goes_over_where_a_certificate_is_not_believed(town: Town) -> None:
    assert "ok nothing goes over" in town.talk("refused", DOUBTED, "clara")
