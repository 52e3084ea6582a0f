"""A full call held by our own generator without codecs: real ICE, DTLS and SRTP."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from bench.meet.load import MAX_LOSS

pytestmark = [pytest.mark.interop, pytest.mark.slow, pytest.mark.alone]

HOUSE = Path(__file__).parents[3]
HOLD_S = float(os.environ.get("ALLMENDE_HOLD_S", "10"))
AROUND_S = 150


def loaded(*words: str) -> dict[str, Any]:
    finished = subprocess.run(
        [sys.executable, "-m", "bench.meet.load", "--json", *words],
        cwd=HOUSE,
        capture_output=True,
        text=True,
        timeout=HOLD_S + AROUND_S,
        check=False,
    )
    assert finished.stdout, finished.stderr[-4000:]
    found: dict[str, Any] = json.loads(finished.stdout)
    return found


@pytest.mark.parametrize("seconds", [HOLD_S, pytest.param(60.0, marks=pytest.mark.soak)])
def test_fifteen_people_with_ten_cameras_lose_nearly_nothing(seconds: float) -> None:
    found = loaded("--people", "15", "--cameras", "10", "--seconds", str(seconds))
    assert found["packets_expected"] > 0
    assert found["loss"] <= MAX_LOSS
    assert found["rejoins"] == 0


def test_simulcast_arrives_in_its_largest_size_where_nobody_asks_for_less() -> None:
    found = loaded("--people", "4", "--cameras", "2", "--seconds", "2", "--simulcast")
    assert found["packets_expected"] > 0
    assert found["loss"] <= MAX_LOSS
