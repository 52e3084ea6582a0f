"""slixmpp's own integration tests, unchanged, against a server on the usual ports of localhost."""

import os
import re
import subprocess
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from tests.servers import HOUSE

SLIXMPP: Final = HOUSE / "build/slixmpp"
_PYTHON: Final = SLIXMPP / "bin/python"
_LINE: Final = re.compile(r"^itests/(\S+?)\.py::\w+::(\w+) (PASSED|FAILED|ERROR|SKIPPED)", re.M)
_WITHIN_S: Final = 300.0


@dataclass(frozen=True)
class Account:
    """Who signs in: a bare address, and a password or app password."""

    address: str
    password: str


@dataclass(frozen=True)
class Outcome:
    """Names of tests as ``file.test``; ``said`` is all that was printed."""

    passed: frozenset[str]
    failed: frozenset[str]
    skipped: frozenset[str]
    said: str


def missing() -> list[str]:
    """Return what is not there to run them."""
    return [] if (SLIXMPP / ".complete").exists() else ["slixmpp (tools/slixmpp.sh)"]


def outcome_of(said: str) -> Outcome:
    """Read what pytest prints for each test."""
    found: dict[str, set[str]] = defaultdict(set)
    for file, test, how in _LINE.findall(said):
        found[how].add(f"{file.removeprefix('test_')}.{test.removeprefix('test_')}")
    failed = found["FAILED"] | found["ERROR"]
    passed = found["PASSED"] - failed
    return Outcome(frozenset(passed), frozenset(failed), frozenset(found["SKIPPED"]), said)


def run(
    first: Account, second: Account, rooms: str, authority: Path,
    before: Sequence[str] = (),
) -> Outcome:  # fmt: skip
    """Run them with two accounts. ``before``: words before the command, such as a namespace."""
    environment = {
        **os.environ,
        "CI_ACCOUNT1": first.address, "CI_ACCOUNT1_PASSWORD": first.password,
        "CI_ACCOUNT2": second.address, "CI_ACCOUNT2_PASSWORD": second.password,
        "CI_MUC_SERVER": rooms, "SSL_CERT_FILE": str(authority),
        "PYTHONDONTWRITEBYTECODE": "1",
    }  # fmt: skip
    command = [*before, str(_PYTHON), "-m", "pytest", "-v", "-p", "no:cacheprovider"]
    command += ["-c", "/dev/null", "--rootdir", ".", "--tb=short", "-W", "ignore", "itests"]
    done = subprocess.run(
        command, cwd=SLIXMPP, env=environment,
        capture_output=True, text=True, check=False, timeout=_WITHIN_S,
    )  # fmt: skip
    return outcome_of(done.stdout + done.stderr)
