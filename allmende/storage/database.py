"""The one way to the database: whole plain functions, run on database threads.

Why not an async engine: docs/decisions/0003-database.md.
"""

from collections.abc import Callable
from typing import Protocol, TypeVar

from sqlalchemy import Connection

T = TypeVar("T")


class Database(Protocol):
    """Runs plain functions on database threads; asyncio only waits for them."""

    async def read(self, question: Callable[[Connection], T]) -> T:
        """Run ``question`` on one consistent snapshot that cannot be written."""
        ...

    async def write(self, change: Callable[[Connection], T]) -> T:
        """Run ``change`` whole or not at all; return its value once that is on disk.

        It may be run more than once, so it touches nothing but ``db``. It runs to its
        end even if the waiting task is cancelled.
        """
        ...

    async def tidy(self) -> None:
        """Let nothing that was deleted linger in logs of the database. Called after sweeping."""
        ...
