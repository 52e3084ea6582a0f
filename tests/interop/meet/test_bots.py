"""The unmodified PyPI ``livekit`` SDK publishes and receives, and nobody falls out."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.interop.meet.bots import FPS

pytestmark = [pytest.mark.interop, pytest.mark.slow, pytest.mark.alone]

HOUSE = Path(__file__).parents[3]
HOLD_S = float(os.environ.get("ALLMENDE_HOLD_S", "10"))
AROUND_S = 150
ENOUGH = 1 / 3
"""Of the frames sent; a busy machine skips some when it encodes."""


def held(seconds: float) -> dict[str, Any]:
    command = [sys.executable, "-m", "tests.interop.meet.bots", "--seconds", str(seconds)]
    finished = subprocess.run(
        command,
        cwd=HOUSE,
        capture_output=True,
        text=True,
        timeout=seconds + AROUND_S,
        check=False,
    )
    assert finished.returncode == 0, finished.stderr[-4000:]
    found: dict[str, Any] = json.loads(finished.stdout.splitlines()[-1])
    return found


@pytest.mark.parametrize("seconds", [HOLD_S, pytest.param(60.0, marks=pytest.mark.soak)])
def test_six_people_with_the_python_sdk_see_and_hear_each_other(seconds: float) -> None:
    found = held(seconds)
    assert len(found["heard"]) == 6
    assert len(found["cameras"]) == 2
    for identity, heard in found["heard"].items():
        others = set(found["heard"]) - {identity}
        assert set(heard["energies"]) == others
        assert all(energy > 0 for energy in heard["energies"].values())
        assert set(heard["frames"]) == set(found["cameras"]) - {identity}
        assert all(frames >= ENOUGH * FPS * seconds for frames in heard["frames"].values())
        assert heard["disconnects"] == heard["reconnects"] == 0
