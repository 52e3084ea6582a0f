"""Hashes and checks passwords on threads: Argon2id, 19 MiB, t=2, p=1 (RFC 9106)."""

import asyncio
import unicodedata
from collections.abc import Callable
from typing import Final, TypeVar

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from allmende.core.errors import Unavailable
from allmende.identity.model.passwords import MAX_CHARS, require_good
from allmende.identity.service.needs import Threads

AT_ONCE: Final = 2
QUEUE_S: Final = 5.0
_MEMORY_KIB: Final = 19 * 1024

T = TypeVar("T")


class Passwords:
    """At most two hashes at a time; the rest wait up to 5 s."""

    def __init__(self, threads: Threads) -> None:
        self._threads = threads
        self._places = asyncio.Semaphore(AT_ONCE)
        self._hasher = PasswordHasher(time_cost=2, memory_cost=_MEMORY_KIB, parallelism=1)
        self._decoy = ""

    async def new_hash(self, password: str, name: str, field: str = "password") -> str:
        """Check that ``password`` is good and return what is stored of it.

        Raises InvalidInput with ``field``, Unavailable ``identity.busy``.
        """

        def work() -> str:
            require_good(password, name, field)
            return self._hasher.hash(_as_bytes(password))

        return await self._run(work)

    async def fits(self, stored: str | None, password: str) -> bool:
        """Return whether ``password`` belongs to the hash; as slow if there is none (None)."""

        def work() -> bool:
            if not self._decoy:
                self._decoy = self._hasher.hash("nobody has this one")
            try:
                self._hasher.verify(stored or self._decoy, _as_bytes(password))
            except (VerificationError, InvalidHashError):
                return False
            return bool(stored)

        return await self._run(work)

    async def _run(self, work: Callable[[], T]) -> T:
        try:
            async with asyncio.timeout(QUEUE_S):
                await self._places.acquire()
        except TimeoutError:
            raise Unavailable("identity.busy", retry_after_s=5) from None
        try:
            return await self._threads.run(work)
        finally:
            self._places.release()


def _as_bytes(password: str) -> bytes:
    """Return one spelling for all keyboards (NFC, as RFC 8265, 4.2.2)."""
    return unicodedata.normalize("NFC", password[:MAX_CHARS]).encode("utf-8", "surrogatepass")
