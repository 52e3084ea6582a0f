"""What is done soon."""

import asyncio
from functools import partial

import pytest

from allmende.core.errors import Unavailable
from allmende.systems.voice.service.errands import Errands


def test_errands_are_done_in_their_order_and_one_that_fails_hurts_no_other(
    caplog: pytest.LogCaptureFixture,
) -> None:
    async def story() -> list[str]:
        errands, done = Errands(), list[str]()

        async def note(word: str) -> None:
            if word == "b":
                raise Unavailable("storage.busy")
            done.append(word)

        for word in "abc":
            errands.soon(partial(note, word))
        await errands.do_all()
        return done

    assert asyncio.run(story()) == ["a", "c"]
    assert "storage.busy" in caplog.text


def test_the_task_waits_for_the_next_one() -> None:
    async def story() -> bool:
        errands, done = Errands(), asyncio.Event()
        task = asyncio.ensure_future(errands.run())
        await asyncio.sleep(0)

        async def note() -> None:
            done.set()

        errands.soon(note)
        await done.wait()
        task.cancel()
        return done.is_set()

    assert asyncio.run(story())
