"""What all tests share."""

import os
from collections.abc import Generator

import pytest
from hypothesis import settings

# How long an example takes says something about the machine, not about the code.
settings.register_profile("house", deadline=None)
settings.load_profile("house")

pytest_plugins = ["tests.databases", "tests.servers"]

PROOFS = {"browser", "interop", "postgres"}


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item,
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """In CI a proof that was skipped has failed: nobody may believe that it was run."""
    report = yield
    is_proof = any(item.get_closest_marker(name) for name in PROOFS)
    if report.skipped and is_proof and os.environ.get("CI") == "true":
        report.outcome = "failed"
        report.longrepr = f"a proof was skipped in CI: {report.longrepr}"
    return report
