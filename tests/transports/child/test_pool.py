"""Children do their job and nothing else."""

import asyncio
import errno

import pytest

from allmende.core.errors import Unavailable
from allmende.transports.child.pool import WALL_S, ChildFailed, Children

JOBS = "tests.transports.child.jobs"


def done(payload: bytes, *, waiting: int = 1, wall_s: float = WALL_S) -> bytes:
    return asyncio.run(Children(size=1, waiting=waiting, wall_s=wall_s).run(JOBS, payload))


@pytest.mark.slow
def test_a_child_does_its_job() -> None:
    assert done(b"turn abc") == b"cba"


@pytest.mark.slow
@pytest.mark.parametrize("way", ["open", "socket", "pipe"])
def test_a_child_opens_nothing(way: str) -> None:
    assert done(way.encode()) == str(errno.EMFILE).encode()


@pytest.mark.slow
@pytest.mark.parametrize("word", ["memory", "bug", "die", "unknown"])
def test_a_job_that_fails_says_only_that(word: str) -> None:
    with pytest.raises(ChildFailed, match=r"ended with -?\d+$"):
        done(word.encode())


@pytest.mark.slow
def test_a_child_that_takes_too_long_is_ended() -> None:
    with pytest.raises(ChildFailed, match="too long"):
        done(b"endless", wall_s=0.5)


def test_too_many_jobs_are_refused_at_once() -> None:
    with pytest.raises(Unavailable):
        done(b"turn abc", waiting=0)
