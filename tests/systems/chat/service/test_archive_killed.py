"""kill -9 at any moment: no message that its sender knows to be kept is lost, and none is double.

``ALLMENDE_KILLS`` says how often (default 3).
"""

import asyncio
import os
import secrets
import signal
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest
from sqlalchemy import Connection

from allmende.core.ids import AccountId, MessageId
from allmende.systems.chat.store import personal
from tests.databases import Place
from tests.systems.chat.service.sending import RECEIVER, SENDER

KILLS = int(os.environ.get("ALLMENDE_KILLS", "3"))
ROOT = Path(__file__).parents[4]


def sent(place: Place, cycle: int) -> list[str]:
    """Let the program send, kill it after a random line, return what it had printed."""
    command = [sys.executable, "-m", "tests.systems.chat.service.sending", place.url]
    with subprocess.Popen(
        [*command, str(place.data), str(cycle)], stdout=subprocess.PIPE, text=True, cwd=ROOT
    ) as writer:
        assert writer.stdout is not None
        lines = [writer.stdout.readline() for _ in range(1 + secrets.randbelow(300))]
        writer.send_signal(signal.SIGKILL)
        lines += writer.stdout.readlines()
    return [line.rstrip("\n") for line in lines if line.endswith("\n")]


def archived(db: Connection, account_id: AccountId) -> Counter[str]:
    found = personal.own_after(db, account_id, MessageId(0), most=10**6)
    return Counter(bytes(one.content).decode() for one in found)


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def test_nothing_acknowledged_is_lost_or_doubled(kind: str, request: pytest.FixtureRequest) -> None:
    place = request.getfixturevalue(f"{kind}_place")
    promised: set[str] = set()
    for cycle in range(KILLS):
        told = sent(place, cycle)
        assert told
        promised.update(told)
        database = place.open()
        for account_id in (SENDER, RECEIVER):
            found = asyncio.run(database.read(lambda db, who=account_id: archived(db, who)))
            assert promised <= found.keys()
            assert set(found.values()) == {1}
        database.close()
