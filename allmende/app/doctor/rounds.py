"""The doctor's rounds in a running house: soon after the start, every night, when somebody asks."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

import msgspec

from allmende.app.doctor.all import findings
from allmende.app.doctor.situation import Situation
from allmende.app.ground import Ground
from allmende.core.findings import Round, State
from allmende.identity.store import counts
from allmende.storage.database import Database
from allmende.transports.running import find_running
from allmende.transports.threads import Threads
from allmende.webkit.i18n import Catalogues

FIRST_S: Final = 30.0
"""After the start: it is busy then, and tests are over by then."""
EVERY_S: Final = 24 * 3600.0
_THOROUGH: Final = timedelta(days=7)
_NAME: Final = "check.json"
_LANGUAGE: Final = "en"
_log: Final = logging.getLogger("allmende.doctor")


class Rounds:
    """Remembers the last look, for the page."""

    def __init__(
        self, ground: Ground, database: Database, threads: Threads, texts: Catalogues
    ) -> None:
        self._ground = ground
        self._database = database
        self._threads = threads
        self._texts = texts
        self._looking = asyncio.Lock()
        self._last: Round | None = None

    @property
    def last(self) -> Round | None:
        """What was found last; None before the first round."""
        return self._last

    async def look(self) -> Round:
        """Look at everything now. Who asks while somebody looks waits for that."""
        begun = self._last
        async with self._looking:
            if self._last is not None and self._last is not begun:
                return self._last
            here = await self._situation()
            found = await self._threads.run(lambda: findings(here))
            self._last = Round(here.clock.now(), found)
            if here.is_thorough:
                _note(here.data, self._last.at)
            return self._last

    async def run(self, sleep: Callable[[float], Awaitable[None]] = asyncio.sleep) -> None:
        """Go round until cancelled; say in the log what is not good."""
        await sleep(FIRST_S)
        while True:
            self._log(await self.look())
            await sleep(EVERY_S)

    def _log(self, look: Round) -> None:
        for finding in look.findings:
            if finding.state is not State.GOOD:
                sentence = self._texts.text(_LANGUAGE, finding.says, **finding.values)
                level = logging.ERROR if finding.state is State.BROKEN else logging.WARNING
                _log.log(level, "%s %s: %s", finding.state, finding.name, sentence)
        _log.info(
            "check: %d good, %d warning, %d broken",
            *(look.count(state) for state in (State.GOOD, State.WARNING, State.BROKEN)),
        )

    async def _situation(self) -> Situation:
        ground, now = self._ground, self._ground.clock.now()
        people = await self._database.read(lambda db: counts.people(db, now))
        running = find_running(ground.data)
        thorough = _last_thorough(ground.data)
        here = Situation(
            config=ground.config,
            data=ground.data,
            clock=ground.clock,
            running_port=running.port if running else None,
            keys=ground.keys,
            people=people,
        )
        is_fresh = thorough is not None and now - thorough < _THOROUGH
        return replace(here, is_thorough=not is_fresh)


class _Noted(msgspec.Struct, frozen=True):
    """When the whole database was read last."""

    thorough_at: datetime


def _note(data: Path, at: datetime) -> None:
    file = data / _NAME
    file.touch(mode=0o600)
    file.write_bytes(msgspec.json.encode(_Noted(at)))


def _last_thorough(data: Path) -> datetime | None:
    try:
        return msgspec.json.decode((data / _NAME).read_bytes(), type=_Noted).thorough_at
    except (OSError, msgspec.MsgspecError):
        return None
