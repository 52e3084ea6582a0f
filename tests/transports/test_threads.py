import asyncio
import threading

import pytest

from allmende.core.errors import Unavailable
from allmende.transports.threads import open_threads


def test_work_runs_beside_the_loop() -> None:
    async def body() -> str:
        with open_threads(size=1, waiting=2) as threads:
            return await threads.run(lambda: threading.current_thread().name)

    assert asyncio.run(body()).startswith("house")


def test_too_much_work_is_refused_and_later_work_is_done() -> None:
    async def body() -> tuple[Unavailable, int]:
        gate = threading.Event()
        with open_threads(size=1, waiting=1) as threads:
            async with asyncio.TaskGroup() as group:
                waiting = group.create_task(threads.run(gate.wait))
                await asyncio.sleep(0)
                try:
                    with pytest.raises(Unavailable) as refused:
                        await threads.run(lambda: 1)
                finally:
                    gate.set()
                await waiting
            return refused.value, await threads.run(lambda: 2)

    refused, later = asyncio.run(body())
    assert refused.message_id == "web.busy"
    assert refused.values == {"retry_after_s": 2}
    assert later == 2


def test_a_failure_of_the_work_is_the_failure_of_the_call() -> None:
    async def body() -> None:
        with open_threads(size=1, waiting=1) as threads:
            await threads.run(lambda: 1 // 0)

    with pytest.raises(ZeroDivisionError):
        asyncio.run(body())
