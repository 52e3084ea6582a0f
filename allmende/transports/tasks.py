"""The tasks of the house. Each belongs to a group; a failure in one ends the program by name."""

import asyncio
from collections.abc import AsyncIterator, Coroutine
from contextlib import asynccontextmanager
from typing import Any


class TaskFailed(Exception):
    """A background task ended by an error. The text is its name; the cause is the error."""


@asynccontextmanager
async def task_group() -> AsyncIterator[asyncio.TaskGroup]:
    """A TaskGroup that raises an error of the body as it is when nothing else failed."""
    own: list[Exception] = []
    try:
        async with asyncio.TaskGroup() as group:
            try:
                yield group
            except Exception as failure:
                own.append(failure)
                raise
    except BaseExceptionGroup as failures:
        if list(failures.exceptions) == own:
            raise own[0] from own[0].__cause__
        raise


@asynccontextmanager
async def background(
    work: Coroutine[Any, Any, None], *, name: str = ""
) -> AsyncIterator[asyncio.Task[None]]:
    """Run ``work`` beside the body and cancel it at the end of the body.

    If it fails, the body is cancelled and a group with TaskFailed is raised from here.
    """
    async with task_group() as group:
        task = group.create_task(_named(work, name or getattr(work, "__qualname__", "task")))
        try:
            yield task
        finally:
            task.cancel()


class Crew:
    """Tasks that come and go, one for each connection or call. Ended with ``crew()``."""

    def __init__(self, group: asyncio.TaskGroup) -> None:
        self._group = group
        self._tasks: set[asyncio.Task[None]] = set()

    def start(self, work: Coroutine[Any, Any, None], *, name: str = "") -> asyncio.Task[None]:
        """Run ``work`` until it ends by itself, is cancelled, or the crew ends."""
        task = self._group.create_task(_named(work, name or getattr(work, "__qualname__", "task")))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    def dismiss(self) -> None:
        """Cancel all that run."""
        for task in tuple(self._tasks):
            task.cancel()


@asynccontextmanager
async def crew() -> AsyncIterator[Crew]:
    """Own tasks that start later; whatever still runs at the end is cancelled."""
    async with task_group() as group:
        tasks = Crew(group)
        try:
            yield tasks
        finally:
            tasks.dismiss()


async def _named(work: Coroutine[Any, Any, None], name: str) -> None:
    try:
        await work
    except Exception as failure:
        raise TaskFailed(name) from failure
