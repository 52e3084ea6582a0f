"""Every night a backup that is tried out, in a process of its own; and the week of a way back."""

import asyncio
import logging
import sys
from asyncio.subprocess import PIPE
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Final

import msgspec

from allmende.app.ground import Ground
from allmende.config import Config
from allmende.config.zones import zone_of
from allmende.core.errors import Unavailable
from allmende.core.parts import Job
from allmende.storage.night import Order, name_at, remove_old
from allmende.storage.recipients import recipients_of
from allmende.storage.runs import FOLDER, BackupState, Run, last_runs
from allmende.storage.upgrade import remove_snapshots
from allmende.storage.vault import HouseKeys

LOOK_S: Final = 300.0
AGAIN: Final = timedelta(hours=1)
"""When a night that failed is tried once more."""

Work = Callable[[Order], Awaitable[Run]]
_log: Final = logging.getLogger("allmende.backup")


class Nightly:
    """Looks every five minutes whether a night's work is due. ``work`` does it."""

    def __init__(self, ground: Ground, work: Work) -> None:
        self._config = ground.config
        self._data = ground.data
        self._keys = ground.keys
        self._clock = ground.clock
        self._zone = zone_of(ground.config)
        self._work = work

    async def turn(self) -> None:
        """Do what is due."""
        now = self._clock.now()
        await asyncio.to_thread(remove_snapshots, self._data, now.timestamp())
        settings = self._config.backup
        recipients = await asyncio.to_thread(recipients_of, self._data, settings.recipients)
        state = await asyncio.to_thread(last_runs, self._data)
        local = now.astimezone(self._zone)
        if not (settings.nightly and recipients and is_due(state, local, settings.hour)):
            return
        run = await self._work(order_of(self._config, self._data, self._keys, local))
        _log.info("backup: %s %s", run.result, run.message_id)
        keep = partial(remove_old, daily=settings.keep_daily, weekly=settings.keep_weekly)
        await asyncio.to_thread(keep, folder_of(self._config), self._data, local.date())


def nightly_job(ground: Ground) -> Job:
    """Return the job of the house."""
    return Job(name="backup", every_s=LOOK_S, run=Nightly(ground, apart).turn)


def is_due(state: BackupState | None, local: datetime, hour: int) -> bool:
    """Whether nothing has been made since the last time that the hour struck."""
    struck = local.replace(hour=hour, minute=0, second=0, microsecond=0)
    if struck > local:
        struck -= timedelta(days=1)
    last = state.last if state else None
    if last is None or last.at < struck:
        return True
    return last.result == "failed" and last.at <= local - AGAIN


def folder_of(config: Config) -> Path:
    """Return where backups go."""
    return Path(config.backup.folder) if config.backup.folder else Path(config.data) / FOLDER


def order_of(config: Config, data: Path, keys: HouseKeys | None, local: datetime) -> Order:
    """Return what a backup of this house is, into the usual folder."""
    return Order(
        data=str(data),
        url=config.database.url,
        target=str(folder_of(config) / name_at(local)),
        recipients=list(recipients_of(data, config.backup.recipients)),
        database_key=keys.database if keys else b"",
        blobs_key=keys.blobs if keys else b"",
        at=local,
    )


async def apart(order: Order) -> Run:
    """Carry it out in another process, which ends with us. Raises Unavailable."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "allmende.storage.night", stdin=PIPE, stdout=PIPE
    )
    if process.stdin is None or process.stdout is None:
        raise RuntimeError("a process without pipes")
    try:
        process.stdin.write(msgspec.json.encode(order) + b"\n")
        await process.stdin.drain()
        answer = await process.stdout.read()
    finally:
        process.stdin.close()
        if process.returncode is None:
            process.kill()
        await process.wait()
    try:
        return msgspec.json.decode(answer, type=Run)
    except msgspec.MsgspecError as failure:
        raise Unavailable("storage.backup-failed") from failure
