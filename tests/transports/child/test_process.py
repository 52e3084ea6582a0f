"""What a child runs; that it can do nothing else is shown in test_pool."""

import subprocess
import sys

import pytest

from allmende.transports.child import process


@pytest.mark.slow
def test_a_result_that_is_too_long_is_not_written() -> None:
    script = (
        "import sys, types\n"
        "from allmende.transports.child import process\n"
        "job = types.SimpleNamespace(prepare=lambda: None, work=lambda payload: payload * 2)\n"
        "sys.modules['job'] = job\n"
        f"process.MAX_RESULT_BYTES = {len(b'abcd')}\n"
        "sys.exit(process.main(['job']))\n"
    )
    ended = [
        subprocess.run([sys.executable, "-c", script], input=payload, capture_output=True)
        for payload in (b"ab", b"abc")
    ]
    assert [(one.returncode, one.stdout) for one in ended] == [(0, b"abab"), (1, b"")]


def test_the_limits_are_those_of_the_architecture() -> None:
    assert (process.MEMORY_BYTES >> 20, process.CPU_S) == (512, 20)
