import asyncio

import pytest

from allmende.transports.tasks import TaskFailed, background, crew


def test_a_background_task_ends_with_the_body() -> None:
    ended: list[str] = []

    async def work() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            ended.append("work")

    async def body() -> None:
        async with background(work()) as task:
            await asyncio.sleep(0)
            assert not task.done()
        ended.append("body")

    asyncio.run(body())
    assert ended == ["work", "body"]


def test_a_failure_ends_the_body_and_names_the_task() -> None:
    async def fails() -> None:
        raise ValueError("secret")

    async def body() -> None:
        async with background(fails(), name="relay"):
            await asyncio.Event().wait()

    with pytest.raises(ExceptionGroup) as raised:
        asyncio.run(body())
    (failure,) = raised.value.exceptions
    assert isinstance(failure, TaskFailed)
    assert str(failure) == "relay"
    assert isinstance(failure.__cause__, ValueError)


def test_a_crew_dismisses_whoever_still_runs() -> None:
    async def body() -> list[bool]:
        async with crew() as tasks:
            waits = tasks.start(asyncio.Event().wait())  # type: ignore[arg-type]  # any coroutine
            done = tasks.start(asyncio.sleep(0))
            await done
            assert not waits.done()
        return [waits.cancelled(), done.cancelled()]

    assert asyncio.run(body()) == [True, False]


def test_a_failure_in_a_crew_ends_the_body() -> None:
    async def fails() -> None:
        raise ValueError

    async def body() -> None:
        async with crew() as tasks:
            tasks.start(fails(), name="leg")
            await asyncio.Event().wait()

    with pytest.raises(ExceptionGroup) as raised:
        asyncio.run(body())
    assert str(raised.value.exceptions[0]) == "leg"
