"""The process of the bots: what it is told, and that it ends with its input."""

import subprocess
import sys

import msgspec
import pytest

from allmende.cli.demo.bots import Ready, Wish
from tests.ports import free_port
from tests.servers import HOUSE

COMMAND = (sys.executable, "-m", "allmende.cli.demo.bots")


def wish(port: int) -> bytes:
    wanted = Wish(
        url=f"http://127.0.0.1:{port}",
        invite=f"http://127.0.0.1:{port}/i/x",
        language="de",
        bots=4,
        cameras=0,
        speed=1.0,
    )
    return msgspec.json.encode(wanted)


def test_a_wish_and_its_answer_are_one_line_each() -> None:
    assert b"\n" not in wish(1)
    ready = Ready(facilitators="F", guests="G")
    assert msgspec.json.decode(msgspec.json.encode(ready)) == {"facilitators": "F", "guests": "G"}


@pytest.mark.slow
@pytest.mark.parametrize("told", [b"", wish(free_port()) + b"\n"])
def test_without_a_house_the_process_ends(told: bytes) -> None:
    done = subprocess.run(COMMAND, cwd=HOUSE, input=told, capture_output=True, timeout=30)
    assert done.returncode != 0
    assert done.stdout == b""
