"""Decides when to ask for a certificate: at the start, when it grows old, again after a failure.

Until there is one, what the store shows already (a self-made one) stays; and so does an old one
until the new one has been read. Failures wait longer and longer, and never more often than five
times an hour, whoever asks: authorities count.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final, Protocol

from msgspec.structs import replace

from allmende.core.clock import Clock
from allmende.transports import tls
from allmende.transports.acme.files import AcmeFiles, Standing, lifetime, write_private
from allmende.transports.acme.problems import PROBLEMS, NotIssued
from allmende.transports.certificates import Certificates
from allmende.transports.threads import Threads

BACK_OFF: Final = (
    timedelta(minutes=1),
    timedelta(minutes=10),
    timedelta(hours=1),
    timedelta(hours=4),
    timedelta(hours=24),
)
TRIES_PER_HOUR: Final = 5
ASK_AGAIN: Final = timedelta(hours=6)
"""How often the authority is asked when it wants a renewal (RFC 9773, 4.3.3)."""
_HOUR: Final = timedelta(hours=1)
_log: Final = logging.getLogger("allmende.certificates")


class Issuer(Protocol):
    """The part of ``Authority`` that is needed here; both methods block."""

    def issue(self, names: Sequence[str]) -> bytes:
        """Return key and chain. Raises NotIssued."""

    def renewal_time(self, certificate: bytes) -> datetime | None:
        """Return when a renewal is wanted. Raises NotIssued."""

    def stop(self) -> None:
        """Give up what is under way."""


class Keeping:
    """Keeps one certificate for ``names`` in the store, as long as ``run`` runs."""

    def __init__(
        self,
        issuer: Issuer,
        files: AcmeFiles,
        store: Certificates,
        names: Sequence[str],
        clock: Clock,
        threads: Threads,
    ) -> None:
        self._issuer = issuer
        self._files = files
        self._store = store
        self._names = names
        self._clock = clock
        self._threads = threads
        self._woken = asyncio.Event()

    @property
    def _bundle(self) -> Path:
        return self._files.bundle(self._names[0])

    def wake(self) -> None:
        """Somebody mended something: look again at once."""
        self._woken.set()

    async def run(self, pause: Callable[[float], Awaitable[None]] | None = None) -> None:
        """Ask when it is time, until cancelled. ``pause`` waits some seconds, or for ``wake``."""
        try:
            while True:
                await (pause or self._pause)(await self.turn())
        finally:
            self._issuer.stop()

    async def turn(self) -> float:
        """Do what is due; return after how many seconds to look again."""
        now, standing = self._clock.now(), self._files.standing()
        is_woken = self._woken.is_set()
        self._woken.clear()
        if self._serves(now):
            again = standing.next_try if standing.failures and not is_woken else None
            due = again or await self._renewal(now, standing)
            if now < due:
                return min(due - now, ASK_AGAIN).total_seconds()
        recent = tuple(at for at in standing.tries if now - at < _HOUR)
        if len(recent) >= TRIES_PER_HOUR:
            return (recent[0] + _HOUR - now).total_seconds()
        standing = replace(standing, tries=(*recent, now))
        try:
            await self._ask()
        except NotIssued as failure:
            return self._failed(standing, str(failure), now)
        except tls.CertificateRefused:
            return self._failed(standing, "refused", now)
        return self._succeeded(standing, now)

    def _serves(self, now: datetime) -> bool:
        """Whether there is a certificate for all names that has not ended."""
        lives = lifetime(self._bundle)
        if lives is None or now >= lives[1]:
            return False
        return set(self._names) <= set(tls.names_in(self._bundle))

    async def _renewal(self, now: datetime, standing: Standing) -> datetime:
        """Return when to renew."""
        begins, ends = lifetime(self._bundle) or (now, now)
        due = begins + (ends - begins) * 2 / 3
        certificate = self._bundle.read_bytes()
        try:
            wanted = await self._threads.run(lambda: self._issuer.renewal_time(certificate))
        except NotIssued:
            wanted = standing.renew_at
        if wanted is not None:
            due = min(wanted, ends - (ends - begins) / 10)
        self._files.keep_standing(replace(standing, renew_at=due))
        return due

    async def _ask(self) -> None:
        """Raises NotIssued, or CertificateRefused for what cannot be used: the old one stays."""
        bundle = await self._threads.run(lambda: self._issuer.issue(self._names))
        new = self._bundle.with_suffix(".next")
        write_private(new, bundle)
        tls.context_of(new, new)
        new.replace(self._bundle)
        self._store.put(self._names, self._bundle, self._bundle)

    def _succeeded(self, standing: Standing, now: datetime) -> float:
        begins, ends = lifetime(self._bundle) or (now, now)
        renew_at = begins + (ends - begins) * 2 / 3
        self._files.keep_standing(Standing(tries=standing.tries, renew_at=renew_at))
        _log.info("new certificate until %s", f"{ends:%Y-%m-%d}")
        return min(max(renew_at - now, _HOUR), ASK_AGAIN).total_seconds()

    def _failed(self, standing: Standing, problem: str, now: datetime) -> float:
        wait = BACK_OFF[min(standing.failures, len(BACK_OFF) - 1)]
        self._files.keep_standing(
            replace(standing, failures=standing.failures + 1, problem=problem, next_try=now + wait)
        )
        _log.warning(
            "no new certificate: %s; next try at %s UTC",
            PROBLEMS.get(problem, PROBLEMS["refused"]),
            f"{now + wait:%Y-%m-%d %H:%M}",
        )
        return wait.total_seconds()

    async def _pause(self, seconds: float) -> None:
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._woken.wait()
